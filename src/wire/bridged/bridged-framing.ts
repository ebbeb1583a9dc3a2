import { DATAGRAM, type Framing } from '../framing.js'
import { MISSING_CAUSES } from './batch-headers.js'

/**
 * What lies in a slot for each batch of a bridged feed: what its headers said, then its body, which is a
 * datagram of the feed's framing.
 *
 * ```
 *   byte    0       4       8       16        24      32              80        88          96
 *           +-------+-------+-------+---------+-------+---------------+---------+-----------+-----  -----+
 *           | event | skip  |  run  | reached | first | six causes of | skipped | elsewhere |  datagram  |
 *           |  u32  |  u32  |  f64  |   f64   |  f64  | missing, f64  |   f64   |    f64    |            |
 *           +-------+-------+-------+---------+-------+---------------+---------+-----------+-----  -----+
 * ```
 *
 * All little-endian. `reached`: the sequence that the subscriber had come to; `first`: that of the first
 * message that is wanted, before which `skip` messages of the datagram are not. Of those between, the
 * causes tell why they are missing, `skipped` how many newer ones have replaced, and `elsewhere`
 * how many are about instruments of other shards. Where the event is `top`
 * no datagram lies behind the envelope but the top of a book, of which nothing else in the envelope tells.
 */
export const ENVELOPE_BYTES = 96

const EVENT = 0
const SKIP = 4
const RUN = 8
const REACHED = 16
const FIRST = 24
const CAUSES = 32
const SKIPPED = 80
const ELSEWHERE = 88

/** Values of the field `event`. */
export const ENVELOPE_EVENT = { none: 0, stale: 1, live: 2, endOfSession: 3, top: 4 } as const

/** What is written before a datagram. */
export interface Envelope {
  readonly event: number
  readonly skip: number
  readonly run: number
  readonly reached: number
  readonly first: number
  readonly missing: readonly number[]
  readonly skipped: number
  /** Default: none. */
  readonly elsewhere?: number
}

export function writeEnvelope(bytes: DataView, offset: number, envelope: Envelope): void {
  bytes.setUint32(offset + EVENT, envelope.event, true)
  bytes.setUint32(offset + SKIP, envelope.skip, true)
  bytes.setFloat64(offset + RUN, envelope.run, true)
  bytes.setFloat64(offset + REACHED, envelope.reached, true)
  bytes.setFloat64(offset + FIRST, envelope.first, true)
  for (let i = 0; i < MISSING_CAUSES.length; i++) {
    bytes.setFloat64(offset + CAUSES + i * 8, envelope.missing[i] ?? 0, true)
  }
  bytes.setFloat64(offset + SKIPPED, envelope.skipped, true)
  bytes.setFloat64(offset + ELSEWHERE, envelope.elsewhere ?? 0, true)
}

/**
 * The framing of a feed behind a bridge: that of the feed, within an envelope. Its session is the number
 * of the publisher's run, and its sequences are those of the feed, which do not wrap. One thread.
 */
export class BridgedFraming implements Framing {
  readonly name: Framing['name']
  readonly initialSequence: number
  readonly sequenceBits = 53
  readonly blocks: Framing['blocks']
  readonly defaultSlotBytes: number
  readonly trailingBytes = 0
  sequence = 0
  messageCount = 0
  session = 0
  /** What the bridge told of the time before the datagram: see `Envelope`. */
  event: number = ENVELOPE_EVENT.none
  reached = Number.NaN
  skipped = 0
  elsewhere = 0
  readonly missing = new Float64Array(MISSING_CAUSES.length)
  /** The feed's own, which has the datagram open. */
  readonly inner: Framing

  constructor(inner: Framing) {
    this.inner = inner
    this.name = inner.name
    this.initialSequence = inner.initialSequence
    this.blocks = inner.blocks
    this.defaultSlotBytes = inner.defaultSlotBytes + ENVELOPE_BYTES
  }

  get nextOffset(): number {
    return this.inner.nextOffset
  }

  get messageOffset(): number {
    return this.inner.messageOffset
  }

  get messageLength(): number {
    return this.inner.messageLength
  }

  open(bytes: DataView, offset: number, length: number): number {
    this.messageCount = 0
    if (length < ENVELOPE_BYTES) return DATAGRAM.invalid
    this.event = bytes.getUint32(offset + EVENT, true)
    if (this.event === ENVELOPE_EVENT.top) return DATAGRAM.idle
    this.session = bytes.getFloat64(offset + RUN, true)
    this.reached = bytes.getFloat64(offset + REACHED, true)
    this.sequence = bytes.getFloat64(offset + FIRST, true)
    this.skipped = bytes.getFloat64(offset + SKIPPED, true)
    this.elsewhere = bytes.getFloat64(offset + ELSEWHERE, true)
    for (let i = 0; i < MISSING_CAUSES.length; i++) {
      this.missing[i] = bytes.getFloat64(offset + CAUSES + i * 8, true)
    }
    if (length === ENVELOPE_BYTES) {
      return this.event === ENVELOPE_EVENT.endOfSession ? DATAGRAM.endOfSession : DATAGRAM.heartbeat
    }
    const kind = this.inner.open(bytes, offset + ENVELOPE_BYTES, length - ENVELOPE_BYTES)
    if (kind !== DATAGRAM.messages) return DATAGRAM.invalid
    const skip = bytes.getUint32(offset + SKIP, true)
    if (skip >= this.inner.messageCount) return DATAGRAM.invalid
    if (skip > 0) this.inner.skip(skip)
    this.messageCount = this.inner.messageCount - skip
    return DATAGRAM.messages
  }

  next(): boolean {
    return this.inner.next()
  }

  /** Its header does not tell how many messages it has. */
  openCut(): boolean {
    this.messageCount = 0
    return false
  }

  skip(count: number): void {
    this.inner.skip(count)
  }

  writeSession(): boolean {
    return false
  }
}
