/** `tickwire/book`: order books and price-level books that know when they are wrong. Pure; one thread. */
export {
  Book,
  type BookLevel,
  type BookSnapshot,
  type BookState,
  type LastTrade,
  type QueuePosition,
} from './book.js'
export { type BookChange, CHANGE } from './book-change.js'
export { BOOK_SIDE } from './book-memory.js'
export { BOOK_PROTOCOLS, type BookProtocol } from './book-protocols.js'
export {
  Books,
  type BooksFaults,
  type BooksOptions,
  type BooksReport,
} from './books.js'
export type { BookFaults } from './faults.js'
export type { Suspect, SuspectCause } from './validity.js'
