import { type Books, CHANGE, type LastTrade } from '../../book/index.js'

/** Trades that are shown. */
export const TAPE_ROWS = 5

/** The last trades of one instrument, the newest first: for people who look on. */
export class TradeTape {
  readonly trades: LastTrade[] = []
  readonly #instrument: string

  constructor(instrument: string) {
    this.#instrument = instrument
  }

  /**
   * Looks at what the message that was applied last has changed.
   *
   * @param changed the index of the book; -1: none
   */
  note(books: Books, changed: number): void {
    if (changed < 0 || !books.change.has(CHANGE.trade)) return
    const book = books.at(changed)
    if (book.instrument !== this.#instrument) return
    const trade = book.lastTrade
    if (trade === null) return
    this.trades.unshift(trade)
    if (this.trades.length > TAPE_ROWS) this.trades.pop()
  }

  /** The publisher began again. */
  clear(): void {
    this.trades.length = 0
  }
}
