import { FEED } from '../../account/feed-counters.js'
import type { Books } from '../../book/index.js'
import type { Protocol } from '../../codec/protocols.js'
import { BLOCK_HEADER_BYTES } from '../../wire/blocks.js'
import { IexTpFraming } from '../../wire/iex-tp-framing.js'
import { MARKET_DATA_BYTES, MarketDataView } from '../../wire/market-data-view.js'
import { Mdp3Framing } from '../../wire/mdp3-framing.js'
import { MessageView } from '../../wire/message-view.js'
import type { BookKeeper } from '../books/book-keeper.js'
import type { AnyMessageView } from '../handler.js'
import type { MessageReader } from '../message-reader.js'
import { ALL_MESSAGES, type OpenRun } from '../open-run.js'
import type { Naming } from './naming.js'

/**
 * Walks the runs of a reader message by message, for a caller that asks for messages instead of being
 * called with them. One thread; no allocation per message.
 *
 * ```
 *   while (reader.take()) while (cursor.next()) use(cursor.message, cursor.sequence)
 * ```
 */
export class MessageCursor {
  /** The message that `next` moved to. Lies in the ring: valid until the following `next`. */
  message: AnyMessageView
  /** Its sequence in the feed: it keeps counting where a 32-bit number on the wire wraps. */
  sequence = 0
  /** With books: the index of the one that the message has changed; -1: none. */
  changed = -1
  readonly #reader: MessageReader
  readonly #run: OpenRun
  readonly #native: boolean
  readonly #plain: AnyMessageView
  readonly #packets: boolean
  readonly #littleEndian: boolean
  readonly #naming: Naming | undefined
  /** Whether a packet is open that may have more messages. */
  #opened = false
  readonly #keeper: BookKeeper | undefined
  /** Those that the messages of the run are for. */
  #books: Books | undefined
  /** The present piece of the run, and how many it has; 0: no run is open. */
  #piece = 0
  #pieceCount = 0
  #left = 0
  #offset = 0

  /**
   * @param naming how messages get their views; none: they are bytes, or native messages
   * @param keeper who applies them to books; none: nobody
   */
  constructor(reader: MessageReader, naming?: Naming | undefined, keeper?: BookKeeper | undefined) {
    const { run } = reader
    this.#reader = reader
    this.#run = run
    this.#naming = naming
    this.#keeper = keeper
    this.#native = run.blocks === 'none'
    this.#packets = run.blocks === 'packet'
    this.#littleEndian = run.blocks === 'little-endian'
    // Else the framing has more to say, of the one datagram that it has open.
    run.wide = keeper === undefined && (this.#native || run.framing.name === 'moldudp64')
    this.#plain = this.#native ? new MarketDataView(run.epoch) : new MessageView()
    this.message = this.#plain
  }

  /** Whether the message came late: it fills a gap behind which messages were handed out already. */
  get late(): boolean {
    return this.#run.late
  }

  /** When the message was received, ns since the session epoch; NaN if nobody knows. */
  get receivedNs(): number {
    return this.#run.pieces.receivedNs[this.#piece]
  }

  /** The protocol that names the message; undefined: none does. */
  get protocol(): Protocol | undefined {
    return this.#naming?.protocolNow(this.#run.framing)
  }

  /**
   * When the datagram of the message was sent, in nanoseconds since 1970; null where its framing does not
   * say. Allocates: not for each message.
   */
  sentUnixNs(): bigint | null {
    const { framing } = this.#run
    if (!(framing instanceof IexTpFraming || framing instanceof Mdp3Framing)) return null
    return BigInt.asIntN(64, (BigInt(framing.sendTimeHigh) << 32n) | BigInt(framing.sendTimeLow))
  }

  /** Moves to the next message of the batch; false at its end. The messages before count as delivered. */
  next(): boolean {
    if (this.#packets) return this.#nextOfPacket()
    if (this.#left > 0 || this.#nextPiece()) this.sequence += 1
    else if (!this.#openRun()) return false
    this.#left -= 1
    this.#run.counts[FEED.currentSequence] = this.sequence
    this.#move()
    return true
  }

  /** The same where the messages of a packet share its sequence. */
  #nextOfPacket(): boolean {
    const { framing, counts } = this.#run
    if (!this.#opened || !framing.next()) {
      this.#opened = this.#openRun()
      if (!this.#opened || !framing.next()) return false
      counts[FEED.currentSequence] = this.sequence
    }
    this.#show(framing.messageOffset, framing.messageLength)
    return true
  }

  #nextPiece(): boolean {
    const { pieces } = this.#run
    if (this.#piece + 1 >= this.#pieceCount) return false
    this.#piece += 1
    this.#left = pieces.counts[this.#piece]
    this.#offset = pieces.offsets[this.#piece]
    return true
  }

  #openRun(): boolean {
    if (this.#books !== undefined) this.#keeper?.end(this.#books)
    this.#books = undefined
    this.#piece = 0
    this.#pieceCount = 0
    if (this.#reader.nextRun(ALL_MESSAGES) === 0) return false
    const { pieces, pieceCount } = this.#run
    this.#pieceCount = pieceCount
    this.#left = pieces.counts[0]
    this.#offset = pieces.offsets[0]
    this.sequence = this.#run.first
    if (this.#keeper !== undefined) this.#beginBooks(this.#keeper)
    return true
  }

  #beginBooks(keeper: BookKeeper): void {
    this.#books = keeper.booksFor(this.#run.framing)
    if (this.#books !== undefined) keeper.begin(this.#books, this.#run)
  }

  #apply(keeper: BookKeeper, length: number): void {
    const books = this.#books
    this.changed = -1
    if (books === undefined) return
    books.sequence = this.sequence
    this.changed = keeper.apply(books, this.#run.bytes, this.#offset, length)
  }

  #move(): void {
    const { bytes } = this.#run
    let length = MARKET_DATA_BYTES
    if (!this.#native) {
      length = bytes.getUint16(this.#offset, this.#littleEndian)
      this.#offset += BLOCK_HEADER_BYTES
    }
    this.#show(this.#offset, length)
    if (this.#keeper !== undefined) this.#apply(this.#keeper, length)
    this.#offset += length
  }

  #show(offset: number, length: number): void {
    const { bytes, framing } = this.#run
    const views = this.#native ? undefined : this.#naming?.viewsFor(framing)
    if (views === undefined) this.#plain.wrap(bytes, offset, length)
    this.message = views?.select(bytes, offset, length) ?? this.#plain
  }
}
