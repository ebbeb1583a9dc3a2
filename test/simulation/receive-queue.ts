import { LINE } from '../../src/account/line-counters.js'
import type { DatagramSource } from '../../src/transport/datagram-source.js'
import type { Framing } from '../../src/wire/framing.js'
import type { Pieces } from '../../src/wire/pieces.js'
import type { Datagram } from './datagram.js'

/**
 * The simulated end of a line: what the kernel and the ring would hold, bounded. What comes while it is
 * full is dropped, and the next datagram that is kept tells so, as the kernel's counter does.
 */
export class ReceiveQueue implements DatagramSource {
  readonly capacity: number
  readonly maxBytes: number
  readonly dropsRunAhead = false
  readonly bytes: DataView
  offset = 0
  length = 0
  segmentBytes = 0
  foreign = false
  damaged = false
  readonly cut = false
  receivedNs = Number.NaN
  pushedNs = Number.NaN
  drops = 0
  droppedMessages = 0
  readonly tap = null
  /** Datagrams that were dropped in all. */
  dropped = 0
  /** By how much the machine's clock is ahead of the world's. */
  clockAheadNs = 0
  /** Whether nothing is taken any more. */
  closed = false
  /** What finds no room is discarded by the receiver, which notes it here; undefined: by the kernel. */
  discards: { readonly framing: Framing; readonly counters: Float64Array } | undefined
  /** By how much the kernel's stamp goes back on the datagram that comes next. */
  stampBack: () => number = () => 0
  /** Datagrams that the receiver discarded in all. */
  discarded = 0
  #unannounced = 0

  readonly #octets: Uint8Array
  readonly #arrived: Arrived[] = []
  readonly #onOpen: (datagram: Datagram) => void
  /** Of the first in `#arrived`, counted from the beginning. */
  #first = 0
  #takenEnd = 0
  #sequenceOfOpen = -1

  /** @param onOpen told of each datagram when it is looked at */
  constructor(capacity: number, maxBytes: number, onOpen: (datagram: Datagram) => void) {
    this.capacity = capacity
    this.maxBytes = maxBytes
    this.bytes = new DataView(new ArrayBuffer(capacity * maxBytes))
    this.#octets = new Uint8Array(this.bytes.buffer)
    this.#onOpen = onOpen
  }

  /** Datagrams that wait. */
  get size(): number {
    return this.#arrived.length
  }

  /** What has come and was not opened yet. */
  *waiting(): Iterable<Datagram> {
    const opened = this.#sequenceOfOpen + 1 - this.#first
    for (const { datagram } of this.#arrived.slice(Math.max(0, opened))) yield datagram
  }

  /** A datagram has come; false if there was no room for it. */
  arrive(datagram: Datagram, nowNs: number): boolean {
    if (this.closed) return false
    const { payload } = datagram
    if (this.#arrived.length === this.capacity) {
      if (this.discards === undefined) this.dropped += 1
      else this.#discard(payload, this.discards.framing, this.discards.counters)
      return false
    }
    const place = (this.#first + this.#arrived.length) % this.capacity
    const damaged = payload.length > this.maxBytes
    const receivedNs = nowNs + this.clockAheadNs
    const length = Math.min(payload.length, this.maxBytes)
    this.#octets.set(payload.subarray(0, length), place * this.maxBytes)
    const drops = Math.max(0, this.dropped - this.stampBack())
    const droppedMessages = this.#unannounced
    this.#unannounced = 0
    this.#arrived.push({ datagram, length, damaged, receivedNs, drops, droppedMessages })
    return true
  }

  #discard(payload: Uint8Array, framing: Framing, counters: Float64Array): void {
    this.discarded += 1
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
    framing.open(view, 0, payload.length)
    const { messageCount, sequence, session } = framing
    counters[LINE.ringDroppedDatagrams] = (counters[LINE.ringDroppedDatagrams] ?? 0) + 1
    counters[LINE.ringDroppedMessages] = (counters[LINE.ringDroppedMessages] ?? 0) + messageCount
    this.#unannounced += messageCount
    if (messageCount === 0) return
    counters[LINE.discardedMark] = 1
    counters[LINE.discardedSession] = session
    counters[LINE.discardedEnd] = (sequence + messageCount) % 2 ** framing.sequenceBits
    counters[LINE.discardedStamp] = this.dropped
  }

  holdsMoreThan(limit: number): boolean {
    return this.#arrived.length > limit
  }

  take(limit: number): number {
    const count = Math.min(limit, this.#arrived.length)
    this.#takenEnd = this.#first + count
    return count
  }

  open(nth: number): void {
    const arrived = this.#arrived[nth]
    if (arrived === undefined || this.#first + nth >= this.#takenEnd) {
      throw new Error(`datagram ${nth} was opened and not taken`)
    }
    this.offset = ((this.#first + nth) % this.capacity) * this.maxBytes
    this.length = arrived.length
    this.damaged = arrived.damaged
    this.receivedNs = arrived.receivedNs
    this.drops = arrived.drops
    this.droppedMessages = arrived.droppedMessages
    this.#tell(nth)
  }

  /** Tells of all up to the `nth`, of each once. */
  #tell(nth: number): void {
    while (this.#sequenceOfOpen < this.#first + nth) {
      this.#sequenceOfOpen += 1
      const arrived = this.#arrived[this.#sequenceOfOpen - this.#first]
      if (arrived !== undefined) this.#onOpen(arrived.datagram)
    }
  }

  lookAhead(pieces: Pieces, nth: number, most: number, drops: number): number {
    pieces.segmentBytes = 0
    for (let piece = 0; piece < most; piece++) {
      const arrived = this.#arrived[nth + piece]
      const usual = arrived !== undefined && !arrived.damaged && arrived.droppedMessages === 0
      if (!usual || (arrived.drops | 0) !== drops) return piece
      pieces.offsets[piece] = ((this.#first + nth + piece) % this.capacity) * this.maxBytes
      pieces.lengths[piece] = arrived.length
      pieces.receivedNs[piece] = arrived.receivedNs
    }
    return most
  }

  /** A message is delivered: what was looked at ahead is opened with its first one. */
  noteDelivered(bytes: DataView, offset: number): void {
    if (bytes !== this.bytes) return
    const place = Math.floor(offset / this.maxBytes)
    this.#tell((place + this.capacity - (this.#first % this.capacity)) % this.capacity)
  }

  close(nth: number, count: number): void {
    this.#tell(nth + count - 1)
  }

  readPushed(): void {}

  copySender(): boolean {
    return false
  }

  tellSenders(): void {}

  release(count: number): void {
    if (this.#first + count > this.#takenEnd) throw new Error('more was released than taken')
    // Whoever still looks at what was given back shall notice.
    for (let nth = 0; nth < count; nth++) {
      const start = ((this.#first + nth) % this.capacity) * this.maxBytes
      this.#octets.fill(0xee, start, start + (this.#arrived[nth]?.length ?? 0))
    }
    this.#arrived.splice(0, count)
    this.#first += count
  }

  isEmpty(): boolean {
    return this.#arrived.length === 0
  }
}

interface Arrived {
  readonly datagram: Datagram
  readonly length: number
  readonly damaged: boolean
  readonly receivedNs: number
  readonly drops: number
  readonly droppedMessages: number
}
