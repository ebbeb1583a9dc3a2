import pc from 'picocolors'
import type { Colors } from 'picocolors/types.js'
import { LiveDisplay, type LiveSource } from '../observe/live-display.js'

/** Something that runs until it is done or stopped. */
export interface Running<Report> {
  readonly finished: Promise<Report>
  stop(): Promise<Report>
}

/** Where a command's output goes, and how. */
export interface Output {
  readonly json: boolean
  readonly colors: Colors
  /** A line for people: standard output, or standard error beside JSON. */
  say(line: string): void
  warn(warning: string): void
  /** The one JSON object. */
  report(report: unknown): void
}

export function createOutput(json: boolean): Output {
  const stream = json ? process.stderr : process.stdout
  const colors = pc.createColors(pc.isColorSupported && stream.isTTY === true)
  return {
    json,
    colors,
    say: (line) => stream.write(`${line}\n`),
    warn: (warning) => process.stderr.write(`${colors.yellow('warning')} ${warning}\n`),
    report: (report) => process.stdout.write(`${JSON.stringify(report)}\n`),
  }
}

/**
 * Waits for a run with a live display, stopping it on SIGINT or SIGTERM; a second signal ends the
 * process at once.
 */
export async function watch<Report>(
  run: Running<Report>,
  view: LiveSource,
  output: Output,
): Promise<Report> {
  const display = output.json ? undefined : new LiveDisplay(process.stdout, view)
  const release = onStopSignal(() => {
    run.stop().catch(() => {})
  })
  try {
    return await run.finished
  } finally {
    release()
    display?.stop()
  }
}

/** Exit codes of a process that a signal ended: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const

/** Calls `stop` at the first signal, ends the process at the second. Returns how to let go. */
export function onStopSignal(stop: () => void): () => void {
  let asked = false
  const listeners = Object.entries(SIGNALS).map(([signal, exitCode]) => {
    const listen = () => {
      if (asked) process.exit(exitCode)
      asked = true
      stop()
    }
    process.on(signal, listen)
    return () => process.off(signal, listen)
  })
  return () => {
    for (const release of listeners) release()
  }
}
