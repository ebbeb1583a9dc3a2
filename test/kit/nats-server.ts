import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePort } from './ports.js'
import { until } from './until.js'

const PROGRAM = 'nats-server'

/** Why tests with a NATS server are skipped; false: they are not. */
export function withoutNats(): string | false {
  const { error } = spawnSync(PROGRAM, ['--version'])
  return error === undefined ? false : `${PROGRAM} is not installed (apt-get install nats-server)`
}

/** A NATS server with JetStream on a free port of this machine, which ends with its test. */
export class NatsServer {
  readonly port: number
  readonly #folder: string
  readonly #args: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port
    this.#folder = folder
    this.#args = args
  }

  /** @param extra arguments of its own */
  static async start(t: TestContext, extra: readonly string[] = []): Promise<NatsServer> {
    const folder = mkdtempSync(join(tmpdir(), 'tickwire-nats-'))
    const storing = ['-js', '-sd', join(folder, 'store')]
    const server = new NatsServer(await freePort(), folder, [...storing, ...extra])
    t.after(async () => {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    })
    await server.begin()
    return server
  }

  /** The URL of a stream. */
  url(stream: string): string {
    return `nats://127.0.0.1:${this.port}/${stream}`
  }

  /** Starts it, with what it had stored before. */
  async begin(): Promise<void> {
    const log = join(this.#folder, 'log')
    this.#process = spawn(
      PROGRAM,
      ['-a', '127.0.0.1', '-p', `${this.port}`, '-l', log, ...this.#args],
      { stdio: 'ignore' },
    )
    await until(
      'the NATS server is ready',
      async () => (await accepts(this.port)) && readFileSync(log, 'utf8').includes('ready'),
    )
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const process = this.#process
    this.#process = undefined
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return
    const ended = once(process, 'exit')
    process.kill('SIGKILL')
    await ended
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
