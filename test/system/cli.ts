import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import type { SendReport } from '../../src/run/transmission/send-report.js'
import { SHARED_FLAGS } from '../kit/sharing.js'

/** The built command line of the project whose root is the current folder. */
export const CLI_FILE = resolve('dist/cli/main.js')

/** A process that has not ended by then hangs: it is ended, and the test fails with its output. */
const RUN_LIMIT_MS = 240_000
/** A start is a second of work, for which a busy machine may take very long. */
const LINE_LIMIT_MS = 120_000

export interface ProcessResult {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A process that belongs to one test: it is ended with the test, whatever happens. */
export class TestProcess {
  /** All that was written, once the process has ended and its pipes are closed. */
  readonly result: Promise<ProcessResult>
  stdout = ''
  stderr = ''
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #title: string
  /** Says `news` when something was written, and when the process has ended. */
  readonly #told = new EventEmitter()
  #over = false

  constructor(t: TestContext, command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#title = [command, ...args].join(' ')
    this.#child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#told.emit('news')
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#told.emit('news')
    })
    this.result = this.#end()
    this.result.catch(() => {})
    t.after(async () => {
      this.#child.kill('SIGKILL')
      await this.result.catch(() => {})
    })
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error(`${this.#title} did not start`)
    return pid
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Closes this end of the process's standard output, as `| head` does. */
  closeOutput(): void {
    this.#child.stdout.destroy()
  }

  /** The same with standard error. */
  closeErrors(): void {
    this.#child.stderr.destroy()
  }

  /** Waits until the process has written something that matches. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    const signal = AbortSignal.timeout(LINE_LIMIT_MS)
    for (let late = false; ; ) {
      const match = pattern.exec(this.stderr) ?? pattern.exec(this.stdout)
      if (match !== null) return match
      if (late || this.#over) {
        const why = late ? `within ${LINE_LIMIT_MS} ms` : 'to its end'
        const written = `${this.stdout}\n${this.stderr}`
        throw new Error(`${this.#title} never wrote ${pattern} ${why}:\n${written}`)
      }
      await once(this.#told, 'news', { signal }).catch(() => {
        late = true
      })
    }
  }

  async #end(): Promise<ProcessResult> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), RUN_LIMIT_MS)
    try {
      const [exitCode, signal] = (await once(this.#child, 'close')) as [
        number | null,
        NodeJS.Signals | null,
      ]
      return { exitCode, signal, stdout: this.stdout, stderr: this.stderr }
    } finally {
      clearTimeout(timer)
      this.#over = true
      this.#told.emit('news')
    }
  }
}

/** Starts `tickwire` with these arguments, and with these variables besides the usual ones. */
export function tickwire(
  t: TestContext,
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): TestProcess {
  return new TestProcess(t, process.execPath, [CLI_FILE, ...args], environment(variables))
}

/** This process's variables without those that change what a child prints or how it runs. */
export function environment(variables: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, NO_COLOR: __, NODE_TEST_CONTEXT: ___, ...rest } = process.env
  return { ...rest, ...variables }
}

/** A `tickwire receive` that is bound and ready. */
export interface Receiver {
  readonly process: TestProcess
  /** With the ports that were bound. */
  readonly endpoints: readonly string[]
  readonly port: number
}

/** Starts `tickwire receive` that shares its cores, unless its arguments say otherwise, and waits until it is ready. */
export async function startReceiver(t: TestContext, args: readonly string[]): Promise<Receiver> {
  const shared = args.includes('--no-pin') ? SHARED_FLAGS.slice(0, 2) : SHARED_FLAGS
  return startHotReceiver(t, args.includes('--idle') ? args : [...args, ...shared])
}

/** The same with spinning and pinned threads, as it is where nothing is said. */
export async function startHotReceiver(t: TestContext, args: readonly string[]): Promise<Receiver> {
  const process = tickwire(t, ['receive', ...args])
  return { process, ...(await readiness(process)) }
}

/** Waits until a `tickwire receive` is bound and ready. */
export async function readiness(
  process: TestProcess,
): Promise<{ readonly endpoints: readonly string[]; readonly port: number }> {
  const [, list = ''] = await process.line(/^receiving \S+ on (.*) \(transport .*\n/m)
  const endpoints = list.split(' and ')
  return { endpoints, port: portOf(endpoints[0]) }
}

/** The port in an endpoint's URL. */
export function portOf(url: string | undefined): number {
  const port = Number(/:(\d+)(?:\?|$)/.exec(url ?? '')?.[1])
  if (!(port > 0)) throw new Error(`no port in ${url}`)
  return port
}

/** Runs `tickwire` to its end. */
export async function runTickwire(
  t: TestContext,
  args: readonly string[],
  variables?: NodeJS.ProcessEnv,
): Promise<ProcessResult> {
  return tickwire(t, args, variables).result
}

/** Runs `tickwire send --json` to its end, and gives its report. */
export async function runSender(t: TestContext, args: readonly string[]): Promise<SendReport> {
  const result = await runTickwire(t, ['send', ...args, '--json'])
  return onlyObject<SendReport>(result)
}

/** The report of a `receive --json` that ended well or not. */
export async function receiveReport(process: TestProcess): Promise<ReceiveReport> {
  return onlyObject<ReceiveReport>(await process.result)
}

/** The one JSON object that standard output consists of, on one line. */
export function onlyObject<Report>({ stdout, stderr }: ProcessResult): Report {
  if (!/^\{.*\}\n$/.test(stdout)) {
    throw new Error(`standard output is not one line with one object:\n${stdout}\n${stderr}`)
  }
  return JSON.parse(stdout) as Report
}
