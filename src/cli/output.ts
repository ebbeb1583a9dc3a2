import pc from 'picocolors'
import type { Colors } from 'picocolors/types.js'
import { type ErrorCode, messageOf, TickwireError } from '../foundation/errors.js'
import { LiveDisplay, type LiveView } from '../observe/live-display.js'
import { exitOnSignal, requestStop } from './signals.js'

/** Where a command's output goes, and how. */
export interface Output {
  readonly command: string
  readonly json: boolean
  readonly colors: Colors
  /** A line for people: standard output, or standard error beside JSON. */
  say(line: string): void
  warn(warning: string): void
  /** The one JSON object; without `--json` the lines in its place. */
  report(report: object, lines: () => readonly string[]): void
  /** What is shown at the moment, and gives way to warnings. */
  display: LiveDisplay | undefined
}

export function createOutput(command: string, json: boolean): Output {
  const stream = json ? process.stderr : process.stdout
  const colors = pc.createColors(pc.isColorSupported && stream.isTTY === true)
  return {
    command,
    json,
    colors,
    display: undefined,
    say: (line) => stream.write(`${line}\n`),
    warn(warning) {
      const write = () => process.stderr.write(`${colors.yellow('warning')} ${warning}\n`)
      if (this.display === undefined) write()
      else this.display.yieldTo(write)
    },
    report(report, lines) {
      if (json) writeObject(report)
      else for (const line of lines()) this.say(line)
    },
  }
}

/**
 * Stops what runs when a reader of standard output or standard error goes away (`| head`), and goes on to
 * the end: files are still written, and the other stream still gets what belongs there.
 */
export function watchStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') process.exitCode = 1
      requestStop(new Error('nobody reads the output any more', { cause: error }))
    })
  }
}

/** Shows a running thing until it is finished. */
export async function show<Report>(
  finished: Promise<Report>,
  view: LiveView,
  output: Output,
): Promise<Report> {
  output.display = output.json ? undefined : new LiveDisplay(process.stdout, view)
  try {
    return await finished
  } finally {
    output.display?.stop()
    output.display = undefined
  }
}

/** What went wrong, as it stands in a JSON object. */
interface ErrorReport {
  readonly code: ErrorCode
  readonly message: string
  readonly remedy: string
}

/**
 * Tells what went wrong: a line on standard error, and with `--json` the one object, which holds the report
 * too where there is one.
 */
export function tellFailure(command: string | null, json: boolean, thrown: unknown): void {
  if (json) writeObject(failureObject(command, thrown))
  process.stderr.write(`${failureText(thrown)}\n`)
}

/** Ends the process on a signal, with the one object if `--json` promised it. */
export function exitOnSignalTelling({ command, json }: Output): void {
  exitOnSignal((signal) => {
    const error = new TickwireError(
      'TW_STOPPED',
      `${signal} came before there was a report`,
      'Let it run to its end.',
    )
    if (json) writeObject({ ...failureObject(command, error), endedBy: 'signal' })
  })
}

function failureObject(command: string | null, thrown: unknown): object {
  return { command, ...reportOf(thrown), error: errorReport(thrown) }
}

/** The report of what was done before it went wrong. */
function reportOf(thrown: unknown): object {
  if (!(thrown instanceof TickwireError) || !('report' in thrown)) return {}
  return typeof thrown.report === 'object' && thrown.report !== null ? thrown.report : {}
}

function errorReport(thrown: unknown): ErrorReport {
  if (thrown instanceof TickwireError) {
    return { code: thrown.code, message: thrown.what, remedy: thrown.remedy }
  }
  return { code: 'TW_BUG', message: messageOf(thrown), remedy: BUG_REMEDY }
}

const BUG_REMEDY = 'This is a bug in Tickwire: please report it.'

function failureText(thrown: unknown): string {
  if (thrown instanceof TickwireError) return `error ${thrown.code}: ${thrown.message}`
  const stack = thrown instanceof Error ? thrown.stack : undefined
  return `error TW_BUG: ${stack ?? messageOf(thrown)}\n${BUG_REMEDY}`
}

function writeObject(object: object): void {
  process.stdout.write(`${JSON.stringify(object)}\n`)
}
