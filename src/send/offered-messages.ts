import { copyBytes } from '../foundation/copy-bytes.js'
import { SlotConsumer } from '../ring/slot-consumer.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS, type MarketDataView } from '../wire/index.js'
import type { MessageSource } from './datagram-writer.js'
import type { SendSchedule } from './schedule.js'

/** Messages that are taken from the ring at a time at most. */
const BATCH = 1024
const TIMESTAMP = MARKET_DATA_OFFSETS.timestamp

export interface OfferedMessagesOptions {
  /** A slot for each message. */
  readonly ring: SharedArrayBuffer
  /** Whether nothing more will be offered. */
  readonly closed: () => boolean
  /** Writes sequence and time stamp of native messages; undefined: messages are sent as they are. */
  readonly native: MarketDataView | undefined
  readonly firstSequence: number
}

/**
 * Messages that another thread offers in a slot ring: due as soon as they are there. Slots are given back
 * when the next ones are looked for. The sender's thread.
 */
export class OfferedMessages implements MessageSource, SendSchedule {
  sentNs = 0
  readonly paced = false
  readonly runsAhead = false
  total = Number.POSITIVE_INFINITY
  readonly #consumer: SlotConsumer
  readonly #closed: () => boolean
  readonly #native: MarketDataView | undefined
  #sequence: number
  /** Messages whose slots were given back, and how many were written since. */
  #released = 0
  #written = 0

  constructor(options: OfferedMessagesOptions) {
    this.#consumer = new SlotConsumer(options.ring)
    this.#closed = options.closed
    this.#native = options.native
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
    if (this.#native !== undefined) this.#stamp(this.#native, bytes, offset)
    this.#written += 1
    this.#sequence += 1
    return length
  }

  #stamp(view: MarketDataView, bytes: DataView, offset: number): void {
    view.wrap(bytes, offset, MARKET_DATA_BYTES)
    view.sequence = this.#sequence
    const low = bytes.getUint32(offset + TIMESTAMP, true)
    if (low === 0 && bytes.getUint32(offset + TIMESTAMP + 4, true) === 0) view.sentNs = this.sentNs
  }
}
