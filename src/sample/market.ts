import { Random } from './random.js'
import { type Order, SideOfBook } from './side-of-book.js'

/** One cent, in steps of 0.0001. */
export const TICK = 100
const LOT = 100
const FIRST_PRICE = 100_000
const PRICE_SPREAD = 4_000_000
/** The market opens at 9:30, New York's time. */
const OPEN_NS = 34_200e9
/** Messages come in bursts: so many in one, so far apart, and the bursts so far from each other. */
const BURST_RATIO = 0.9
const WITHIN_BURST_NS = 4_000
const BETWEEN_BURSTS_NS = 2_000_000
/** Once in a while nothing happens for long enough that a feed sends heartbeats. */
const QUIET_CHANCE = 0.0005
const QUIET_NS = 2.5e9
/** Live orders of an instrument that the market tends to. */
const USUAL_ORDERS = 120
const DEPTH_RATIO = 0.75
const HALT_CHANCE = 0.0001

/** What the made-up exchange tells, message by message. Orders are as they are after the change. */
export interface MarketSink {
  systemEvent(event: SystemEvent): void
  /** Said of each instrument before it trades. */
  directory(instrument: Instrument): void
  tradingStatus(instrument: Instrument): void
  add(order: Order, attributed: boolean): void
  /** @param price at which it was executed, the order's own unless the exchange improved it */
  execute(order: Order, shares: number, price: number, printable: boolean, match: number): void
  cancel(order: Order, shares: number): void
  remove(order: Order): void
  /** Another size and another or the same price; the order goes to the end of its queue. */
  replace(order: Order, before: { readonly id: number; price: number; shares: number }): void
  /** Against an order that is not displayed. */
  hiddenTrade(
    instrument: Instrument,
    side: Order['side'],
    price: number,
    shares: number,
    match: number,
  ): void
  breakTrade(instrument: Instrument, price: number, shares: number, match: number): void
  imbalance(instrument: Instrument): void
  /** What belongs together is complete. */
  eventEnd(instrument: Instrument): void
}

/** Moments of a trading day, in their order. */
export type SystemEvent =
  | 'startOfMessages'
  | 'startOfSystem'
  | 'startOfMarket'
  | 'endOfMarket'
  | 'endOfSystem'
  | 'endOfMessages'

/** One security of the made-up exchange. */
export interface Instrument {
  readonly index: number
  readonly symbol: string
  readonly bids: SideOfBook
  readonly asks: SideOfBook
  readonly orders: Order[]
  /** What it is worth, in steps of 0.0001; it walks at random. */
  fair: number
  halted: boolean
}

interface Execution {
  readonly instrument: Instrument
  readonly price: number
  readonly shares: number
  readonly match: number
}

/**
 * A made-up exchange, order by order, from a seed: bursts of arrivals, orders that live for a while,
 * partial executions, cancels, replaces, trades against hidden interest, halts and broken trades. It is
 * consistent: only what rests is executed, cancelled or replaced, and no book is ever crossed.
 */
export class Market {
  /** Nanoseconds since midnight of the message that is being told. */
  timeNs = OPEN_NS - 1e9
  readonly instruments: readonly Instrument[]
  readonly #random: Random
  readonly #sink: MarketSink
  #nextId = 1
  #nextMatch = 1
  #leftInBurst = 0
  #lastExecution: Execution | undefined

  constructor(instruments: number, seed: number, sink: MarketSink) {
    this.#random = new Random(seed)
    this.#sink = sink
    this.instruments = Array.from({ length: instruments }, (_, index) => ({
      index,
      symbol: symbolOf(index),
      bids: new SideOfBook('bid'),
      asks: new SideOfBook('ask'),
      orders: [],
      fair: FIRST_PRICE + TICK * this.#random.below(PRICE_SPREAD / TICK),
      halted: false,
    }))
  }

  /** Tells the day's beginning: events of the system, the directory, what trades. */
  open(): void {
    const sink = this.#sink
    sink.systemEvent('startOfMessages')
    for (const instrument of this.instruments) {
      this.timeNs += 1_000
      sink.directory(instrument)
      sink.tradingStatus(instrument)
    }
    sink.systemEvent('startOfSystem')
    this.timeNs = OPEN_NS
    sink.systemEvent('startOfMarket')
  }

  close(): void {
    this.timeNs += 1e9
    this.#sink.systemEvent('endOfMarket')
    this.#sink.systemEvent('endOfSystem')
    this.#sink.systemEvent('endOfMessages')
  }

  /** One event at one instrument, told as one message or several. */
  step(): void {
    this.#passTime()
    const random = this.#random
    // A few instruments have most of the traffic.
    const index = Math.floor(this.instruments.length * random.unit() ** 2)
    const instrument = this.instruments[index]
    if (instrument === undefined) return
    if (instrument.halted || random.unit() < HALT_CHANCE) this.#toggleHalt(instrument)
    else this.#act(instrument)
    this.#sink.eventEnd(instrument)
  }

  #passTime(): void {
    const random = this.#random
    if (this.#leftInBurst > 0) {
      this.#leftInBurst--
      this.timeNs += Math.ceil(random.exponential(WITHIN_BURST_NS))
      return
    }
    this.#leftInBurst = random.geometric(BURST_RATIO)
    const quiet = random.unit() < QUIET_CHANCE ? QUIET_NS : 0
    this.timeNs += Math.ceil(quiet + random.exponential(BETWEEN_BURSTS_NS))
  }

  #toggleHalt(instrument: Instrument): void {
    instrument.halted = !instrument.halted
    this.#sink.tradingStatus(instrument)
  }

  #act(instrument: Instrument): void {
    const random = this.#random
    instrument.fair = Math.max(50 * TICK, instrument.fair + TICK * (random.below(3) - 1))
    const full = instrument.orders.length / USUAL_ORDERS
    const choice = random.unit() * (0.5 + 0.5 * Math.max(1, full))
    if (instrument.orders.length < 4 || choice < 0.44) this.#add(instrument)
    else if (choice < 0.54) this.#sweep(instrument)
    else if (choice < 0.59) this.#cancelPart(instrument)
    else if (choice < 0.72) this.#replace(instrument)
    else if (choice < 0.735) this.#tradeHidden(instrument)
    else if (choice < 0.737) this.#breakLast()
    else if (choice < 0.739) this.#sink.imbalance(instrument)
    else this.#remove(instrument)
  }

  #add(instrument: Instrument): void {
    const side = this.#random.unit() < 0.5 ? 'bid' : 'ask'
    const order: Order = {
      instrument: instrument.index,
      side,
      id: this.#nextId,
      firstId: this.#nextId,
      price: this.#priceFor(instrument, side),
      shares: this.#size(),
      index: instrument.orders.length,
    }
    this.#nextId++
    instrument.orders.push(order)
    sideOf(instrument, side).add(order)
    this.#sink.add(order, this.#random.unit() < 0.05)
  }

  /** A price near the fair one that does not cross the other side. */
  #priceFor(instrument: Instrument, side: Order['side']): number {
    const away = TICK * (1 + this.#random.geometric(DEPTH_RATIO))
    const fair = Math.round(instrument.fair / TICK) * TICK
    if (side === 'bid') {
      const limit = (instrument.asks.best?.price ?? Number.POSITIVE_INFINITY) - TICK
      return Math.max(TICK, Math.min(fair - away, limit))
    }
    const limit = (instrument.bids.best?.price ?? 0) + TICK
    return Math.max(fair + away, limit)
  }

  /** An order from outside takes what rests at the best price, and perhaps at the next ones. */
  #sweep(instrument: Instrument): void {
    const side = this.#random.unit() < 0.5 ? 'bid' : 'ask'
    let left = this.#size() * (this.#random.unit() < 0.1 ? 8 : 1)
    while (left > 0) {
      const best = sideOf(instrument, side).best
      const order = best?.orders[0]
      if (order === undefined) return
      const shares = Math.min(left, order.shares)
      left -= shares
      const match = this.#nextMatch++
      const improved = this.#random.unit() < 0.05
      const price = improved ? order.price + (side === 'bid' ? -1 : 1) * (TICK / 2) : order.price
      const printable = !improved || this.#random.unit() < 0.5
      this.#reduce(instrument, order, shares)
      this.#lastExecution = { instrument, price, shares, match }
      this.#sink.execute(order, shares, price, printable, match)
    }
  }

  #cancelPart(instrument: Instrument): void {
    const order = this.#anyOrder(instrument)
    if (order === undefined || order.shares < 2) return
    const shares = 1 + this.#random.below(order.shares - 1)
    this.#reduce(instrument, order, shares)
    this.#sink.cancel(order, shares)
  }

  #replace(instrument: Instrument): void {
    const order = this.#anyOrder(instrument)
    if (order === undefined) return
    const before = { id: order.id, price: order.price, shares: order.shares }
    const side = sideOf(instrument, order.side)
    side.reduce(order, order.shares)
    order.id = this.#nextId++
    order.price = this.#priceFor(instrument, order.side)
    order.shares = this.#size()
    side.add(order)
    this.#sink.replace(order, before)
  }

  #remove(instrument: Instrument): void {
    const order = this.#anyOrder(instrument)
    if (order === undefined) return
    this.#reduce(instrument, order, order.shares)
    this.#sink.remove(order)
  }

  #tradeHidden(instrument: Instrument): void {
    const side = this.#random.unit() < 0.5 ? 'bid' : 'ask'
    const price = Math.round(instrument.fair / (TICK / 2)) * (TICK / 2)
    const match = this.#nextMatch++
    const shares = this.#size()
    this.#lastExecution = { instrument, price, shares, match }
    this.#sink.hiddenTrade(instrument, side, price, shares, match)
  }

  #breakLast(): void {
    const last = this.#lastExecution
    if (last === undefined) return
    this.#lastExecution = undefined
    this.#sink.breakTrade(last.instrument, last.price, last.shares, last.match)
  }

  #reduce(instrument: Instrument, order: Order, shares: number): void {
    sideOf(instrument, order.side).reduce(order, shares)
    if (order.shares > 0) return
    const last = instrument.orders.pop()
    if (last === undefined || last === order) return
    instrument.orders[order.index] = last
    last.index = order.index
  }

  #anyOrder(instrument: Instrument): Order | undefined {
    return instrument.orders[this.#random.below(instrument.orders.length)]
  }

  /** Mostly round lots, now and then an odd one. */
  #size(): number {
    const random = this.#random
    if (random.unit() < 0.15) return 1 + random.below(LOT - 1)
    return LOT * (1 + random.geometric(0.6))
  }
}

/** The side of an instrument's book. */
export function sideOf(instrument: Instrument, side: Order['side']): SideOfBook {
  return side === 'bid' ? instrument.bids : instrument.asks
}

/** Symbols of no exchange: TWA, TWB … TWZ, TWAA, TWAB … */
function symbolOf(index: number): string {
  let letters = ''
  for (let rest = index; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters = String.fromCharCode(65 + (rest % 26)) + letters
  }
  return `TW${letters}`
}
