import { booksSection } from '../../account/book-counters.js'
import type { CounterSection } from '../../account/counters-layout.js'
import { type BookTop, TopReader, topSection } from '../../account/top-section.js'
import type { ReceivePlan } from '../options/receive-plan.js'
import { countersOf, openCounters, type RunCounters, sectionOf } from './run-counters.js'

const LABEL = 'books'

/** What of a feed's data is about books. */
export interface BooksData {
  readonly plan: Pick<ReceivePlan, 'books'>
  readonly counters: RunCounters
}

/** What a run counts of its books, and the tops that it publishes; nothing without books. */
export function bookSections({ books }: Pick<ReceivePlan, 'books'>): CounterSection[] {
  return books === null ? [] : [booksSection(LABEL), ...books.tops.map(topSection)]
}

/** The counters of a run's books, for the thread that calls it. */
export function bookCountersOf({ counters }: Pick<BooksData, 'counters'>): Float64Array {
  return countersOf(counters, LABEL)
}

/** The tops that a run publishes, in the order in which they were chosen, for the thread that calls it. */
export function topReaders({ plan, counters }: BooksData): TopReader[] {
  return (plan.books?.tops ?? []).map((symbol) => {
    const { offset } = sectionOf(counters, topSection(symbol).label)
    return new TopReader(symbol, openCounters(counters), offset)
  })
}

/** The top of a book that the run publishes; undefined: it was not chosen. Any thread of the process. */
export function readTop({ plan, counters }: BooksData, symbol: string): BookTop | undefined {
  if (plan.books?.tops.includes(symbol) !== true) return undefined
  const { offset } = sectionOf(counters, topSection(symbol).label)
  return new TopReader(symbol, openCounters(counters), offset).read()
}
