import type { Colors } from 'picocolors/types.js'
import type { BookTop } from '../account/top-section.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import { formatCount } from './format.js'
import type { LiveView } from './live-display.js'

const PRICE_DECIMALS = 4
const NAME_WIDTH = 14
const COUNT_WIDTH = 9

/** A feed with books, at this moment. */
export interface BookedFeed {
  readonly name: string
  readonly report: ReceiveReport
  /** The top of one of its books. */
  readonly top: BookTop | undefined
}

/** Shows feeds side by side that build books: how many of them can be trusted, and one of them. */
export class BooksView implements LiveView {
  readonly #feeds: () => readonly BookedFeed[]
  readonly #colors: Colors

  constructor(feeds: () => readonly BookedFeed[], colors: Colors) {
    this.#feeds = feeds
    this.#colors = colors
  }

  lines(): readonly string[] {
    return this.#feeds().map((feed) => bookedFeedLine(feed, this.#colors))
  }

  line(): string {
    return this.#feeds()
      .map(({ name, report }) => `${name}: ${report.books?.suspect ?? 0} suspect books`)
      .join(', ')
  }
}

/** One line about a feed and its books. */
export function bookedFeedLine({ name, report, top }: BookedFeed, c: Colors): string {
  const { books, ledger, delivered } = report
  const suspect = books?.suspect ?? 0
  const state = suspect === 0 ? c.green('none suspect') : c.red(`${formatCount(suspect)} suspect`)
  const counts = [
    `${formatCount(delivered).padStart(COUNT_WIDTH)} messages`,
    `lost ${formatCount(ledger.lost.total)}`,
    `recovered ${formatCount(ledger.recovered)}`,
    `${formatCount(books?.instruments ?? 0)} books, ${state}`,
  ]
  const shown = top === undefined ? '' : `   ${topText(top, c)}`
  return `  ${name.padEnd(NAME_WIDTH)} ${counts.join(', ')}${shown}`
}

/** The top of a book in a few words. */
export function topText(top: BookTop, c: Colors): string {
  const side = (price: number | null, quantity: number) =>
    price === null ? '-' : `${formatCount(quantity)} x ${price.toFixed(PRICE_DECIMALS)}`
  const best = `${side(top.bidPrice, top.bidQuantity)} / ${side(top.askPrice, top.askQuantity)}`
  const { suspect, state } = top
  const words =
    suspect === null
      ? c.green(state)
      : c.red(`suspect since ${suspect.sinceSequence}: ${suspect.cause}`)
  return `${c.bold(top.instrument)} ${best} ${words}`
}
