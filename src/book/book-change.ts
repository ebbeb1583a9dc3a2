/** What an event did to a book, as bits of `BookChange.kinds`. */
export const CHANGE = {
  /** A price level was added, changed or removed. */
  level: 1,
  /** The best bid or ask has another price or quantity than before the event. */
  best: 2,
  /** A trade was reported. */
  trade: 4,
  /** The trading status was reported. */
  status: 8,
  /** The book became valid or suspect, or suspect for another cause; its first event made it so too. */
  state: 16,
  /** The book was emptied. */
  clear: 32,
} as const

/**
 * What the last event did to a book. One object per feed, used again for each event: valid only during
 * the call that it was passed to. What the book is now is in the book.
 *
 * Prices are whole numbers in the feed's unit here (`book.priceScale` of them make 1).
 */
export class BookChange {
  /** The index of the instrument; -1: none. */
  instrument = -1
  /** The bits of CHANGE that apply. */
  kinds = 0
  /** Level changes in the event; a replaced order is two. */
  levelChanges = 0
  /** Of the last level that changed: 0 bid, 1 ask. */
  side = 0
  /** Of the last level that changed: its price, and what is there now; quantity 0: nothing. */
  levelPrice = Number.NaN
  levelQuantity = Number.NaN
  levelOrders = 0
  /** Where `best` is among the kinds: the best bid before the event; quantity 0: there was none. */
  previousBid = Number.NaN
  previousBidQuantity = Number.NaN
  /** The best ask before it, likewise. */
  previousAsk = Number.NaN
  previousAskQuantity = Number.NaN

  has(kind: number): boolean {
    return (this.kinds & kind) !== 0
  }
}
