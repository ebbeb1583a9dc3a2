import { TopWriter, topSection } from '../../account/top-section.js'
import { BookKeeper } from '../../handle/books/book-keeper.js'
import { type BooksData, bookCountersOf } from '../memory/feed-books.js'
import { openCounters, sectionOf } from '../memory/run-counters.js'
import type { BooksPlan } from '../options/books-plan.js'

/** Room for a whole market at once: instruments that come later than others would make memory grow. */
const INSTRUMENTS = 16_384
const ORDERS_PER_LEVEL = 4
/** Twice what a whole market has live. */
const MAX_ORDERS = 4_194_304

/** The books of a run, for the thread that handles its messages. */
export function createBookKeeper(
  { counters }: Pick<BooksData, 'counters'>,
  { orders, protocol, tops }: BooksPlan,
): BookKeeper {
  const sizes = {
    instruments: INSTRUMENTS,
    orders,
    levels: Math.max(1, Math.ceil(orders / ORDERS_PER_LEVEL)),
    maxOrders: Math.max(orders, MAX_ORDERS),
  }
  const memory = openCounters(counters)
  return new BookKeeper(protocol, sizes, {
    counts: bookCountersOf({ counters }),
    tops: tops.map((symbol) => {
      const { offset } = sectionOf(counters, topSection(symbol).label)
      return { symbol, writer: new TopWriter(memory, offset) }
    }),
  })
}
