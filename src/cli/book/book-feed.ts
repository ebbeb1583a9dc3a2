import { type BookProtocol, Books } from '../../book/index.js'
import type { CaptureReader, ReadingPlace } from '../../capture/capture-reader.js'
import { badOption } from '../../foundation/errors.js'
import { NS_PER_SECOND } from '../../foundation/units.js'
import type { Feed } from '../../run/feed/feed.js'
import type { MessageBatch } from '../../run/feed/feed-iterator.js'
import type { ReceiveReport } from '../../run/feed/receive-report.js'
import { planCaptures } from '../../run/options/capture-options.js'
import { endpointTexts } from '../../run/options/endpoint-names.js'
import type { ReceiveOptions } from '../../run/options/receive-options.js'
import { receive } from '../../run/receive.js'
import { receiveCaptures } from '../../run/receive-captures.js'
import { isNatsUrl, parseNatsUrl } from '../../transport/nats/nats-url.js'
import { ProtocolGuess } from './protocol-guess.js'

/** Messages that are kept while nobody knows the protocol. */
const KEPT_MAX = 100_000
const NS_PER_SECOND_BIG = BigInt(NS_PER_SECOND)
/** Where ITCH 5.0 has its time of day. */
const ITCH_TIME_HIGH = 5
const ITCH_TIME_LOW = 7

/** A message that was read before the protocol was known. */
interface KeptMessage {
  readonly bytes: DataView
  readonly sequence: number
  readonly receivedNs: number
  readonly restarted: boolean
}

/** What the feed tells between two messages. */
interface FeedNews {
  /** The publisher began again, and its first message comes next. */
  restarted: boolean
  /** Who is told of gaps; undefined while nobody is. */
  books: Books | undefined
  /** Of what comes behind it nothing is told. */
  lastSequence: number
}

/** How to find the messages of a feed. */
export interface BookFeedOptions extends ReceiveOptions {
  readonly protocol: BookProtocol | 'auto'
}

/** Where in a recording to go on, and what was known there. */
export interface BookResume {
  readonly place: ReadingPlace
  readonly epochSeconds: number
  readonly protocol: BookProtocol
  /** As `Books.save` gave it. */
  readonly state: Uint8Array
  readonly messages: number
  /** When the last message came that was applied; NaN: it is not known. */
  readonly lastNs: number
}

/**
 * The books of an endpoint, message by message, on the caller's thread.
 *
 * ```ts
 * const feed = await BookFeed.open(options)
 * while (await feed.wait()) while (feed.next()) feed.apply()
 * await feed.close()
 * ```
 */
export class BookFeed {
  readonly books: Books
  /** The message that `next` moved to: its sequence, and the publisher's run that it belongs to. */
  sequence = 0
  run = 0
  /**
   * When it was received, in nanoseconds since the session epoch; of a recording without such times, its
   * own time of day.
   */
  timeNs = Number.NaN
  /** Messages so far. */
  messages = 0
  /** The latest time that a message had so far. */
  latestNs = Number.NEGATIVE_INFINITY
  readonly #feed: Feed
  readonly #batches: AsyncIterator<MessageBatch>
  readonly #state: FeedNews
  readonly #kept: KeptMessage[]
  #batch: MessageBatch | undefined
  #position = 0
  #bytes: DataView = new DataView(new ArrayBuffer(0))
  #offset = 0
  #length = 0
  #restarted = false
  /** The last time that a message had. */
  #lastNs = Number.NaN
  #timeOfDay = false
  /** Whether the loop over the feed has begun. */
  #begun = false
  /** Whether nothing was taken of the batch yet. */
  #fresh = false

  private constructor(
    feed: Feed,
    protocol: BookProtocol,
    batches: AsyncIterator<MessageBatch>,
    batch: MessageBatch | undefined,
    kept: KeptMessage[],
    state: FeedNews,
  ) {
    this.#feed = feed
    this.books = new Books(protocol)
    state.books = this.books
    this.#batches = batches
    this.#batch = batch
    this.#kept = kept
    this.#state = state
  }

  /**
   * Opens the endpoint, and reads until the protocol is known.
   *
   * @throws {TickwireError} whatever `receive` throws; TW_BAD_OPTION for messages that are no books
   */
  static async open(
    { protocol, ...options }: BookFeedOptions,
    resume?: BookResume,
  ): Promise<BookFeed> {
    refuseShards(options)
    const lastSequence = Number.POSITIVE_INFINITY
    const state: FeedNews = { restarted: false, books: undefined, lastSequence }
    const listening: ReceiveOptions = {
      ...options,
      onStatus: ({ kind }) => {
        if (kind === 'session') state.restarted = true
      },
      // Gaps between messages show by themselves; a heartbeat's, behind the last one, only here.
      onGap: ({ firstSequence, count }) => {
        const counted = Math.min(count, state.lastSequence + 1 - firstSequence)
        if (!state.restarted && counted > 0) state.books?.gap(firstSequence, counted)
      },
    }
    const captures = resume === undefined ? undefined : planCaptures(listening)
    const feed =
      captures === undefined
        ? await receive(listening)
        : await receiveCaptures(listening, { ...captures, from: resume })
    try {
      const batches = feed[Symbol.asyncIterator]()
      const kept: KeptMessage[] = []
      if (resume !== undefined) {
        const resumed = new BookFeed(feed, resume.protocol, batches, undefined, kept, state)
        resumed.#goOn(resume)
        return resumed
      }
      if (protocol !== 'auto') {
        return new BookFeed(feed, protocol, batches, undefined, kept, state)
      }
      const guess = new ProtocolGuess(feed.stats().framing)
      let batch: MessageBatch | undefined
      while (guess.found === undefined && kept.length < KEPT_MAX) {
        if (batch === undefined || !batch.next()) {
          const { done, value } = await batches.next()
          if (done === true) break
          batch = value
          continue
        }
        const { bytes, offset, length } = batch.message
        guess.look(bytes, offset, length)
        const { sequence, receivedNs } = batch
        const { restarted } = state
        kept.push({ bytes: copyOf(bytes, offset, length), sequence, receivedNs, restarted })
        state.restarted = false
      }
      const found = guess.found ?? guess.settle()
      const guessed = new BookFeed(feed, found, batches, batch, kept, state)
      guessed.#begun = true
      return guessed
    } catch (error) {
      await feed.stop().catch(() => {})
      throw error
    }
  }

  #goOn({ state, messages, lastNs }: BookResume): void {
    this.books.restore(state)
    this.messages = messages
    this.#lastNs = lastNs
    this.latestNs = lastNs
  }

  /**
   * Whether a datagram begins with the next message, and all before it is applied and complete: what is
   * known now can be saved, and gone on from with this datagram.
   */
  get isAtCheckpoint(): boolean {
    return (
      this.#fresh &&
      !this.#state.restarted &&
      this.#feed.openGaps === 0 &&
      this.books.isBetweenEvents
    )
  }

  /** The recording that is read; undefined for a live feed. */
  get reading(): CaptureReader | undefined {
    return this.#feed.reading
  }

  get epochSeconds(): number {
    return this.#feed.epoch.unixSeconds
  }

  /** When the last message came that was applied; NaN: it is not known. */
  get lastNs(): number {
    return this.#lastNs
  }

  /** Waits until there are messages; false at the end of the feed. */
  async wait(): Promise<boolean> {
    if (this.#position < this.#kept.length || this.#batch !== undefined) return true
    this.#begun = true
    const { done, value } = await this.#batches.next()
    this.#batch = done === true ? undefined : value
    this.#fresh = done !== true
    return this.#batch !== undefined
  }

  /** Moves to the next message; false if `wait` has to be asked. */
  next(): boolean {
    if (this.#position < this.#kept.length) {
      const message = this.#kept[this.#position++] as KeptMessage
      this.#move(message.bytes, 0, message.bytes.byteLength)
      this.#note(message.sequence, message.receivedNs, message.restarted)
      return true
    }
    const batch = this.#batch
    this.#fresh = false
    if (batch === undefined) return false
    if (!batch.next()) {
      this.#batch = undefined
      return false
    }
    const { message } = batch
    this.#move(message.bytes, message.offset, message.length)
    this.#note(batch.sequence, batch.receivedNs, this.#state.restarted)
    this.#state.restarted = false
    return true
  }

  /** Applies the present message to the books. @returns the index of the book that changed, or -1 */
  apply(): number {
    const { books } = this
    if (this.#restarted) {
      this.#restarted = false
      books.restart()
    }
    this.#lastNs = this.timeNs
    books.sequence = this.sequence
    books.receivedNs = this.timeNs
    return books.apply(this.#bytes, this.#offset, this.#length)
  }

  /** Says that messages behind this one are left out, so that what is missing there does not matter. */
  endAfter(sequence: number): void {
    this.#state.lastSequence = sequence
  }

  /** Leaves the present message out; a publisher that began again with it empties the books all the same. */
  skip(): void {
    if (!this.#restarted) return
    this.#restarted = false
    this.books.restart()
  }

  /** Whether times are times of day, since the recording has no others. */
  get hasTimeOfDay(): boolean {
    return this.#timeOfDay
  }

  /** The time of the present message in nanoseconds since 1970; only where there are such times. */
  unixNs(timeNs: number): bigint {
    return BigInt(this.#feed.epoch.unixSeconds) * NS_PER_SECOND_BIG + BigInt(Math.round(timeNs))
  }

  /** When the last message that was applied was received; null: not known. */
  get atNs(): string | null {
    if (Number.isNaN(this.#lastNs)) return null
    return String(this.#timeOfDay ? BigInt(this.#lastNs) : this.unixNs(this.#lastNs))
  }

  get endpoints(): readonly string[] {
    return this.#feed.endpoints
  }

  stats(): ReceiveReport {
    return this.#feed.stats()
  }

  /** Ends the feed. @throws {FeedFailure} if it went wrong */
  async close(): Promise<ReceiveReport> {
    this.#state.books = undefined
    this.books.finish()
    await this.#batches.return?.()
    // A loop that has not begun does not stop its feed.
    return this.#begun ? this.#feed.finished : this.#feed.stop()
  }

  #move(bytes: DataView, offset: number, length: number): void {
    this.#bytes = bytes
    this.#offset = offset
    this.#length = length
  }

  #note(sequence: number, receivedNs: number, restarted: boolean): void {
    this.messages++
    this.sequence = sequence
    if (restarted) {
      this.run++
      this.#restarted = true
    }
    this.timeNs = Number.isNaN(receivedNs) ? this.#ownTime() : receivedNs
    if (this.timeNs > this.latestNs) this.latestNs = this.timeNs
  }

  /** The time of day that the message itself has. */
  #ownTime(): number {
    if (this.books.protocol !== 'itch50' || this.#length < ITCH_TIME_LOW + 4) return this.timeNs
    this.#timeOfDay = true
    const high = this.#bytes.getUint16(this.#offset + ITCH_TIME_HIGH)
    return high * 2 ** 32 + this.#bytes.getUint32(this.#offset + ITCH_TIME_LOW)
  }
}

function copyOf(bytes: DataView, offset: number, length: number): DataView {
  const copy = new DataView(new ArrayBuffer(length))
  for (let i = 0; i < length; i++) copy.setUint8(i, bytes.getUint8(offset + i))
  return copy
}

/** What other shards hold would be missing here: who receives one with books knows that it is not. */
function refuseShards(options: ReceiveOptions): void {
  const named = endpointTexts(options).find(
    (url) => isNatsUrl(url) && parseNatsUrl(url).shard !== undefined,
  )
  if (named === undefined) return
  throw badOption(
    `The endpoint ${named} is one shard of a feed, and all books are looked at here`,
    'Leave the shard out, or receive it with --books.',
  )
}
