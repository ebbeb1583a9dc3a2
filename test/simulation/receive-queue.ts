import type { DatagramSource } from '../../src/transport/datagram-source.js'
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
  receivedNs = Number.NaN
  pushedNs = Number.NaN
  drops = 0
  droppedMessages = 0
  /** Datagrams that were dropped in all. */
  dropped = 0
  /** By how much the machine's clock is ahead of the world's. */
  clockAheadNs = 0
  /** Whether nothing is taken any more. */
  closed = false

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
    if (this.#arrived.length === this.capacity) {
      this.dropped += 1
      return false
    }
    const { payload } = datagram
    const place = (this.#first + this.#arrived.length) % this.capacity
    const damaged = payload.length > this.maxBytes
    const receivedNs = nowNs + this.clockAheadNs
    const length = Math.min(payload.length, this.maxBytes)
    this.#octets.set(payload.subarray(0, length), place * this.maxBytes)
    this.#arrived.push({ datagram, length, damaged, receivedNs, drops: this.dropped })
    return true
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
    this.#sequenceOfOpen = this.#first + nth
    this.#onOpen(arrived.datagram)
  }

  close(): void {}

  readPushed(): void {}

  copySender(): boolean {
    return false
  }

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
}
