import { BOOK_COUNTERS_BYTES } from '../../src/account/book-counters.js'
import { TOP_BYTES, TopReader, TopWriter } from '../../src/account/top-section.js'
import { BOOK_PROTOCOLS, type BookProtocol } from '../../src/book/index.js'
import { BookKeeper } from '../../src/handle/books/book-keeper.js'
import type { AnyMessageView, FeedStatus, Gap } from '../../src/handle/handler.js'
import { levelDifference } from '../book/compare.js'
import { Encoder } from '../book/encode.js'
import { Market } from '../book/market.js'
import { type MarketEvent, symbolOf } from '../book/market-event.js'
import { ReferenceBook } from '../book/reference.js'
import { readMessage } from './content.js'
import type { Stream } from './datagram.js'
import { promisesOf } from './promises.js'
import { Random } from './random.js'
import type { Scenario } from './scenario.js'
import type { Observer } from './simulation.js'
import { hold } from './violation.js'

/** Kinds of events that touch the levels of a book. */
const TOUCHING: ReadonlySet<MarketEvent['kind']> = new Set([
  ...(['add', 'execute', 'cancel', 'delete', 'replace', 'modify', 'level', 'quote'] as const),
])

/** How likely a book is looked at after a message about it; after all else, and at the end, it always is. */
const CHECK_CHANCE = 0.2

/** Those that say that nothing is in a book, or in any. */
const CLEARING: ReadonlySet<MarketEvent['kind']> = new Set(['start-of-day', 'clear'] as const)

/** What a run showed of its books. */
export interface BookOutcome {
  /** Times that a book was looked at and said that it is right, and that it may be wrong. */
  readonly valid: number
  readonly suspect: number
  /** Books that were suspect and became right again, without a new beginning. */
  readonly healed: number
}

/**
 * Books at the end of the real reading side in a simulated world: what is delivered of a stream, with which
 * sequence, in which order, and what is said of gaps and new beginnings is what the reading side makes of
 * that world; what the messages say is a made-up market's, which follows from the stream and the sequence.
 *
 * The promises:
 * 1. A book that says `valid` or `empty` has the publisher's levels and queues as of the last sequence.
 * 2. A book of which all messages came in order, with nothing missing, is not suspect, unless it is crossed.
 * 3. What is published of a book is what the book says.
 */
export class BookWitness implements Observer {
  readonly #scenario: Scenario
  readonly #random: Random
  readonly #protocol: BookProtocol
  readonly #first: number
  readonly #instruments: number
  readonly #keeper: BookKeeper
  readonly #listener: ReturnType<BookKeeper['listener']>
  readonly #encoder: Encoder
  readonly #tops: readonly TopReader[]
  readonly #streams = new Map<number, Stream>()
  /** Whether what is delivered is what was published. */
  #trusted: boolean
  /** The stream that the feed is in; undefined before its first message. */
  #stream: Stream | undefined
  #market: Market | undefined
  /** What the publisher said in this stream. */
  #said: MarketEvent[] = []
  /** Its books as of the last sequence that ours know of, and how many messages these are made of. */
  #truth: ReferenceBook[] = []
  #truthAt = 0
  #delivered = new Set<number>()
  #lastTouch: number[] = []
  #inOrder: boolean[] = []
  /** Whether the publisher has restarted in the midst of the stream: what was before may be known or not. */
  #cleared = false
  #wasSuspect: boolean[] = []
  #valid = 0
  #suspect = 0
  #healed = 0

  constructor(scenario: Scenario) {
    const random = new Random(scenario.seed, 60)
    this.#random = random
    const { exact, streams } = promisesOf(scenario)
    this.#scenario = scenario
    this.#trusted = exact || streams
    this.#protocol = random.pick(BOOK_PROTOCOLS as [BookProtocol, ...BookProtocol[]])
    this.#first = scenario.framing === 'raw' ? 0 : 1
    this.#instruments = random.whole(1, 3)
    this.#encoder = new Encoder(this.#protocol)
    const memory = new SharedArrayBuffer(this.#instruments * TOP_BYTES)
    const symbols = Array.from({ length: this.#instruments }, (_, i) => symbolOf(i))
    this.#tops = symbols.map((symbol, i) => new TopReader(symbol, memory, i * TOP_BYTES))
    const sizes = { instruments: 1, orders: 2, levels: 2, firstSequence: this.#first }
    this.#keeper = new BookKeeper(this.#protocol, sizes, {
      counts: new Float64Array(BOOK_COUNTERS_BYTES / 8),
      tops: symbols.map((symbol, i) => ({ symbol, writer: new TopWriter(memory, i * TOP_BYTES) })),
    })
    this.#listener = this.#keeper.listener({})
  }

  get outcome(): BookOutcome {
    return { valid: this.#valid, suspect: this.#suspect, healed: this.#healed }
  }

  onPublish({ stream }: { readonly stream: Stream }): void {
    this.#streams.set(stream.index, stream)
  }

  onMessage(message: AnyMessageView, sequence: number): void {
    if (!this.#trusted) return
    const { bytes, offset, length } = message
    const content = readMessage(this.#scenario.framing, bytes, offset, length)
    const stream = this.#streams.get(content.stream)
    if (stream === undefined) {
      // Made up by somebody, and believed as it could have been true: nothing more can be said.
      this.#trusted = false
      return
    }
    // A feed that was first seen behind the wrap of its sequences counts from there.
    if (sequence < stream.first) this.#trusted = false
    if (!this.#trusted) return
    if (stream !== this.#stream) this.#enter(stream)
    this.#apply(stream, sequence)
  }

  onGap(gap: Gap): void {
    this.#listener.onGap?.(gap)
    if (this.#trusted) this.#checkAll()
  }

  onStatus(status: FeedStatus): void {
    this.#listener.onStatus?.(status)
    if (status.kind !== 'session') return
    // Until its first message says which stream it is, all books must be as at a beginning.
    this.#stream = undefined
    if (!this.#trusted) return
    for (let i = 0; i < this.#instruments; i++) {
      const depth =
        (this.#books.get(symbolOf(i))?.depth(0) ?? 0) +
        (this.#books.get(symbolOf(i))?.depth(1) ?? 0)
      hold(depth === 0, 'books', () => 'a new beginning leaves levels')
    }
  }

  /** To be called when the run is over. */
  finish(): void {
    this.#keeper.finish()
    if (this.#trusted) this.#checkAll()
  }

  get #books() {
    const { books } = this.#keeper
    hold(books !== undefined, 'books', () => 'there are none')
    return books
  }

  #enter(stream: Stream): void {
    this.#stream = stream
    this.#market = new Market({
      ...{ protocol: this.#protocol, seed: this.#scenario.seed * 64 + stream.index },
      ...{ instruments: this.#instruments, depth: 4, crossing: 0.01, clears: 0.002 },
    })
    this.#said = []
    this.#truth = Array.from({ length: this.#instruments }, () => new ReferenceBook())
    this.#truthAt = 0
    this.#delivered = new Set()
    this.#lastTouch = []
    this.#inOrder = this.#truth.map(() => true)
    this.#cleared = false
    this.#wasSuspect = []
  }

  #apply(stream: Stream, sequence: number): void {
    const event = this.#eventAt(stream, sequence)
    const length = this.#encoder.encode(event, sequence)
    const books = this.#books
    books.receivedNs = sequence * 1000
    books.sequence = sequence
    this.#keeper.apply(books, this.#encoder.bytes, 0, length)
    this.#keeper.end(books)
    this.#delivered.add(sequence)
    if (!('instrument' in event)) {
      if (event.kind === 'start-of-day') this.#checkAll()
      return
    }
    if (TOUCHING.has(event.kind)) {
      const { instrument } = event
      if (sequence < (this.#lastTouch[instrument] ?? 0)) this.#inOrder[instrument] = false
      else this.#lastTouch[instrument] = sequence
    }
    if (this.#random.chance(CHECK_CHANCE)) this.#check(event.instrument)
  }

  #eventAt(stream: Stream, sequence: number): MarketEvent {
    const at = sequence - stream.first
    while (this.#said.length <= at) {
      const event = this.#market?.next()
      hold(event !== undefined, 'books', () => 'a stream has a market')
      if (this.#said.length > 0 && CLEARING.has(event.kind)) this.#cleared = true
      this.#said.push(event)
    }
    const event = this.#said[at]
    hold(event !== undefined, 'books', () => `${sequence} is before the beginning`)
    return event
  }

  #checkAll(): void {
    for (let instrument = 0; instrument < this.#instruments; instrument++) this.#check(instrument)
  }

  #check(instrument: number): void {
    const stream = this.#stream
    if (stream === undefined) return
    const books = this.#books
    while (this.#truthAt <= books.lastSequence - stream.first) this.#advance(stream)
    const book = books.get(symbolOf(instrument))
    const truth = this.#truth[instrument]
    if (book === undefined || truth === undefined) return
    const { state } = book
    const where = () => `${this.#protocol} ${symbolOf(instrument)} after ${books.lastSequence}`
    const difference =
      state === 'suspect' ? undefined : levelDifference(book, truth, books.priceScale)
    hold(difference === undefined, 'books', () => `${where()} says ${state}, but ${difference}`)
    const top = this.#tops[instrument]?.read()
    const best = Number.isNaN(book.bidPrice) ? null : book.bidPrice
    hold(top?.state === state && top?.bidPrice === best, 'tops', () => {
      return `${where()} is published as ${top?.state} with ${top?.bidPrice}, and is ${state} with ${best}`
    })
    if (state === 'suspect') this.#suspect++
    else this.#valid++
    if (this.#wasSuspect[instrument] === true && state === 'valid') this.#healed++
    this.#wasSuspect[instrument] = state === 'suspect'
    const complete = this.#delivered.size === books.lastSequence + 1 - this.#first
    const right =
      complete &&
      !this.#cleared &&
      this.#inOrder[instrument] === true &&
      this.#protocol !== 'tops16'
    const { suspect } = book
    const excused = suspect === null || (suspect.cause === 'crossed' && truth.crossed)
    hold(
      !right || excused,
      'heals',
      () => `${where()} is right and says ${JSON.stringify(suspect)}`,
    )
  }

  #advance(stream: Stream): void {
    const event = this.#eventAt(stream, stream.first + this.#truthAt++)
    if (event.kind === 'start-of-day') for (const book of this.#truth) book.empty()
    else if ('instrument' in event) this.#truth[event.instrument]?.apply(event)
  }
}
