import { RETRANSMISSION, type Refusal } from '../account/retransmission-counters.js'
import { assert } from '../foundation/assert.js'
import { TWO_POW_32 } from '../foundation/units.js'
import { IEX_TP_HEADER_BYTES } from '../wire/iex-tp-framing.js'
import {
  MOLD_HEADER_BYTES,
  MOLD_SESSION_BYTES,
  MoldRequest,
  writeMoldHeader,
} from '../wire/moldudp64.js'
import { Allowances } from './allowances.js'
import type { RetransmissionLimits } from './limits.js'
import type { ResponseFraming } from './response-framing.js'
import { STORED_HEADER_BYTES } from './store-layout.js'
import { type BlockHeader, RetransmitStoreReader } from './store-reader.js'

const FORMATS: Readonly<
  Record<ResponseFraming, { readonly headerBytes: number; readonly blocks: BlockHeader }>
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
  readonly framing: ResponseFraming
  readonly limits: RetransmissionLimits
  /** As `createRetransmissionCounters` makes them. */
  readonly counters: Float64Array
}

/**
 * Answers requests for messages of a store. It does no I/O and has no clock: a request and the time go
 * in, responses come out one by one, in a buffer that is used again for the next:
 *
 * ```
 * for (let more = server.open(request, client, nowNs); more; more = server.next()) {
 *   send(server.response, server.responseBytes)
 * }
 * ```
 *
 * A request wants messages from a sequence on. The response begins with the first of them, or there is
 * none; it may end early, at a message that is missing, at the newest one or at a limit, and the client
 * then requests the rest. Whatever a request holds, nothing throws, and it draws at most
 * `maxReplyDatagrams` of `maxPayloadBytes` each.
 *
 * In a `raw` stream only the low 32 bits of a wanted sequence count, as only those are on the wire.
 */
export class RetransmissionServer {
  /** The response that stands ready, in its first `responseBytes` bytes. */
  readonly response: Uint8Array
  responseBytes = 0
  readonly #store: RetransmitStoreReader
  readonly #framing: ResponseFraming
  readonly #headerBytes: number
  readonly #blocks: BlockHeader
  readonly #limits: RetransmissionLimits
  readonly #counters: Float64Array
  readonly #view: DataView
  readonly #request = new MoldRequest(0)
  readonly #allowances: Allowances
  /** What is still to be sent for the request that was opened last. */
  #sequence = 0
  #messagesLeft = 0
  #datagramsLeft = 0

  constructor(options: RetransmissionServerOptions) {
    const { limits } = options
    const { headerBytes, blocks } = FORMATS[options.framing]
    this.#store = new RetransmitStoreReader(options.store)
    this.#framing = options.framing
    this.#headerBytes = headerBytes
    this.#blocks = blocks
    this.#limits = limits
    this.#counters = options.counters
    this.response = new Uint8Array(limits.maxPayloadBytes)
    this.#view = new DataView(this.response.buffer)
    this.#allowances = new Allowances(limits)
    assert(limits.maxPayloadBytes > headerBytes, 'a response has room for a message')
  }

  /** Clients that are remembered at this moment. */
  get clients(): number {
    return this.#allowances.clients
  }

  /**
   * Takes a request, and makes the first response to it. False if it draws none; the counters say why.
   *
   * @param client whose allowance the response is taken from
   * @param nowNs of a clock that does not go back
   */
  open(request: Uint8Array, client: string, nowNs: number): boolean {
    this.#counters[RETRANSMISSION.requests] += 1
    this.#messagesLeft = 0
    const view = new DataView(request.buffer, request.byteOffset, request.length)
    if (!this.#request.read(view, 0, request.length)) return this.#refuse('malformed')
    if (!this.#store.refresh() || !this.#isOfSession(request)) return this.#refuse('otherSession')
    const sequence = this.#sequenceOf(this.#request.sequence)
    if (sequence >= this.#store.end) return this.#refuse('notYet')
    if (sequence < this.#store.first) return this.#refuse('gone')

    // Only who requests something that is there gets a place among the clients.
    const refusal = this.#allowances.open(client, this.#limits.maxPayloadBytes, nowNs)
    if (refusal !== null) return this.#refuse(refusal)
    this.#sequence = sequence
    this.#messagesLeft = this.#request.count
    this.#datagramsLeft = this.#limits.maxReplyDatagrams
    const result = this.#compose()
    if (result === 'copied') return true
    this.#messagesLeft = 0
    return this.#refuse(result === 'gone' ? 'gone' : 'tooLong')
  }

  /** Makes the next response to the request that was opened last; false if there is none. */
  next(): boolean {
    if (this.#messagesLeft === 0 || this.#datagramsLeft === 0) return false
    if (!this.#allowances.allows(this.#limits.maxPayloadBytes)) return false
    return this.#compose() === 'copied'
  }

  /** Counts a request that no response can reach: its source port is 0. */
  refuseUnreachable(): void {
    this.#counters[RETRANSMISSION.requests] += 1
    this.#refuse('malformed')
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

  #sequenceOf(wanted: number): number {
    if (this.#framing !== 'raw') return wanted
    const end = this.#store.end
    // Serial-number arithmetic: the number nearest to the end that has these low bits.
    return end + (((wanted % TWO_POW_32) - (end % TWO_POW_32)) | 0)
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
    this.responseBytes = this.#headerBytes + bytes
    this.#sequence += count
    this.#messagesLeft -= count
    this.#datagramsLeft--
    this.#allowances.take(this.responseBytes)
    this.#counters[RETRANSMISSION.responses] += 1
    this.#counters[RETRANSMISSION.messages] += count
    this.#counters[RETRANSMISSION.bytes] += this.responseBytes
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
      this.response.set(this.#store.header)
      view.setUint16(IEX_PAYLOAD_BYTES, bytes, true)
      view.setUint16(IEX_COUNT, count, true)
      this.response.fill(0, IEX_STREAM_OFFSET, IEX_SEQUENCE)
      view.setUint32(IEX_SEQUENCE, this.#sequence % TWO_POW_32, true)
      view.setUint32(IEX_SEQUENCE + 4, Math.floor(this.#sequence / TWO_POW_32), true)
      this.response.fill(0, IEX_SEND_TIME, IEX_TP_HEADER_BYTES)
    }
  }
}
