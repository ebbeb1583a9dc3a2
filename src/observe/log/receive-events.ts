import { FEED_LINE, feedLineCounters } from '../../account/feed-counters.js'
import { LINE } from '../../account/line-counters.js'
import { type LossRow, readLossLog } from '../../account/loss-log.js'
import type { FeedState } from '../../handle/state/feed-state.js'
import { lineName } from '../../run/feed/feed-alarm.js'
import type { ReceiveFacts } from '../../run/feed/receive-report.js'
import { feedStateOf, lineCountersOf } from '../../run/memory/feed-data.js'
import {
  countersOf,
  openCounters,
  type RunCounters,
  sectionOf,
} from '../../run/memory/run-counters.js'
import { LOSS_REASONS } from '../../sequence/gap-table.js'
import { TRACK } from '../../sequence/tracker-state.js'
import { formatCount, formatCounted } from '../format.js'
import type { EventLog } from './event-log.js'

/** A burst of losses is over when none has followed it for so long: the loss log's own rule. */
const BURST_OVER_MS = 150
const BOOKS_LABEL = 'books'

/**
 * Tells a log what happened in a receiving run since it looked last, by the run's counters: losses, what was
 * recovered, restarts, drops, and books that are suspect. A look costs microseconds.
 *
 * For the thread that began the run.
 */
export class ReceiveEvents {
  readonly #log: EventLog
  readonly #facts: ReceiveFacts
  readonly #memory: ArrayBufferLike
  readonly #state: FeedState
  readonly #lossesAt: number
  readonly #lines: readonly Float64Array[]
  readonly #readers: readonly Float64Array[]
  readonly #books: { readonly words: Float64Array; readonly causes: readonly number[] } | undefined
  readonly #drops: { kernel: number; ring: number }[]
  #rowsTold = 0
  #recovered = 0
  #restarts = 0
  #suspect = 0

  constructor(counters: RunCounters, facts: ReceiveFacts, log: EventLog) {
    this.#log = log
    this.#facts = facts
    this.#memory = openCounters(counters)
    this.#state = feedStateOf({ counters, plan: facts.plan })
    this.#lossesAt = sectionOf(counters, 'losses').offset
    this.#lines = facts.plan.endpoints.map((_, line) => lineCountersOf({ counters }, line))
    this.#readers = facts.plan.endpoints.map((_, i) => feedLineCounters(this.#state.counters, i))
    this.#drops = this.#lines.map(() => ({ kernel: 0, ring: 0 }))
    this.#books = booksOf(counters)
  }

  /** @param atEnd nothing follows: bursts that may go on are told too */
  look(atEnd = false): void {
    this.#lookAtLosses(atEnd)
    this.#lookAtTracker()
    this.#lines.forEach((counters, line) => {
      this.#lookAtLine(counters, line)
    })
    this.#lookAtBooks()
    this.#log.flush()
  }

  #lookAtLosses(atEnd: boolean): void {
    const { rows, rowsEver } = readLossLog(this.#memory, this.#lossesAt)
    const first = rowsEver - rows.length
    for (const [i, row] of rows.entries()) {
      const number = first + i
      if (number < this.#rowsTold) continue
      const newest = number === rowsEver - 1
      if (newest && !atEnd && Date.now() - this.#ms(row.lastNs) < BURST_OVER_MS) return
      this.#rowsTold = number + 1
      this.#tellLoss(row)
    }
  }

  #tellLoss(row: LossRow): void {
    const { firstSequence, lastSequence, count } = row
    const cause = LOSS_REASONS[row.cause] ?? 'unknown'
    const line = row.line < 0 ? null : lineName(row.line)
    const which = count === 1 ? firstSequence : `${firstSequence} to ${lastSequence}`
    this.#log.note({
      event: 'gap',
      text: `${formatCounted(count, 'message')} lost (${cause}), ${which}`,
      figures: { cause, line, firstSequence, lastSequence, count },
      atMs: this.#ms(row.firstNs),
    })
  }

  #lookAtTracker(): void {
    const recovered = this.#state.tracker[TRACK.recovered]
    const restarts = this.#state.tracker[TRACK.restarts]
    if (recovered > this.#recovered) {
      const count = recovered - this.#recovered
      const text = `${formatCounted(count, 'message')} recovered`
      this.#log.note({ event: 'recovered', text, figures: { count } })
    }
    if (restarts > this.#restarts) {
      const count = restarts - this.#restarts
      this.#log.note({ event: 'restart', text: 'the publisher restarted', figures: { count } })
    }
    this.#recovered = recovered
    this.#restarts = restarts
  }

  #lookAtLine(counters: Float64Array, line: number): void {
    const seen = this.#drops[line]
    if (seen === undefined) return
    const kernel = counters[LINE.kernelDrops] ?? 0
    // What the datagrams that were read have told is newer while the receiver does not look itself.
    const read = this.#readers[line]?.[FEED_LINE.dropsSeen] ?? 0
    this.#tellDrops('kernel', line, Math.max(kernel, read) - seen.kernel)
    const ring = counters[LINE.ringDroppedDatagrams] ?? 0
    this.#tellDrops('ring', line, ring - seen.ring)
    this.#drops[line] = { kernel: Math.max(kernel, read, seen.kernel), ring }
  }

  #tellDrops(where: 'kernel' | 'ring', line: number, datagrams: number): void {
    if (datagrams <= 0) return
    const text = `${formatCounted(datagrams, 'datagram')} dropped at line ${lineName(line)}: ${where === 'kernel' ? "the socket's buffer was full" : 'the ring was full'}`
    this.#log.note({ event: 'drops', text, figures: { where, line: lineName(line), datagrams } })
  }

  #lookAtBooks(): void {
    if (this.#books === undefined) return
    const { words, causes } = this.#books
    const suspect = causes.reduce((sum, at) => sum + (words[at] ?? 0), 0)
    if (suspect > this.#suspect) {
      const count = suspect - this.#suspect
      const text = `suspect books: ${formatCount(count)} more, ${formatCount(suspect)} in all`
      this.#log.note({ event: 'suspect-book', text, figures: { count, suspect } })
    } else if (suspect === 0 && this.#suspect > 0) {
      this.#log.note({ event: 'books-valid', text: 'no book is suspect any more' })
    }
    this.#suspect = suspect
  }

  #ms(ns: number): number {
    return this.#facts.epoch.unixSeconds * 1000 + ns / 1e6
  }
}

/** The words that count suspect books, one for each cause; undefined where no books are kept. */
function booksOf(counters: RunCounters) {
  const section = counters.layout.sections.find(({ label }) => label === BOOKS_LABEL)
  if (section?.kind !== 'counters') return undefined
  const { gap, lateStart, unknownOrder, overExecuted, crossed } = section.fields ?? {}
  const causes = [gap, lateStart, unknownOrder, overExecuted, crossed]
  const known = causes.filter((at) => at !== undefined)
  return { words: countersOf(counters, BOOKS_LABEL), causes: known }
}
