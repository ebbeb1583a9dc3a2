import type { CounterSection } from '../../account/counters-layout.js'
import {
  RETRANSMISSION_LABEL,
  retransmissionSection,
} from '../../account/retransmission-counters.js'
import { SendState, sendStateSections } from '../../account/send-counters.js'
import { threadSection } from '../../account/thread-counters.js'
import { currentEpoch, type SessionEpoch } from '../../foundation/clock.js'
import {
  allocateCounters,
  type CountersChoice,
  countersOf,
  openCounters,
  type RunCounters,
  runSections,
  sectionOf,
} from './run-counters.js'

/** The hot thread of a sender, as its counters are labelled. */
export const SENDER_THREAD = 'sender'

/** The thread of its retransmission server, the same. */
export const RETRANSMISSION_THREAD = 'retransmission'

/**
 * Everything that a sender counts.
 *
 * @param retransmits whether a server answers requests
 */
export function sendTable(lineCount: number, retransmits: boolean): CounterSection[] {
  return [
    ...sendStateSections(lineCount),
    retransmissionSection(),
    threadSection(SENDER_THREAD),
    ...(retransmits ? [threadSection(RETRANSMISSION_THREAD)] : []),
    ...runSections(),
  ]
}

/** What a sender counts, from when, and what is not as it should be with that. */
export interface SendCounters {
  readonly counters: RunCounters
  readonly epoch: SessionEpoch
  readonly warnings: readonly string[]
}

/**
 * Allocates all that a sender counts, its retransmission server included.
 *
 * @param retransmits whether there is one
 * @throws {TickwireError} as `allocateCounters` does
 */
export function createSendCounters(
  lineCount: number,
  choice: CountersChoice,
  retransmits: boolean,
): SendCounters {
  const epoch = currentEpoch()
  const warnings: string[] = []
  const table = sendTable(lineCount, retransmits)
  const warn = (warning: string) => warnings.push(warning)
  return { counters: allocateCounters(table, epoch, choice, warn), epoch, warnings }
}

/** The state of a sender, for the thread that calls it. */
export function sendStateOf(counters: RunCounters, lineCount: number): SendState {
  return new SendState(openCounters(counters), sectionOf(counters, 'sender').offset, lineCount)
}

/** What a retransmission server counts, for the thread that calls it. */
export function retransmissionCountersOf(counters: RunCounters): Float64Array {
  return countersOf(counters, RETRANSMISSION_LABEL)
}
