import { NS_PER_SECOND } from '../foundation/units.js'
import type { CounterSection } from './counters-layout.js'

/**
 * What is known of a feed's books as a whole. The thread that applies the messages alone writes; any thread
 * or process may read, and sees figures that are at most a moment old.
 */
export const BOOKS = {
  /** Books that exist. */
  instruments: 0,
  /** The last message that the books know of: a valid book is the publisher's as of then. */
  sequence: 1,
  /** The clock of suspect time, ns since the session epoch: up to when the `…Ns` below were added up. */
  countedNs: 2,
  /** Books that are suspect now, by cause. */
  gap: 3,
  lateStart: 4,
  unknownOrder: 5,
  overExecuted: 6,
  crossed: 7,
  /** Time that books have been suspect, added up over the books, by cause. */
  gapNs: 8,
  lateStartNs: 9,
  unknownOrderNs: 10,
  overExecutedNs: 11,
  crossedNs: 12,
  /** Times that memory grew, and what is held now. */
  growths: 13,
  memoryBytes: 14,
  /** 1 once no more messages come: the hash over all books then stands in its two halves. */
  finished: 15,
  hashHigh: 16,
  hashLow: 17,
} as const

/** The names of causes, in the order of their counters. */
export const SUSPECT_CAUSES = [
  'gap',
  'late-start',
  'unknown-order',
  'over-executed',
  'crossed',
] as const

export type SuspectCauseName = (typeof SUSPECT_CAUSES)[number]

export const BOOK_COUNTERS_BYTES = 32 * 8

export function booksSection(label: string): CounterSection {
  return { kind: 'counters', label, bytes: BOOK_COUNTERS_BYTES, fields: BOOKS }
}

/** The `books` block of a run's report. */
export interface BooksRunReport {
  readonly instruments: number
  /** Books that are suspect now. */
  readonly suspect: number
  /** Seconds that books have been suspect, added up over the books. */
  readonly suspectSeconds: number
  /** The same, by cause. */
  readonly byCause: Readonly<Record<SuspectCauseName, number>>
  /** Over all books, by their content alone; null while messages come, or if their thread died. */
  readonly allHash: string | null
}

/**
 * Reads the counters of books.
 *
 * @param nowNs the feed's clock: books that are suspect have been so since they were counted last
 */
export function booksRunReport(counts: Float64Array, nowNs: number): BooksRunReport {
  const finished = counts[BOOKS.finished] === 1
  const counted = counts[BOOKS.countedNs]
  const sinceNs = finished || !(counted > 0) ? 0 : Math.max(0, nowNs - counted)
  let suspect = 0
  let suspectNs = 0
  const byCause = Object.fromEntries(
    SUSPECT_CAUSES.map((cause, i) => {
      const books = counts[BOOKS.gap + i]
      const ns = counts[BOOKS.gapNs + i] + books * sinceNs
      suspect += books
      suspectNs += ns
      return [cause, ns / NS_PER_SECOND]
    }),
  ) as Record<SuspectCauseName, number>
  const half = (index: number) => (counts[index] >>> 0).toString(16).padStart(8, '0')
  return {
    instruments: counts[BOOKS.instruments],
    suspect,
    suspectSeconds: suspectNs / NS_PER_SECOND,
    byCause,
    allHash: finished ? half(BOOKS.hashHigh) + half(BOOKS.hashLow) : null,
  }
}
