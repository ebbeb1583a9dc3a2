import type { BookProtocol } from '../../src/book/index.js'
import { Random } from '../simulation/random.js'
import { hasOrders, type MarketEvent, type Side } from './market-event.js'
import { ReferenceBook } from './reference.js'

export interface MarketOptions {
  readonly protocol: BookProtocol
  readonly seed: number
  readonly instruments: number
  /** Orders or levels of a book that it tends to. */
  readonly depth: number
  /** How likely a message contradicts the book: unknown ids, too much executed, ids that are live. */
  readonly faults?: number
  /** How likely a price crosses the book. */
  readonly crossing?: number
  /** How likely a day begins or a book is cleared. */
  readonly clears?: number
}

const TICK = 100
const START = 1_000_000

/**
 * A made-up publisher: what it says is consistent with its own books but where faults are asked for. The
 * same options, the same events.
 */
export class Market {
  readonly books: ReferenceBook[]
  readonly #options: MarketOptions
  readonly #random: Random
  readonly #middles: number[]
  readonly #waiting: MarketEvent[] = []
  #lastId = 0n

  constructor(options: MarketOptions) {
    this.#options = options
    this.#random = new Random(options.seed, 7)
    this.books = Array.from({ length: options.instruments }, () => new ReferenceBook())
    this.#middles = this.books.map(() => START + TICK * this.#random.whole(-500, 500))
    this.#waiting.push({ kind: 'start-of-day' })
    for (let instrument = 0; instrument < options.instruments; instrument++) {
      if (this.#random.chance(0.8)) this.#waiting.push({ kind: 'directory', instrument })
    }
  }

  /** What it says next; its own books have it applied. */
  next(): MarketEvent {
    const event = this.#waiting.shift() ?? this.#make()
    if (event.kind === 'start-of-day') for (const book of this.books) book.empty()
    else if ('instrument' in event) this.book(event.instrument).apply(event)
    return event
  }

  book(instrument: number): ReferenceBook {
    const book = this.books[instrument]
    if (book === undefined) throw new Error(`no instrument ${instrument}`)
    return book
  }

  #make(): MarketEvent {
    const random = this.#random
    const { protocol, clears = 0 } = this.#options
    const instrument = random.whole(0, this.books.length - 1)
    if (random.chance(0.02))
      this.#middles[instrument] = this.#middle(instrument) + TICK * random.whole(-3, 3)
    if (random.chance(clears)) {
      if (protocol === 'deepplus10' && random.chance(0.7)) return { kind: 'clear', instrument }
      return { kind: 'start-of-day' }
    }
    const dice = random.unit()
    if (dice < 0.01) return { kind: 'noise' }
    if (dice < 0.02) return { kind: 'directory', instrument }
    if (dice < 0.03) return { kind: 'status', instrument, code: random.pick(['T', 'H', 'P']) }
    if (dice < 0.07) {
      return {
        kind: 'trade',
        instrument,
        quantity: this.#quantity(),
        price: this.#middle(instrument),
      }
    }
    if (hasOrders(protocol)) return this.#orderEvent(instrument)
    return protocol === 'deep10' ? this.#levelEvent(instrument) : this.#quote(instrument)
  }

  #orderEvent(instrument: number): MarketEvent {
    const random = this.#random
    const { depth, faults = 0, protocol } = this.#options
    const { orders } = this.book(instrument)
    const wrong = random.chance(faults)
    const adds = random.unit() * 2 * depth > orders.length
    if (adds || (orders.length === 0 && !wrong)) {
      const side = this.#side()
      const reused = wrong && orders.length > 0 ? this.#any(orders).id : undefined
      return {
        ...{ kind: 'add', instrument, side, id: reused ?? this.#id() },
        ...{ quantity: this.#quantity(), price: this.#price(instrument, side) },
      }
    }
    const known = orders.length > 0 ? this.#any(orders) : undefined
    const unknown = wrong && (known === undefined || random.chance(0.5))
    const id = unknown || known === undefined ? this.#id() : known.id
    const side = known?.side ?? 'bid'
    const left = known?.quantity ?? 100
    const part = wrong && !unknown ? left + random.whole(1, 50) : random.whole(1, left)
    const dice = random.unit()
    if (dice < 0.4) {
      const own = protocol === 'itch50' && random.chance(0.7)
      const better = TICK * random.whole(-1, 1)
      const price = own ? null : (known?.price ?? START) + better
      const printable = price === null || protocol !== 'itch50' || random.chance(0.8)
      return { kind: 'execute', instrument, id, quantity: part, price, printable }
    }
    if (dice < 0.65) return { kind: 'delete', instrument, id }
    const price = random.chance(0.4) ? (known?.price ?? START) : this.#price(instrument, side)
    if (protocol === 'itch50') {
      if (dice < 0.8) return { kind: 'cancel', instrument, id, quantity: part }
      const quantity = this.#quantity()
      return { kind: 'replace', instrument, id, newId: this.#id(), quantity, price }
    }
    const keepsPriority = random.chance(0.5)
    return { kind: 'modify', instrument, id, quantity: this.#quantity(), price, keepsPriority }
  }

  #levelEvent(instrument: number): MarketEvent {
    const random = this.#random
    const { depth, faults = 0 } = this.#options
    const { quantities } = this.book(instrument)
    const prices = new Set<string>()
    const count = random.chance(0.15) ? random.whole(2, 5) : 1
    const parts: { side: Side; price: number; quantity: number }[] = []
    for (let i = 0; i < count; i++) {
      const side = this.#side()
      const there = [...quantities[side].keys()]
      const removes = there.length > 0 && random.unit() * 2 * depth < there.length * 2
      const price =
        removes || (there.length > 0 && random.chance(0.4))
          ? (there[random.whole(0, there.length - 1)] ?? START)
          : this.#price(instrument, side)
      // A price that is named twice in an event would be removed twice.
      if (prices.has(`${side}${price}`)) continue
      prices.add(`${side}${price}`)
      parts.push({ side, price, quantity: removes ? 0 : this.#quantity() })
    }
    if (random.chance(faults)) parts.push({ side: 'bid', price: 77, quantity: 0 })
    const events = parts.map((part, i): MarketEvent => {
      return { kind: 'level', instrument, ...part, complete: i === parts.length - 1 }
    })
    this.#waiting.push(...events.slice(1))
    return events[0] as MarketEvent
  }

  #quote(instrument: number): MarketEvent {
    return {
      ...{ kind: 'quote', instrument },
      bid: this.#price(instrument, 'bid'),
      bidQuantity: this.#random.chance(0.1) ? 0 : this.#quantity(),
      ask: this.#price(instrument, 'ask'),
      askQuantity: this.#random.chance(0.1) ? 0 : this.#quantity(),
    }
  }

  /** Beside the middle, mostly near, sometimes far; crossing the book where that is asked for. */
  #price(instrument: number, side: Side): number {
    const random = this.#random
    const away = TICK * Math.floor(random.logarithmic(1, random.chance(0.05) ? 3000 : 30))
    const direction = random.chance(this.#options.crossing ?? 0) ? -1 : 1
    return this.#middle(instrument) + (side === 'bid' ? -away : away) * direction
  }

  #middle(instrument: number): number {
    return this.#middles[instrument] ?? START
  }

  #side(): Side {
    return this.#random.chance(0.5) ? 'bid' : 'ask'
  }

  #quantity(): number {
    return this.#random.whole(1, 500)
  }

  /** Mostly counting upwards, with jumps that fill the high half too. */
  #id(): bigint {
    const step = this.#random.chance(0.001) ? 2 ** 33 : this.#random.whole(1, 3)
    this.#lastId += BigInt(step)
    return this.#lastId
  }

  #any<T>(list: readonly T[]): T {
    return list[this.#random.whole(0, list.length - 1)] as T
  }
}
