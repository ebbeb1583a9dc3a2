import { booksSection } from '../../account/book-counters.js'
import type { CounterSection } from '../../account/counters-layout.js'
import { type BookTop, TopReader, TopWriter, topSection } from '../../account/top-section.js'
import { BookKeeper } from '../../handle/books/book-keeper.js'
import type { ReceivePlan } from '../options/receive-plan.js'
import { countersOf, openCounters, type RunCounters, sectionOf } from './run-counters.js'

const LABEL = 'books'
/** Room for a whole market at once: instruments that come later than others would make memory grow. */
const INSTRUMENTS = 16_384
const ORDERS_PER_LEVEL = 4
/** Twice what a whole market has live. */
const MAX_ORDERS = 4_194_304

/** What of a feed's data is about books. */
interface BooksData {
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

/** The books of a run, for the thread that handles its messages; undefined: it builds none. */
export function createBookKeeper({ plan, counters }: BooksData): BookKeeper | undefined {
  const { books } = plan
  if (books === null) return undefined
  const { orders, protocol } = books
  const sizes = {
    instruments: INSTRUMENTS,
    orders,
    levels: Math.max(1, Math.ceil(orders / ORDERS_PER_LEVEL)),
    maxOrders: Math.max(orders, MAX_ORDERS),
  }
  const memory = openCounters(counters)
  return new BookKeeper(protocol, sizes, {
    counts: countersOf(counters, LABEL),
    tops: books.tops.map((symbol) => {
      const { offset } = sectionOf(counters, topSection(symbol).label)
      return { symbol, writer: new TopWriter(memory, offset) }
    }),
  })
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
