import { SUBSCRIBER } from '../../account/bridge-counters.js'
import { NS_PER_SECOND } from '../../foundation/units.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import {
  ENVELOPE_BYTES,
  ENVELOPE_EVENT,
  type Envelope,
  writeEnvelope,
} from '../../wire/bridged/bridged-framing.js'
import type { NatsRun } from './nats-run.js'
import type { Stitched } from './stitcher.js'

/** How long the wait for room in the ring sleeps between two looks. */
const ROOM_MS = 2
const NS_DIGITS = 9

const TOP_ENVELOPE: Envelope = {
  event: ENVELOPE_EVENT.top,
  ...{ skip: 0, run: 0, reached: 0, first: 0, missing: [], skipped: 0 },
}

/** Writes what comes next into the ring, as far as there is room, and the rest in order behind it. */
export class EnvelopeWriter {
  readonly #run: NatsRun
  readonly #producer: SlotProducer
  readonly #waiting: Stitched[] = []
  #full = false

  constructor(run: NatsRun) {
    this.#run = run
    this.#producer = new SlotProducer(run.ring)
  }

  put(stitched: readonly Stitched[]): void {
    for (const one of stitched) this.#waiting.push(one)
    this.#write()
  }

  /** The top of a book, which is no message of the feed. */
  putTop(body: Uint8Array): void {
    this.#waiting.push({ envelope: TOP_ENVELOPE, body, facts: undefined })
    this.#run.counts[SUBSCRIBER.lastTops] += 1
    this.#write()
  }

  /** A last value, before which newer ones were skipped. */
  putValue(run: number, reached: number, sequence: number, body: Uint8Array): void {
    this.#putSkipped(run, reached, sequence, body)
  }

  putSkip(run: number, reached: number, next: number): void {
    if (next > reached) this.#putSkipped(run, reached, next, new Uint8Array(0))
  }

  /** Settles when all is in the ring, or nobody waits any more. */
  async drained(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#run.handlerGone()) {
      this.#write()
      if (this.#waiting.length === 0) return
      const { spaceBell } = this.#producer
      spaceBell.arm()
      if (this.#producer.claim(1) > 0) spaceBell.disarm()
      else await spaceBell.waitAsync(ROOM_MS)
    }
  }

  #putSkipped(run: number, reached: number, first: number, body: Uint8Array): void {
    const envelope = {
      event: ENVELOPE_EVENT.none,
      skip: 0,
      run,
      reached,
      first,
      missing: [],
      skipped: first - reached,
    }
    this.#waiting.push({ envelope, body, facts: undefined })
    this.#run.counts[SUBSCRIBER.lastValues] += body.length > 0 ? 1 : 0
    this.#write()
  }

  #write(): void {
    let written = 0
    for (const one of this.#waiting) {
      if (this.#producer.claim(1) === 0) {
        if (!this.#full) this.#producer.countFull()
        this.#full = true
        break
      }
      this.#full = false
      this.#writeOne(one)
      written += 1
    }
    if (written === 0) return
    this.#waiting.splice(0, written)
    this.#run.handlerBell.ring()
  }

  #writeOne({ envelope, body, facts }: Stitched): void {
    const producer = this.#producer
    const index = producer.claimedIndex
    writeEnvelope(producer.bytes, producer.slotOffset(index), envelope)
    const room = producer.layout.slotBytes - ENVELOPE_BYTES
    const fitting = body.length <= room ? body : body.subarray(0, room)
    producer.copy(index, fitting, ENVELOPE_BYTES)
    producer.setLength(index, ENVELOPE_BYTES + fitting.length)
    const received = facts?.firstReceivedNs ?? ''
    if (received.length > NS_DIGITS) {
      const seconds = Number(received.slice(0, -NS_DIGITS))
      producer.setReceived(index, seconds, Number(received.slice(-NS_DIGITS)) % NS_PER_SECOND)
    }
    producer.publish(1)
  }
}
