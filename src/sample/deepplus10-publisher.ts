import { Deepplus10Views } from '../codec/iex/index.js'
import type { DatagramPacker } from './datagram-packer.js'
import { IexPublisher } from './iex-publisher.js'
import type { Instrument, MarketSink } from './market.js'
import type { Order } from './side-of-book.js'

const KEEPS_PRIORITY = 1

/** Tells the made-up market as IEX DEEP+, order by order. */
export class Deepplus10Publisher extends IexPublisher implements MarketSink {
  readonly #views: Deepplus10Views

  constructor(packer: DatagramPacker, dayStartNs: bigint) {
    const views = new Deepplus10Views()
    super(packer, dayStartNs, views)
    this.#views = views
  }

  add(order: Order): void {
    const message = this.about(this.#views.addOrder, 38, order.instrument)
    message.side = order.side === 'bid' ? '8' : '5'
    message.orderId = order.firstId
    message.size = order.shares
    message.priceMantissa = order.price
  }

  execute(order: Order, shares: number, price: number, _printable: boolean, match: number): void {
    const message = this.about(this.#views.orderExecuted, 46, order.instrument)
    message.orderId = order.firstId
    message.size = shares
    message.priceMantissa = price
    message.tradeId = match
  }

  cancel(order: Order): void {
    this.#modify(order, KEEPS_PRIORITY)
  }

  remove(order: Order): void {
    this.about(this.#views.orderDelete, 26, order.instrument).orderId = order.firstId
  }

  replace(order: Order): void {
    this.#modify(order, 0)
  }

  hiddenTrade(
    instrument: Instrument,
    _side: Order['side'],
    price: number,
    shares: number,
    match: number,
  ): void {
    this.trade(this.#views.trade, instrument.index, price, shares, match)
  }

  eventEnd(): void {}

  #modify(order: Order, flags: number): void {
    const message = this.about(this.#views.orderModify, 38, order.instrument)
    message.flags = flags
    message.orderId = order.firstId
    message.size = order.shares
    message.priceMantissa = order.price
  }
}
