import type { DatagramPacker } from './datagram-packer.js'
import type { Instrument, Market, SystemEvent } from './market.js'

const EVENT_CODES: Readonly<Record<SystemEvent, string>> = {
  startOfMessages: 'O',
  startOfSystem: 'S',
  startOfMarket: 'R',
  endOfMarket: 'M',
  endOfSystem: 'E',
  endOfMessages: 'C',
}

/** A view of the codec, begun at a place in memory. */
export interface Beginnable<V> {
  init(bytes: DataView, offset: number): V
}

/** What IEX's three feeds tell alike. */
export interface AdministrativeViews {
  readonly systemEvent: Beginnable<{ timestamp: bigint; systemEvent: string }>
  readonly securityDirectory: Beginnable<
    OfSymbol & {
      flags: number
      roundLotSize: number
      adjustedPocPriceMantissa: number
      luldTier: number
    }
  >
  readonly tradingStatus: Beginnable<OfSymbol & { tradingStatus: string; reason: string }>
  readonly shortSalePriceTestStatus: Beginnable<
    OfSymbol & { shortSalePriceTestStatus: number; detail: string }
  >
  readonly operationalHaltStatus: Beginnable<OfSymbol & { operationalHaltStatus: string }>
  readonly tradeBreak: Beginnable<TradeMessage>
}

/** What messages about an instrument have in common. */
export interface OfSymbol {
  timestamp: bigint
  symbol: string
}

interface TradeMessage extends OfSymbol {
  size: number
  priceMantissa: number
  tradeId: number
}

/** What IEX's feeds have in common: times, symbols and the administrative messages. */
export abstract class IexPublisher {
  /** Set once the market is made, which needs its sink before. */
  market: Market | undefined
  readonly #packer: DatagramPacker
  readonly #dayStartNs: bigint
  readonly #administrative: AdministrativeViews

  constructor(packer: DatagramPacker, dayStartNs: bigint, administrative: AdministrativeViews) {
    this.#packer = packer
    this.#dayStartNs = dayStartNs
    this.#administrative = administrative
  }

  systemEvent(event: SystemEvent): void {
    const message = this.begin(this.#administrative.systemEvent, 10)
    message.systemEvent = EVENT_CODES[event]
  }

  directory(instrument: Instrument): void {
    const views = this.#administrative
    const message = this.about(views.securityDirectory, 31, instrument.index)
    message.flags = 0
    message.roundLotSize = 100
    message.adjustedPocPriceMantissa = instrument.fair
    message.luldTier = 1
    this.about(views.operationalHaltStatus, 18, instrument.index).operationalHaltStatus = 'N'
    const test = this.about(views.shortSalePriceTestStatus, 19, instrument.index)
    test.shortSalePriceTestStatus = 0
  }

  tradingStatus(instrument: Instrument): void {
    const message = this.about(this.#administrative.tradingStatus, 22, instrument.index)
    message.tradingStatus = instrument.halted ? 'H' : 'T'
    message.reason = instrument.halted ? 'T1' : ''
  }

  breakTrade(instrument: Instrument, price: number, shares: number, match: number): void {
    this.trade(this.#administrative.tradeBreak, instrument.index, price, shares, match)
  }

  imbalance(): void {}

  protected trade(
    view: Beginnable<TradeMessage>,
    instrument: number,
    price: number,
    shares: number,
    match: number,
  ): void {
    const message = this.about(view, 38, instrument)
    message.size = shares
    message.priceMantissa = price
    message.tradeId = match
  }

  protected about<V extends OfSymbol>(view: Beginnable<V>, length: number, instrument: number): V {
    const message = this.begin(view, length)
    message.symbol = this.market?.instruments[instrument]?.symbol ?? ''
    return message
  }

  protected begin<V extends { timestamp: bigint }>(view: Beginnable<V>, length: number): V {
    const timeNs = this.market?.timeNs ?? 0
    const message = view.init(this.#packer.bytes, this.#packer.begin(timeNs, length))
    message.timestamp = this.#dayStartNs + BigInt(timeNs)
    return message
  }
}
