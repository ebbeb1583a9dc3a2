import type { BookKeeper } from '../../handle/books/book-keeper.js'
import type { BooksData } from '../memory/feed-books.js'

/**
 * The books of a run, for the thread that handles its messages; undefined: it builds none. Loads their code
 * only where it is needed.
 */
export async function loadBooks({ plan, counters }: BooksData): Promise<BookKeeper | undefined> {
  if (plan.books === null) return undefined
  const { createBookKeeper } = await import('./create-book-keeper.js')
  return createBookKeeper({ counters }, plan.books)
}
