import assert from 'node:assert/strict'
import { BOOK_PROTOCOLS, type BookProtocol, Books } from '../../src/book/index.js'
import { Random } from '../simulation/random.js'
import { levelDifference } from './compare.js'
import { Encoder } from './encode.js'
import { Market } from './market.js'
import { type MarketEvent, symbolOf } from './market-event.js'
import { ReferenceBook } from './reference.js'

/**
 * What the network does with what a publisher says.
 *
 * - `orderly`: what was lost is filled in order before anything later is applied
 * - `late`: it comes late, in order, while later messages are applied
 * - `chaos`: it comes late in any order, some twice, some never
 * - `lossy`: it never comes
 * - `garbled`: chaos, and some messages are cut short
 */
const MODES = ['orderly', 'late', 'chaos', 'lossy', 'garbled'] as const
type Mode = (typeof MODES)[number]

/** Kinds of events that touch the levels of a book. */
const TOUCHING = new Set<MarketEvent['kind']>([
  ...([
    'add',
    'execute',
    'cancel',
    'delete',
    'replace',
    'modify',
    'clear',
    'level',
    'quote',
  ] as const),
])

/** What one seed showed, to see that the worlds are not all the same. */
export interface NetworkOutcome {
  readonly mode: Mode
  readonly protocol: BookProtocol
  readonly messages: number
  readonly restarts: number
  /** Times that a book was seen valid, and suspect. */
  readonly valid: number
  readonly suspect: number
}

/**
 * A publisher, a network that loses, delays, doubles and reorders, and the books at its end. Everything
 * follows from the seed.
 *
 * The promises, checked after every step:
 * 1. A book that says `valid` or `empty` has the publisher's levels and queues as of the last sequence.
 * 2. Where no book was cleared: a book is suspect ONLY while something is missing, or after a message
 *    about it came behind a later one about it (or while it is crossed). So none stays suspect once what
 *    was missing has come in order.
 */
export class NetworkWorld {
  readonly #random: Random
  readonly #mode: Mode
  readonly #protocol: BookProtocol
  readonly #instruments: number
  readonly #clears: number
  readonly #books: Books
  readonly #encoder: Encoder
  #market: Market
  /** What the publisher said in this run; the first has sequence 1. */
  #said: MarketEvent[] = []
  /** The publisher's books as of the last sequence that the books know of. */
  #truth: ReferenceBook[] = []
  #truthAt = 0
  #pending: number[] = []
  #delivered = new Set<number>()
  /** The last touching message of each instrument that was delivered; whether all came in order. */
  #lastTouch: number[] = []
  #inOrder: boolean[] = []
  #garbled = false
  #next = 1
  #restarts = 0
  #valid = 0
  #suspect = 0
  #messages = 0

  constructor(readonly seed: number) {
    const random = new Random(seed, 11)
    this.#random = random
    this.#mode = random.pick(MODES)
    this.#protocol = random.pick(BOOK_PROTOCOLS as [BookProtocol, ...BookProtocol[]])
    this.#instruments = random.whole(1, 5)
    this.#clears = random.chance(0.3) ? 0.03 : 0
    this.#encoder = new Encoder(this.#protocol)
    this.#books = new Books(this.#protocol, { instruments: 1, orders: 2, levels: 2 })
    this.#market = this.#begin()
  }

  run(): NetworkOutcome {
    const random = this.#random
    const steps = random.whole(15, 60)
    for (let step = 0; step < steps; step++) {
      if (random.chance(0.01)) this.#restart()
      this.#step()
      this.#check(random.whole(0, this.#instruments - 1))
    }
    this.#settle()
    for (let instrument = 0; instrument < this.#instruments; instrument++) this.#check(instrument)
    return {
      ...{ mode: this.#mode, protocol: this.#protocol, messages: this.#messages },
      ...{ restarts: this.#restarts, valid: this.#valid, suspect: this.#suspect },
    }
  }

  #step(): void {
    const random = this.#random
    const dice = random.unit()
    if (dice < 0.75) {
      this.#deliver(this.#next++)
    } else if (dice < 0.85) {
      this.#lose(random.whole(1, 6))
    } else if (dice < 0.92) {
      this.#late()
    } else if (this.#next > 1) {
      // A copy of what was delivered already, or of what is missing.
      const sequence = random.whole(1, this.#next - 1)
      if (this.#delivered.has(sequence)) this.#deliver(sequence)
    }
  }

  /** Loses the next messages, told at once, in part, or not at all. */
  #lose(count: number): void {
    const first = this.#next
    this.#next += count
    if (this.#random.chance(0.6)) this.#books.gap(first, this.#random.whole(1, count))
    if (this.#mode === 'orderly') {
      for (let sequence = first; sequence < this.#next; sequence++) this.#deliver(sequence)
    } else if (this.#mode !== 'lossy') {
      for (let sequence = first; sequence < this.#next; sequence++) this.#pending.push(sequence)
    }
  }

  /** Something that was lost comes after all. */
  #late(): void {
    if (this.#pending.length === 0) return
    const inOrder = this.#mode === 'late' || this.#random.chance(0.5)
    const at = inOrder ? 0 : this.#random.whole(0, this.#pending.length - 1)
    const [sequence] = this.#pending.splice(at, 1)
    if (sequence !== undefined) this.#deliver(sequence)
  }

  /** At the end all that still comes has come. */
  #settle(): void {
    const keep = this.#mode === 'chaos' || this.#mode === 'garbled' ? this.#random.unit() : 1
    let left = Math.floor(this.#pending.length * keep)
    while (left-- > 0) this.#late()
  }

  #deliver(sequence: number): void {
    while (this.#said.length < sequence) this.#said.push(this.#market.next())
    const event = this.#said[sequence - 1] as MarketEvent
    let length = this.#encoder.encode(event, sequence)
    if (this.#mode === 'garbled' && this.#random.chance(0.03) && !this.#delivered.has(sequence)) {
      length = this.#random.whole(0, length - 1)
      // Without its type nobody can say that it was one of the protocol.
      if (length === 0) length = 1
      this.#garbled = true
    }
    this.#books.sequence = sequence
    this.#books.receivedNs = this.#messages * 1000
    this.#books.apply(this.#encoder.bytes, 0, length)
    this.#messages++
    this.#note(sequence, event)
  }

  /** Follows what the oracle needs to know. */
  #note(sequence: number, event: MarketEvent): void {
    if (this.#delivered.has(sequence)) return
    this.#delivered.add(sequence)
    if (!TOUCHING.has(event.kind) || !('instrument' in event)) return
    const { instrument } = event
    if (sequence < (this.#lastTouch[instrument] ?? 0)) this.#inOrder[instrument] = false
    else this.#lastTouch[instrument] = sequence
  }

  #check(instrument: number): void {
    const books = this.#books
    while (this.#truthAt < books.lastSequence) this.#advance()
    const book = books.get(symbolOf(instrument))
    if (book === undefined) return
    const truth = this.#truth[instrument] as ReferenceBook
    const where = `seed ${this.seed}, ${this.#mode}, ${this.#protocol}, ${symbolOf(instrument)} after ${books.lastSequence}`
    const { state } = book
    if (state === 'suspect') this.#suspect++
    else this.#valid++
    const difference = levelDifference(book, truth, books.priceScale)
    if (state !== 'suspect' && difference !== undefined) {
      assert.fail(`${where}: says ${state}, but ${difference}`)
    }
    if (this.#garbled) return
    const complete = this.#delivered.size === books.lastSequence
    assert.equal(books.missing, books.lastSequence - this.#delivered.size, `${where}: missing`)
    if (complete) {
      assert.deepEqual([book.trades, book.volume], [truth.trades, truth.volume], `${where}: trades`)
    }
    if (this.#clears > 0 || this.#protocol === 'tops16') return
    const right = complete && this.#inOrder[instrument] === true
    const { suspect } = book
    if (right && suspect !== null && !(suspect.cause === 'crossed' && truth.crossed)) {
      assert.fail(`${where}: is right and says ${JSON.stringify(suspect)}`)
    }
    if (!right && state !== 'suspect') assert.fail(`${where}: may be wrong and says ${state}`)
  }

  #advance(): void {
    while (this.#said.length <= this.#truthAt) this.#said.push(this.#market.next())
    const event = this.#said[this.#truthAt++] as MarketEvent
    if (event.kind === 'start-of-day') for (const book of this.#truth) book.empty()
    else if ('instrument' in event) this.#truth[event.instrument]?.apply(event)
  }

  #restart(): void {
    this.#restarts++
    this.#books.restart()
    this.#market = this.#begin()
  }

  /** A run of the publisher begins; with some luck its first messages are lost. */
  #begin(): Market {
    const random = this.#random
    this.#said = []
    this.#truth = Array.from({ length: this.#instruments }, () => new ReferenceBook())
    this.#truthAt = 0
    this.#pending = []
    this.#delivered = new Set()
    this.#lastTouch = []
    this.#inOrder = this.#truth.map(() => true)
    this.#garbled = false
    this.#next = 1
    const market = new Market({
      ...{ protocol: this.#protocol, seed: this.seed * 8 + this.#restarts },
      ...{ instruments: this.#instruments, depth: random.whole(1, 8) },
      ...{ crossing: random.chance(0.3) ? 0.02 : 0, clears: this.#clears },
    })
    this.#market = market
    if (random.chance(0.3)) this.#lose(random.whole(1, 20))
    return market
  }
}
