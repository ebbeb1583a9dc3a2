import { RECORDER } from '../account/recorder-counters.js'
import type { SessionEpoch } from '../foundation/clock.js'
import { MAX_LINES } from '../foundation/limits.js'
import { NS_PER_MS, NS_PER_SECOND } from '../foundation/units.js'
import { PacketHeaders } from './packet-headers.js'
import { type RecordConsumer, RecordRingControl } from './record-ring.js'
import type { RecordingWriter } from './recording-writer.js'

/** A turn's datagrams at most, so that clocks are looked at in between. */
const TURN_DATAGRAMS = 4096
/** How long a turn that found nothing sleeps. */
const REST_MS = 5

/**
 * The recorder's turns: takes datagrams out of the ring and hands them to the writer, until the ring is ended
 * and empty. One thread, which does nothing else.
 */
export class RecordLoop {
  readonly #consumer: RecordConsumer
  readonly #control: RecordRingControl
  readonly #writer: RecordingWriter
  readonly #counters: Float64Array
  readonly #epochSeconds: number
  readonly #headers = Array.from({ length: MAX_LINES }, () => new PacketHeaders())

  /** @param counters as RECORDER lays them out */
  constructor(
    ring: SharedArrayBuffer,
    consumer: RecordConsumer,
    writer: RecordingWriter,
    counters: Float64Array,
    epoch: SessionEpoch,
  ) {
    this.#consumer = consumer
    this.#control = new RecordRingControl(ring)
    this.#writer = writer
    this.#counters = counters
    this.#epochSeconds = epoch.unixSeconds
    counters[RECORDER.ringBytes] = consumer.capacityBytes
  }

  /** Records until the end. */
  run(): void {
    for (;;) {
      // Asked before the ring is looked at: what came before the end is then seen.
      const { ended } = this.#control
      if (this.doWork() > 0) continue
      if (ended) break
      this.#consumer.sleep(REST_MS)
    }
    if (this.#control.abandoned) this.#writer.abandon()
    else this.#writer.finish()
  }

  /** @returns how many datagrams it took */
  doWork(): number {
    const consumer = this.#consumer
    const writer = this.#writer
    const nowMs = Date.now()
    let count = 0
    while (count < TURN_DATAGRAMS && consumer.next()) {
      const { line, receivedNs, length } = consumer
      const headers = this.#headers[line]
      headers.choose(consumer.bytes, consumer.senderOffset, consumer.destinationOffset(line))
      const known = receivedNs >= 0
      const ns = known ? receivedNs : (nowMs - this.#epochSeconds * 1000) * NS_PER_MS
      const seconds = Math.floor(ns / NS_PER_SECOND)
      writer.write(
        headers,
        this.#epochSeconds + seconds,
        ns - seconds * NS_PER_SECOND,
        consumer.bytes,
        consumer.offset,
        length,
      )
      count++
    }
    consumer.release()
    writer.turn(nowMs)
    this.#counters[RECORDER.ringUsedBytes] = consumer.usedBytes
    return count
  }
}
