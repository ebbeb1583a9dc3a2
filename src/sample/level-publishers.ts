import { Deep10Views, Tops16Views } from '../codec/iex/index.js'
import type { DatagramPacker } from './datagram-packer.js'
import { type Beginnable, IexPublisher, type OfSymbol } from './iex-publisher.js'
import { type Instrument, type MarketSink, sideOf } from './market.js'
import type { Order } from './side-of-book.js'

const EVENT_COMPLETE = 1

/** A level that an event changed. */
interface Touched {
  readonly side: Order['side']
  readonly price: number
}

interface LevelMessage extends OfSymbol {
  flags: number
  size: number
  priceMantissa: number
}

/** Tells the made-up market as IEX DEEP: price levels, the event flag at the last of an event. */
export class Deep10Publisher extends IexPublisher implements MarketSink {
  readonly #views: Deep10Views
  #touched: Touched[] = []

  constructor(packer: DatagramPacker, dayStartNs: bigint) {
    const views = new Deep10Views()
    super(packer, dayStartNs, views)
    this.#views = views
  }

  add(order: Order): void {
    this.#touch(order.side, order.price)
  }

  execute(order: Order, shares: number, price: number, _printable: boolean, match: number): void {
    this.trade(this.#views.tradeReport, order.instrument, price, shares, match)
    this.#touch(order.side, order.price)
  }

  cancel(order: Order): void {
    this.#touch(order.side, order.price)
  }

  remove(order: Order): void {
    this.#touch(order.side, order.price)
  }

  replace(order: Order, before: { readonly price: number }): void {
    this.#touch(order.side, before.price)
    this.#touch(order.side, order.price)
  }

  hiddenTrade(
    instrument: Instrument,
    _side: Order['side'],
    price: number,
    shares: number,
    match: number,
  ): void {
    this.trade(this.#views.tradeReport, instrument.index, price, shares, match)
  }

  eventEnd(instrument: Instrument): void {
    const touched = this.#touched
    if (touched.length === 0) return
    this.#touched = []
    for (const [i, { side, price }] of touched.entries()) {
      const { priceLevelUpdateBuy, priceLevelUpdateSell } = this.#views
      const view: Beginnable<LevelMessage> =
        side === 'bid' ? priceLevelUpdateBuy : priceLevelUpdateSell
      const message = this.about(view, 30, instrument.index)
      message.flags = i === touched.length - 1 ? EVENT_COMPLETE : 0
      message.size = sideOf(instrument, side).sharesAt(price)
      message.priceMantissa = price
    }
  }

  #touch(side: Order['side'], price: number): void {
    if (!this.#touched.some((one) => one.side === side && one.price === price)) {
      this.#touched.push({ side, price })
    }
  }
}

/** What TOPS said last of an instrument. */
interface Quote {
  bidPrice: number
  bidSize: number
  askPrice: number
  askSize: number
}

const NOTHING: Quote = { bidPrice: 0, bidSize: 0, askPrice: 0, askSize: 0 }

/** Tells the made-up market as IEX TOPS: the best bid and offer when one changes, and trades. */
export class Tops16Publisher extends IexPublisher implements MarketSink {
  readonly #views: Tops16Views
  readonly #quotes = new Map<number, Quote>()

  constructor(packer: DatagramPacker, dayStartNs: bigint) {
    const views = new Tops16Views()
    super(packer, dayStartNs, views)
    this.#views = views
  }

  add(): void {}
  cancel(): void {}
  remove(): void {}
  replace(): void {}

  execute(order: Order, shares: number, price: number, _printable: boolean, match: number): void {
    this.trade(this.#views.tradeReport, order.instrument, price, shares, match)
  }

  hiddenTrade(
    instrument: Instrument,
    _side: Order['side'],
    price: number,
    shares: number,
    match: number,
  ): void {
    this.trade(this.#views.tradeReport, instrument.index, price, shares, match)
  }

  eventEnd(instrument: Instrument): void {
    const bid = instrument.bids.best
    const ask = instrument.asks.best
    const quote: Quote = {
      bidPrice: bid?.price ?? 0,
      bidSize: bid?.shares ?? 0,
      askPrice: ask?.price ?? 0,
      askSize: ask?.shares ?? 0,
    }
    const before = this.#quotes.get(instrument.index) ?? NOTHING
    const same =
      before.bidPrice === quote.bidPrice &&
      before.bidSize === quote.bidSize &&
      before.askPrice === quote.askPrice &&
      before.askSize === quote.askSize
    if (same) return
    this.#quotes.set(instrument.index, quote)
    const message = this.about(this.#views.quoteUpdate, 42, instrument.index)
    message.bidSize = quote.bidSize
    message.bidPriceMantissa = quote.bidPrice
    message.askPriceMantissa = quote.askPrice
    message.askSize = quote.askSize
  }
}
