import type { Colors } from 'picocolors/types.js'
import type { BookLevel, BookState, LastTrade, Suspect } from '../book/index.js'
import { formatCount } from './format.js'
import type { LiveView } from './live-display.js'

const BAR_WIDTH = 16
const QUANTITY_WIDTH = 11
const PRICE_WIDTH = 13
const PRICE_DECIMALS = 4

/** A book as it is shown. */
export interface ShownBook {
  readonly instrument: string
  readonly protocol: string
  readonly sequence: number | null
  readonly state: BookState
  readonly suspect: Suspect | null
  readonly bids: readonly BookLevel[]
  readonly asks: readonly BookLevel[]
  readonly lastTrade: LastTrade | null
  readonly trades: number
  readonly volume: number
  readonly status: string | null
  /** The last trades, the newest first; undefined: they are not shown. */
  readonly tape?: readonly LastTrade[] | undefined
}

/** Shows a book while it changes. */
export class BookView implements LiveView {
  readonly #book: () => ShownBook
  readonly #depth: number
  readonly #tapeRows: number
  readonly #colors: Colors

  constructor(book: () => ShownBook, depth: number, tapeRows: number, colors: Colors) {
    this.#book = book
    this.#depth = depth
    this.#tapeRows = tapeRows
    this.#colors = colors
  }

  lines(): readonly string[] {
    const book = this.#book()
    return [
      ...bookLines(book, this.#colors, this.#depth),
      ...tapeLines(book.tape ?? [], this.#tapeRows, this.#colors),
    ]
  }

  line(): string {
    const book = this.#book()
    const [bid] = book.bids
    const [ask] = book.asks
    return `${book.instrument} ${book.state} ${priceText(bid?.price)} / ${priceText(ask?.price)}`
  }
}

/**
 * A book in lines: bids on the left, asks on the right, best first, with bars for the quantities.
 *
 * @param rows at least so many, so that a live view keeps its height
 */
export function bookLines(book: ShownBook, colors: Colors, rows = 0): string[] {
  const { bids, asks, lastTrade } = book
  const most = Math.max(1, ...[...bids, ...asks].map(({ quantity }) => quantity))
  const count = Math.max(rows, bids.length, asks.length)
  const trade =
    lastTrade === null
      ? 'none'
      : `${formatCount(lastTrade.quantity)} at ${priceText(lastTrade.price)}`
  return [
    `${colors.bold(book.instrument)}  ${stateText(book, colors)}`,
    colors.dim(`  ${heading('bids')}   ${heading('asks', true)}`),
    ...Array.from({ length: count }, (_, i) => {
      const bid = bidText(bids[i], most, colors)
      return `  ${bid}   ${askText(asks[i], most, colors)}`.trimEnd()
    }),
    `  ${colors.dim('last trade')} ${trade}   ${colors.dim('trades')} ${formatCount(book.trades)}   ${colors.dim('volume')} ${formatCount(book.volume)}`,
    `  ${colors.dim('sequence')} ${book.sequence ?? '-'}   ${colors.dim('protocol')} ${book.protocol}   ${colors.dim('status')} ${book.status ?? '-'}`,
  ]
}

/** Trades, the newest first, each with what it was against the one before it. */
function tapeLines(trades: readonly LastTrade[], rows: number, colors: Colors): string[] {
  return Array.from({ length: rows }, (_, i) => {
    const trade = trades[i]
    const label = i === 0 ? colors.dim('tape') : '    '
    if (trade === undefined) return `  ${label}`.trimEnd()
    const before = trades[i + 1]?.price ?? trade.price
    const arrow =
      trade.price > before ? colors.green('▲') : trade.price < before ? colors.red('▼') : ' '
    const quantity = formatCount(trade.quantity).padStart(QUANTITY_WIDTH)
    return `  ${label} ${quantity} ${priceText(trade.price).padStart(PRICE_WIDTH)} ${arrow}`.trimEnd()
  })
}

function stateText({ state, suspect }: ShownBook, colors: Colors): string {
  if (suspect === null) return state === 'valid' ? colors.green('valid') : colors.dim(state)
  const { cause, sinceSequence, messages } = suspect
  const text = `suspect since ${sinceSequence}: ${cause}, ${formatCount(messages)} ${messages === 1 ? 'message' : 'messages'}`
  return colors.red(text)
}

function heading(text: string, left = false): string {
  const width = BAR_WIDTH + QUANTITY_WIDTH + PRICE_WIDTH
  return left ? text.padEnd(width) : text.padStart(width)
}

function bidText(level: BookLevel | undefined, most: number, colors: Colors): string {
  if (level === undefined) return ' '.repeat(BAR_WIDTH + QUANTITY_WIDTH + PRICE_WIDTH)
  const bar = barText(level.quantity, most).padStart(BAR_WIDTH)
  const quantity = formatCount(level.quantity).padStart(QUANTITY_WIDTH)
  return `${colors.green(bar)}${quantity}${priceText(level.price).padStart(PRICE_WIDTH)}`
}

function askText(level: BookLevel | undefined, most: number, colors: Colors): string {
  if (level === undefined) return ''
  const quantity = formatCount(level.quantity).padEnd(QUANTITY_WIDTH)
  const bar = barText(level.quantity, most)
  return `${priceText(level.price).padEnd(PRICE_WIDTH)}${quantity}${colors.red(bar)}`
}

function barText(quantity: number, most: number): string {
  return '█'.repeat(Math.max(1, Math.round((quantity / most) * BAR_WIDTH)))
}

function priceText(price: number | undefined): string {
  return price === undefined ? '-' : price.toFixed(PRICE_DECIMALS)
}
