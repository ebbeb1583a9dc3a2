import { Itch50Views } from '../codec/itch50/index.js'
import type { DatagramPacker } from './datagram-packer.js'
import type { Instrument, Market, MarketSink, SystemEvent } from './market.js'
import type { Order } from './side-of-book.js'

const EVENT_CODES: Readonly<Record<SystemEvent, string>> = {
  startOfMessages: 'O',
  startOfSystem: 'S',
  startOfMarket: 'Q',
  endOfMarket: 'M',
  endOfSystem: 'E',
  endOfMessages: 'C',
}
const MPID = 'TWMM'

/** A view of the codec, begun at a place in memory. */
interface Beginnable<V> {
  init(bytes: DataView, offset: number): V
}

/** What the messages of ITCH have in common. */
interface Head {
  stockLocate: number
  timestamp: number
}

/** Tells the made-up market as ITCH 5.0, order by order. */
export class Itch50Publisher implements MarketSink {
  /** Set once the market is made, which needs its sink before. */
  market: Market | undefined
  readonly #packer: DatagramPacker
  readonly #views = new Itch50Views()

  constructor(packer: DatagramPacker) {
    this.#packer = packer
  }

  systemEvent(event: SystemEvent): void {
    this.#begin(this.#views.systemEvent, 12, -1).eventCode = EVENT_CODES[event]
  }

  directory(instrument: Instrument): void {
    const message = this.#begin(this.#views.stockDirectory, 39, instrument.index)
    message.stock = instrument.symbol
    message.marketCategory = 'Q'
    message.financialStatusIndicator = 'N'
    message.roundLotSize = 100
    message.roundLotsOnly = 'N'
    message.issueClassification = 'C'
    message.issueSubType = 'Z'
    message.authenticity = 'P'
    message.shortSaleThresholdIndicator = 'N'
    message.ipoFlag = 'N'
    message.luldReferencePriceTier = '1'
    message.etpFlag = 'N'
    message.inverseIndicator = 'N'
    const sho = this.#begin(this.#views.regShoRestriction, 20, instrument.index)
    sho.stock = instrument.symbol
    sho.regShoAction = '0'
  }

  tradingStatus(instrument: Instrument): void {
    const message = this.#begin(this.#views.stockTradingAction, 25, instrument.index)
    message.stock = instrument.symbol
    message.tradingState = instrument.halted ? 'H' : 'T'
    message.reason = instrument.halted ? 'T1' : ''
  }

  add(order: Order, attributed: boolean): void {
    const { addOrder, addOrderWithMpid } = this.#views
    const message = attributed
      ? this.#begin(addOrderWithMpid, 40, order.instrument)
      : this.#begin(addOrder, 36, order.instrument)
    message.orderReferenceNumber = order.id
    message.side = order.side === 'bid' ? 'B' : 'S'
    message.shares = order.shares
    message.stock = this.#symbol(order)
    message.priceMantissa = order.price
    if (attributed) addOrderWithMpid.mpid = MPID
  }

  execute(order: Order, shares: number, price: number, printable: boolean, match: number): void {
    if (price === order.price && printable) {
      const message = this.#begin(this.#views.orderExecuted, 31, order.instrument)
      message.orderReferenceNumber = order.id
      message.shares = shares
      message.matchNumber = match
      return
    }
    const message = this.#begin(this.#views.orderExecutedWithPrice, 36, order.instrument)
    message.orderReferenceNumber = order.id
    message.shares = shares
    message.matchNumber = match
    message.printable = printable ? 'Y' : 'N'
    message.priceMantissa = price
  }

  cancel(order: Order, shares: number): void {
    const message = this.#begin(this.#views.orderCancel, 23, order.instrument)
    message.orderReferenceNumber = order.id
    message.shares = shares
  }

  remove(order: Order): void {
    this.#begin(this.#views.orderDelete, 19, order.instrument).orderReferenceNumber = order.id
  }

  replace(order: Order, before: { readonly id: number }): void {
    const message = this.#begin(this.#views.orderReplace, 35, order.instrument)
    message.orderReferenceNumber = before.id
    message.newOrderReferenceNumber = order.id
    message.shares = order.shares
    message.priceMantissa = order.price
  }

  hiddenTrade(
    instrument: Instrument,
    side: Order['side'],
    price: number,
    shares: number,
    match: number,
  ): void {
    const message = this.#begin(this.#views.trade, 44, instrument.index)
    message.side = side === 'bid' ? 'B' : 'S'
    message.shares = shares
    message.stock = instrument.symbol
    message.priceMantissa = price
    message.matchNumber = match
  }

  breakTrade(instrument: Instrument, _price: number, _shares: number, match: number): void {
    this.#begin(this.#views.brokenTrade, 19, instrument.index).matchNumber = match
  }

  imbalance(instrument: Instrument): void {
    const message = this.#begin(this.#views.netOrderImbalance, 50, instrument.index)
    message.stock = instrument.symbol
    message.pairedShares = 10_000
    message.imbalanceShares = 700
    message.imbalanceDirection = 'B'
    message.farPriceMantissa = instrument.fair
    message.nearPriceMantissa = instrument.fair
    message.currentReferencePriceMantissa = instrument.fair
    message.crossType = 'C'
    message.priceVariationIndicator = 'L'
  }

  eventEnd(): void {}

  #symbol(order: Order): string {
    return this.market?.instruments[order.instrument]?.symbol ?? ''
  }

  /** @param instrument its index; -1: the message is about none */
  #begin<V extends Head>(view: Beginnable<V>, length: number, instrument: number): V {
    const timeNs = this.market?.timeNs ?? 0
    const message = view.init(this.#packer.bytes, this.#packer.begin(timeNs, length))
    message.stockLocate = instrument + 1
    message.timestamp = timeNs
    return message
  }
}
