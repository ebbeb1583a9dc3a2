import type { RecoveryPort } from '../../src/handle/reader/feed-reader-options.js'
import { createRing, SlotProducer } from '../../src/ring/index.js'
import { SlotSource } from '../../src/transport/slot-source.js'
import { MOLD_COUNT_OFFSET, MOLD_HEADER_BYTES, readMoldSequence } from '../../src/wire/moldudp64.js'
import { EPOCH } from './test-feed.js'

/** What was asked for. */
export interface Asked {
  readonly first: number
  readonly count: number
}

/** A retransmission server that a test answers for, and the way to it. */
export class TestServer implements RecoveryPort {
  readonly asked: Asked[] = []
  readonly source: SlotSource
  readonly request = new DataView(new ArrayBuffer(MOLD_HEADER_BYTES))
  /** Whether requests leave. */
  sends = true
  readonly #producer: SlotProducer
  readonly #ring = createRing(64, 256)
  readonly #coming: Uint8Array[] = []

  constructor() {
    this.source = new SlotSource(this.#ring, EPOCH)
    this.#producer = new SlotProducer(this.#ring)
  }

  /** Sends an answer, which is there when it is looked for. */
  answer(payload: Uint8Array): void {
    this.#coming.push(payload)
  }

  poll(): void {
    for (const payload of this.#coming.splice(0)) {
      if (this.#producer.claim(1) === 0) throw new Error('too many answers')
      this.#producer.write(this.#producer.claimedIndex, payload)
      this.#producer.publish(1)
    }
  }

  trySend(): boolean {
    if (!this.sends) return false
    const first = readMoldSequence(this.request, 0)
    this.asked.push({ first, count: this.request.getUint16(MOLD_COUNT_OFFSET) })
    return true
  }
}
