import type { BookKeeper } from '../../handle/books/book-keeper.js'
import type { BooksData } from '../memory/feed-books.js'
import type { ReceivePlan } from '../options/receive-plan.js'

type HandledData = BooksData & { readonly plan: Pick<ReceivePlan, 'handler'> }

/**
 * The books of a run, for the thread that handles its messages; undefined: it builds none. Loads their code
 * only where it is needed. Behind an outlet somebody else builds them.
 */
export async function loadBooks({ plan, counters }: HandledData): Promise<BookKeeper | undefined> {
  if (plan.books === null || plan.handler.kind === 'outlet') return undefined
  const { createBookKeeper } = await import('./create-book-keeper.js')
  return createBookKeeper({ counters }, plan.books)
}
