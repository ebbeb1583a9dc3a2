import { RETRANSMISSION, type Refusal } from '../account/retransmission-counters.js'
import { assert } from '../foundation/assert.js'
import { TWO_POW_32 } from '../foundation/units.js'
import { IEX_TP_HEADER_BYTES } from '../wire/iex-tp-framing.js'
import {
  MOLD_COUNT_OFFSET,
  MOLD_HEADER_BYTES,
  MOLD_MAX_COUNT,
  MOLD_SEQUENCE_OFFSET,
  MOLD_SESSION_BYTES,
  readMoldSequence,
  writeMoldHeader,
} from '../wire/moldudp64.js'
import { ClientBuckets } from './client-buckets.js'
import type { RetransmissionLimits } from './limits.js'
import { STORED_HEADER_BYTES } from './store-layout.js'
import { type BlockHeader, RetransmitStoreReader } from './store-reader.js'
import { TokenBucket } from './token-bucket.js'

/** How a stream's datagrams, and so the replies, are framed. Requests always are MoldUDP64's. */
export const REPLY_FRAMINGS = ['raw', 'moldudp64', 'iex-tp'] as const
export type ReplyFraming = (typeof REPLY_FRAMINGS)[number]

const FORMATS: Readonly<
  Record<ReplyFraming, { readonly headerBytes: number; readonly blocks: BlockHeader }>
> = {
  raw: { headerBytes: 0, blocks: 'none' },
  moldudp64: { headerBytes: MOLD_HEADER_BYTES, blocks: 'mold' },
  'iex-tp': { headerBytes: IEX_TP_HEADER_BYTES, blocks: 'iex' },
}

/** Where the header of IEX-TP has what differs from one datagram to the next; see its framing. */
const IEX_PAYLOAD_BYTES = 12
const IEX_COUNT = 14
const IEX_STREAM_OFFSET = 16
const IEX_SEQUENCE = 24
const IEX_SEND_TIME = 32

/** A reader whose stream was numbered anew, or just begun, gets what it wanted the second time. */
const TRIES = 2

export interface RetransmissionServerOptions {
  readonly store: SharedArrayBuffer
  readonly framing: ReplyFraming
  readonly limits: RetransmissionLimits
  /** As `createRetransmissionCounters` makes them. */
  readonly counters: Float64Array
}

/**
 * Answers requests for messages of a store. It does no I/O and has no clock: a request and the time go
 * in, replies come out one by one, in a buffer that is used again for the next:
 *
 * ```
 * for (let more = server.open(request, client, nowNs); more; more = server.next()) {
 *   send(server.reply, server.replyBytes)
 * }
 * ```
 *
 * A request wants messages from a sequence on. What is answered begins with the first of them, or
 * nothing is; it may end early, at a message that is missing, at the newest one or at a limit, and the
 * client then asks for the rest. Whatever a request holds, nothing throws, and the answer is at most
 * `maxReplyDatagrams` of `maxPayloadBytes` each.
 *
 * In a `raw` stream only the low 32 bits of a wanted sequence count, as only those are on the wire.
 */
export class RetransmissionServer {
  /** The reply that stands ready, in its first `replyBytes` bytes. */
  readonly reply: Uint8Array
  replyBytes = 0
  readonly #store: RetransmitStoreReader
  readonly #framing: ReplyFraming
  readonly #headerBytes: number
  readonly #blocks: BlockHeader
  readonly #limits: RetransmissionLimits
  readonly #counters: Float64Array
  readonly #view: DataView
  readonly #clients: ClientBuckets
  readonly #total: TokenBucket
  /** What is still to be answered of the request that was opened last. */
  #sequence = 0
  #messagesLeft = 0
  #datagramsLeft = 0
  #bucket: TokenBucket

  constructor(options: RetransmissionServerOptions) {
    const { limits } = options
    const { headerBytes, blocks } = FORMATS[options.framing]
    this.#store = new RetransmitStoreReader(options.store)
    this.#framing = options.framing
    this.#headerBytes = headerBytes
    this.#blocks = blocks
    this.#limits = limits
    this.#counters = options.counters
    this.reply = new Uint8Array(limits.maxPayloadBytes)
    this.#view = new DataView(this.reply.buffer)
    this.#total = new TokenBucket(limits.totalBytesPerSecond, limits.totalBurstBytes)
    this.#clients = new ClientBuckets(
      limits.clientMessagesPerSecond,
      limits.clientBurstMessages,
      limits.maxClients,
    )
    this.#bucket = this.#total
    assert(limits.maxPayloadBytes > headerBytes, 'a reply has room for a message')
  }

  /** Clients that are remembered at this moment. */
  get clients(): number {
    return this.#clients.size
  }

  /**
   * Takes a request, and makes the first reply to it. False if it draws none; the counters say why.
   *
   * @param client whose allowance the answer is taken from
   * @param nowNs of a clock that does not go back
   */
  open(request: Uint8Array, client: string, nowNs: number): boolean {
    this.#counters[RETRANSMISSION.requests] += 1
    this.#messagesLeft = 0
    if (request.length !== MOLD_HEADER_BYTES) return this.#refuse('malformed')
    const view = new DataView(request.buffer, request.byteOffset, request.length)
    const count = view.getUint16(MOLD_COUNT_OFFSET)
    if (count === 0 || count > MOLD_MAX_COUNT) return this.#refuse('malformed')
    if (!this.#store.refresh() || !this.#isOfSession(request)) return this.#refuse('otherSession')
    const sequence = this.#sequenceOf(view)
    if (sequence >= this.#store.end) return this.#refuse('notYet')
    if (sequence < this.#store.first) return this.#refuse('gone')

    // Only who asks for something that is there gets a place among the clients.
    this.#bucket = this.#clients.of(client)
    this.#bucket.refill(nowNs)
    this.#total.refill(nowNs)
    if (this.#bucket.tokens < 1) return this.#refuse('clientRate')
    if (this.#total.tokens < this.#limits.maxPayloadBytes) return this.#refuse('totalRate')
    this.#sequence = sequence
    this.#messagesLeft = Math.min(count, Math.floor(this.#bucket.tokens))
    this.#datagramsLeft = this.#limits.maxReplyDatagrams
    const result = this.#compose()
    if (result === 'copied') return true
    this.#messagesLeft = 0
    return this.#refuse(result === 'gone' ? 'gone' : 'tooLong')
  }

  /** Makes the next reply to the request that was opened last; false if there is none. */
  next(): boolean {
    if (this.#messagesLeft === 0 || this.#datagramsLeft === 0) return false
    if (this.#total.tokens < this.#limits.maxPayloadBytes) return false
    return this.#compose() === 'copied'
  }

  #refuse(reason: Refusal): false {
    this.#counters[RETRANSMISSION[reason]] += 1
    return false
  }

  #isOfSession(request: Uint8Array): boolean {
    const { session } = this.#store
    for (let i = 0; i < MOLD_SESSION_BYTES; i++) if (request[i] !== session[i]) return false
    return true
  }

  #sequenceOf(request: DataView): number {
    if (this.#framing !== 'raw') return readMoldSequence(request, 0)
    const end = this.#store.end
    const low = request.getUint32(MOLD_SEQUENCE_OFFSET + 4)
    // Serial-number arithmetic: the number nearest to the end that has these low bits.
    return end + ((low - (end % TWO_POW_32)) | 0)
  }

  #compose(): 'copied' | 'gone' | 'too-long' {
    const room = this.#limits.maxPayloadBytes - this.#headerBytes
    let result: 'copied' | 'gone' | 'too-long' = 'gone'
    for (let i = 0; i < TRIES && result === 'gone'; i++) {
      // In the second try, what was wanted may have become part of an older stream.
      if (i > 0 && !this.#isStillCurrent()) return 'gone'
      result = this.#store.tryCopy(
        this.#sequence,
        this.#messagesLeft,
        room,
        this.#view,
        this.#headerBytes,
        this.#blocks,
      )
    }
    if (result !== 'copied') return result
    const { count, bytes } = this.#store
    this.#writeHeader(count, bytes)
    this.replyBytes = this.#headerBytes + bytes
    this.#sequence += count
    this.#messagesLeft -= count
    this.#datagramsLeft--
    this.#bucket.take(count)
    this.#total.take(this.replyBytes)
    this.#counters[RETRANSMISSION.replies] += 1
    this.#counters[RETRANSMISSION.messages] += count
    this.#counters[RETRANSMISSION.bytes] += this.replyBytes
    return result
  }

  /** Looks at the stream again; false if it is another one, and not only numbered anew. */
  #isStillCurrent(): boolean {
    const { session, header } = this.#store
    const before = [...session, ...header]
    if (!this.#store.refresh()) return false
    return [...session, ...header].every((octet, i) => octet === before[i])
  }

  #writeHeader(count: number, bytes: number): void {
    const view = this.#view
    if (this.#framing === 'moldudp64') {
      writeMoldHeader(view, 0, this.#store.session, this.#sequence, count)
    } else if (this.#framing === 'iex-tp') {
      assert(this.#headerBytes === STORED_HEADER_BYTES, 'the whole header is stored')
      this.reply.set(this.#store.header)
      view.setUint16(IEX_PAYLOAD_BYTES, bytes, true)
      view.setUint16(IEX_COUNT, count, true)
      this.reply.fill(0, IEX_STREAM_OFFSET, IEX_SEQUENCE)
      view.setUint32(IEX_SEQUENCE, this.#sequence % TWO_POW_32, true)
      view.setUint32(IEX_SEQUENCE + 4, Math.floor(this.#sequence / TWO_POW_32), true)
      this.reply.fill(0, IEX_SEND_TIME, IEX_TP_HEADER_BYTES)
    }
  }
}
