import type { EndedBy } from '../foundation/ended-by.js'
import { TickwireError } from '../foundation/errors.js'
import { findCounters, type RunReading, readCounters } from '../observe/counters-reader.js'
import { runText } from '../observe/run-text.js'
import type { Output } from './output.js'

export const NOBODY = 'No Tickwire process of this user has counters to read.'

/** `tickwire stat`. */
export function runStat(target: string | undefined, output: Output): void {
  const runs = readRuns(target)
  const endedBy: EndedBy = 'end-of-file'
  output.report({ command: 'stat', processes: runs.map(processReport), endedBy }, () =>
    runs.length === 0 ? [NOBODY] : runs.flatMap((run) => runText(run, output.colors)),
  )
}

/**
 * What a target says, the oldest run first.
 *
 * @throws {TickwireError} TW_FILE_NOT_FOUND if a target was named and there is nothing to read
 */
export function readRuns(target: string | undefined): RunReading[] {
  const runs = findCounters(target)
    .map(readCounters)
    .filter((run) => run !== undefined)
  if (runs.length === 0 && target !== undefined) {
    throw new TickwireError(
      'TW_FILE_NOT_FOUND',
      `There are no counters of ${/^\d+$/.test(target) ? `a process ${target}` : target}`,
      'Look with tickwire stat which there are: a process removes its counters when it ends in order.',
    )
  }
  return runs.sort((a, b) => a.startedMs - b.startedMs)
}

export function processReport(run: RunReading): object {
  return {
    pid: run.processId,
    alive: run.alive,
    startedNs: nanoseconds(run.startedMs),
    heartbeatAgeMs: run.heartbeatAgeMs,
    file: run.file,
    current: run.current,
    report: run.report ?? run.otherReport,
    threads: run.threads,
    errors: run.errors.map(({ text, count, firstMs, lastMs }) => ({
      ...{ text, count },
      ...{ firstNs: nanoseconds(firstMs), lastNs: nanoseconds(lastMs) },
    })),
  }
}

/** Milliseconds since 1970 as nanoseconds, which a JSON number would round. */
export function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n)
}
