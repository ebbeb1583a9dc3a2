import type { BookFaults, BookLevel, BookState, LastTrade, Suspect } from '../../book/index.js'
import type { BookFeed } from './book-feed.js'

/** What `tickwire book` tells. */
export interface BookReport {
  readonly command: 'book'
  readonly protocol: string
  readonly instrument: string
  /** The last message that the books know of. */
  readonly sequence: number | null
  /** When the last message that was applied was received, ns since 1970; of a BinaryFILE its own time. */
  readonly atNs: string | null
  readonly state: BookState
  readonly suspect: Suspect | null
  readonly bids: readonly BookLevel[]
  readonly asks: readonly BookLevel[]
  readonly lastTrade: LastTrade | null
  readonly trades: number
  readonly volume: number
  readonly status: string | null
  readonly faults: BookFaults
  readonly hash: string
  /** Books that were built, whatever is shown, and the hash of them all. */
  readonly instruments: number
  readonly allHash: string
  readonly messages: number
  readonly elapsedSeconds: number
  /** From where on the recording was read, by its index; null: from its beginning. */
  readonly fromCheckpoint?: {
    readonly sequence: number
    readonly messages: number
    readonly atNs: string
  } | null
}

/** A report of the book of an instrument as it is now. */
export function bookReport(
  feed: BookFeed,
  instrument: string,
  depth: number,
  elapsedSeconds: number,
): BookReport {
  const { books } = feed
  const book = books.get(instrument)
  // Of an instrument that nobody has named it is not known what the missing messages said.
  const suspect = book === undefined ? books.suspectUnheard : book.suspect
  return {
    command: 'book',
    protocol: books.protocol,
    instrument,
    sequence: feed.messages === 0 ? null : books.lastSequence,
    atNs: feed.atNs,
    state: book?.state ?? (suspect === null ? 'empty' : 'suspect'),
    suspect,
    bids: book?.bids(depth) ?? [],
    asks: book?.asks(depth) ?? [],
    lastTrade: book?.lastTrade ?? null,
    trades: book?.trades ?? 0,
    volume: book?.volume ?? 0,
    status: book?.status ?? null,
    faults: book?.faults ?? { unknownOrders: 0, overExecuted: 0, crossed: 0 },
    hash: book?.hash ?? books.emptyHash,
    instruments: books.instrumentCount,
    allHash: books.allHash,
    messages: feed.messages,
    elapsedSeconds,
  }
}
