import type { BookStore } from '../book-store.js'

/** Applies the messages of one protocol to books. One kind per protocol; confined to one thread. */
export interface FeedBooks {
  /** How many units of the feed's prices make 1. */
  readonly priceScale: number
  /** Whether the feed has orders, and not only price levels. */
  readonly hasOrders: boolean
  /**
   * Applies one message. Reads nothing outside of it, never throws, allocates nothing.
   *
   * @returns the index of the instrument whose book, trades or status changed; NONE: none, or the event
   *   goes on
   */
  apply(bytes: DataView, offset: number, length: number): number
  /** Whether it holds no part of an event that is not complete. */
  readonly isBetweenEvents: boolean
  /** Forgets the parts of events that are not complete. */
  forget(): void
}

/** Makes what applies a protocol's messages to the books of a store. */
export type FeedBooksMaker = new (store: BookStore) => FeedBooks
