import type { SessionEpoch } from '../../foundation/clock.js'
import { copyBytes } from '../../foundation/copy-bytes.js'
import { TWO_POW_32, ZERO_NS } from '../../foundation/units.js'
import { SlotConsumer } from '../../ring/slot-consumer.js'
import { MARKET_DATA_OFFSETS } from '../../wire/index.js'
import type { Messages } from '../datagrams/datagram-writer.js'
import type { SendSchedule } from './schedule.js'

/** Messages that are taken from the ring at a time at most. */
const BATCH = 1024
const { timestamp: TIMESTAMP, sequence: SEQUENCE } = MARKET_DATA_OFFSETS

export interface OfferedMessagesOptions {
  /** A slot for each message. */
  readonly ring: SharedArrayBuffer
  /** Whether nothing more will be offered. */
  readonly closed: () => boolean
  /** Messages are native ones, whose sequence and time stamp are to be written; else sent as they are. */
  readonly native: boolean
  readonly epoch: SessionEpoch
  readonly firstSequence: number
}

/**
 * Messages that another thread offers in a slot ring: due as soon as they are there. Slots are given back
 * when the next ones are looked for. The sender's thread.
 */
export class OfferedMessages implements Messages, SendSchedule {
  sentNs = ZERO_NS
  readonly paced = false
  readonly runsAhead = false
  total = Number.POSITIVE_INFINITY
  readonly #consumer: SlotConsumer
  readonly #closed: () => boolean
  readonly #native: boolean
  readonly #epochHighNs: number
  readonly #epochLowNs: number
  #sequence: number
  /** Messages whose slots were given back, and how many were written since. */
  #released = 0
  #written = 0

  constructor(options: OfferedMessagesOptions) {
    this.#consumer = new SlotConsumer(options.ring)
    this.#closed = options.closed
    this.#native = options.native
    this.#epochHighNs = options.epoch.highNs
    this.#epochLowNs = options.epoch.lowNs
    this.#sequence = options.firstSequence
  }

  dueNs(): number {
    return 0
  }

  dueCount(): number {
    if (this.#written > 0) {
      this.#consumer.release(this.#written)
      this.#released += this.#written
      this.#written = 0
    }
    // Read before the ring is looked at: what was offered before the end is then seen.
    const closed = this.#closed()
    const ready = this.#consumer.take(BATCH)
    if (ready === 0 && closed) this.total = this.#released
    return this.#released + ready
  }

  write(bytes: DataView, offset: number): number {
    const consumer = this.#consumer
    const index = consumer.indexAt(this.#written)
    const length = consumer.length(index)
    copyBytes(consumer.bytes, consumer.slotOffset(index), bytes, offset, length)
    if (this.#native) this.#stamp(bytes, offset)
    this.#written += 1
    this.#sequence += 1
    return length
  }

  /** Word by word: a view's setters might box what they are given. */
  #stamp(bytes: DataView, offset: number): void {
    bytes.setUint32(offset + SEQUENCE, this.#sequence, true)
    const at = offset + TIMESTAMP
    if (bytes.getUint32(at, true) !== 0 || bytes.getUint32(at + 4, true) !== 0) return
    // In halves before the epoch is added: the sum itself, near 2^61, would be rounded.
    const high = Math.floor(this.sentNs / TWO_POW_32)
    const low = this.#epochLowNs + (this.sentNs - high * TWO_POW_32)
    bytes.setUint32(at, low, true)
    bytes.setUint32(at + 4, this.#epochHighNs + high + (low >= TWO_POW_32 ? 1 : 0), true)
  }
}
