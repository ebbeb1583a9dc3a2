import {
  COUNTERS_HEADER,
  COUNTERS_STATE,
  type CounterSection,
  type CountersLayout,
  layOutCounters,
  type PlacedSection,
  readCountersHeader,
  writeCountersHeader,
} from '../../account/counters-layout.js'
import { errorLogSection } from '../../account/error-log.js'
import { textSection } from '../../account/text-section.js'
import { THREAD, THREAD_LABEL } from '../../account/thread-counters.js'
import { assert } from '../../foundation/assert.js'
import type { SessionEpoch } from '../../foundation/clock.js'
import { sessionEpoch } from '../../foundation/clock.js'
import { messageOf, TickwireError } from '../../foundation/errors.js'
import { canUseLibc } from '../../native/libc.js'
import { mapFile } from '../../native/mapped-file.js'
import { createCountersFile, processStart, removeCountersFile } from './counters-file.js'

/** Room for the options of a run with sixteen lines, and for a report of one. */
const FACTS_BYTES = 32_768
const REPORT_BYTES = 32_768

/** Counters that this thread has allocated. */
let allocated = 0

/** Where a run counts: `off`: in memory alone; a path; undefined: a file in the folder for all. */
export type CountersChoice = string | undefined

/** The counters of a run, for `workerData`: each thread opens them for itself. */
export interface RunCounters {
  readonly layout: CountersLayout
  /** Null: they lie in `memory`. */
  readonly file: string | null
  /** Tells this file from others of its name in this process. */
  readonly id: string
  readonly memory: SharedArrayBuffer | null
}

/**
 * Allocates everything that a run counts, from one table: in a mapped file, which other processes can read
 * and which outlives a crash, or in memory.
 *
 * @param warn told why there is no file, though one was wanted and nobody named it
 * @throws {TickwireError} TW_BAD_OPTION, TW_SYSTEM if a file was named and cannot be had
 */
export function allocateCounters(
  table: readonly CounterSection[],
  epoch: SessionEpoch,
  choice: CountersChoice,
  warn: (warning: string) => void,
): RunCounters {
  const layout = layOutCounters(table)
  const file = chooseFile(choice, layout.bytes, warn)
  const memory = file === null ? new SharedArrayBuffer(layout.bytes) : null
  const counters: RunCounters = { layout, file, id: `${file} ${++allocated}`, memory }
  writeCountersHeader(openCounters(counters), layout, {
    processId: process.pid,
    processStart: processStart(process.pid) ?? 0,
    startedMs: Date.now(),
    epochSeconds: epoch.unixSeconds,
  })
  return counters
}

/** The memory of a run's counters, for the thread that calls it. */
export function openCounters(counters: RunCounters): ArrayBufferLike {
  if (counters.memory !== null) return counters.memory
  assert(counters.file !== null, 'counters lie in memory or in a file')
  return mapFile(counters.id, counters.file, counters.layout.bytes)
}

/** The moment from which a run counts nanoseconds. */
export function epochOf(counters: RunCounters): SessionEpoch {
  const header = readCountersHeader(openCounters(counters))
  assert(header !== undefined, 'the counters of a run have a header')
  return sessionEpoch(header.epochSeconds)
}

/** Garbage collections so far of the threads of such names; null where nobody counts them. */
export function collectionsSoFar(counters: RunCounters, names: RegExp): number | null {
  const counted = counters.layout.sections
    .map(({ label }) => label)
    .filter(
      (label) => label.startsWith(THREAD_LABEL) && names.test(label.slice(THREAD_LABEL.length)),
    )
    .map((label) => countersOf(counters, label))
    .filter((words) => words[THREAD.collectionsCounted] === 1)
  if (counted.length === 0) return null
  return counted.reduce((sum, words) => sum + (words[THREAD.collections] ?? 0), 0)
}

/** A copy that stands still, for readers that come when a run is over and its file is gone. */
export function copyCounters(counters: RunCounters): RunCounters {
  const memory = new SharedArrayBuffer(counters.layout.bytes)
  new Uint8Array(memory).set(new Uint8Array(openCounters(counters)))
  return { ...counters, file: null, memory }
}

/** Where a section lies. */
export function sectionOf({ layout }: RunCounters, label: string): PlacedSection {
  const found = layout.sections.find((section) => section.label === label)
  assert(found !== undefined, `a run has the counters "${label}"`)
  return found
}

/** The doubles of a section, for the thread that calls it. */
export function countersOf(counters: RunCounters, label: string): Float64Array {
  const { offset, bytes } = sectionOf(counters, label)
  return new Float64Array(openCounters(counters), offset, bytes / 8)
}

/** Tells readers how far the run is. */
export function setCountersState(
  counters: RunCounters,
  state: (typeof COUNTERS_STATE)[keyof typeof COUNTERS_STATE],
): void {
  new DataView(openCounters(counters)).setUint32(COUNTERS_HEADER.state, state, true)
}

/** The run ended in order: there is nothing to be read any more. What was opened can still be used. */
export function closeCounters(counters: RunCounters): void {
  setCountersState(counters, COUNTERS_STATE.ended)
  if (counters.file !== null) removeCountersFile(counters.file)
}

function chooseFile(
  choice: CountersChoice,
  bytes: number,
  warn: (warning: string) => void,
): string | null {
  if (choice === 'off') return null
  if (!canUseLibc()) {
    if (choice === undefined) return null
    throw new TickwireError(
      'TW_NOT_SUPPORTED',
      'A file of counters needs 64-bit Linux, where files can be mapped',
      'Leave --counters out.',
    )
  }
  try {
    return createCountersFile(choice, bytes)
  } catch (error) {
    if (choice !== undefined) throw error
    warn(`Nobody can look on with tickwire stat: ${messageOf(error)}`)
    return null
  }
}

/** What every run has beside its own counters: what went wrong, what it is, and its last report. */
export function runSections(): CounterSection[] {
  return [
    errorLogSection('errors'),
    textSection('facts', FACTS_BYTES),
    textSection('report', REPORT_BYTES),
  ]
}
