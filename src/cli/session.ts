import pc from 'picocolors'
import type { Colors } from 'picocolors/types.js'
import { LiveDisplay, type LiveSource } from '../observe/live-display.js'

/** Where a command's output goes, and how. */
export interface Output {
  readonly json: boolean
  readonly colors: Colors
  /** A line for people: standard output, or standard error beside JSON. */
  say(line: string): void
  warn(warning: string): void
  /** The one JSON object. */
  report(report: unknown): void
  /** What is shown at the moment, and gives way to warnings. */
  display: LiveDisplay | undefined
}

export function createOutput(json: boolean): Output {
  const stream = json ? process.stderr : process.stdout
  const colors = pc.createColors(pc.isColorSupported && stream.isTTY === true)
  return {
    json,
    colors,
    display: undefined,
    say: (line) => stream.write(`${line}\n`),
    warn(warning) {
      const write = () => process.stderr.write(`${colors.yellow('warning')} ${warning}\n`)
      if (this.display === undefined) write()
      else this.display.yieldTo(write)
    },
    report: (report) => process.stdout.write(`${JSON.stringify(report)}\n`),
  }
}

/** Shows a running thing until it is finished. */
export async function show<Report>(
  finished: Promise<Report>,
  view: LiveSource,
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

/** Exit codes of a process that a signal ended: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * An AbortSignal for the first SIGINT or SIGTERM, made before anything starts, so that none comes too
 * early. A second one ends the process at once.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const [name, exitCode] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCode)
      controller.abort()
    })
  }
  return controller.signal
}

/**
 * For a command that has no report before its end: a signal ends the process, in order, so that what it
 * started is ended too.
 */
export function exitOnSignal(): void {
  for (const [name, exitCode] of Object.entries(SIGNALS)) {
    process.once(name, () => process.exit(exitCode))
  }
}
