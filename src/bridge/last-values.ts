import { BRIDGE } from '../account/bridge-counters.js'
import type { NatsClient } from '../transport/nats/nats-client.js'
import { asOfHeaders, lastValueHeaders } from '../wire/bridged/last-value.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from '../wire/market-data-view.js'
import type { MessageRun } from './batch-maker.js'

const SIDES = ['none', 'bid', 'ask', 'trade'] as const
/** Values whose acknowledgement is awaited at once. */
const AT_ONCE = 256

interface Value {
  readonly subject: string
  sequence: number
  changed: boolean
  readonly body: Uint8Array
}

/**
 * Keeps the last bid, ask and trade of each instrument and publishes those that have changed, now and then,
 * each under a subject of its own, of which the stream keeps one. When all of a round are stored, one more
 * message says how far they go. One thread, on its event loop.
 */
export class LastValues {
  readonly #client: NatsClient
  readonly #subject: string
  readonly #counts: Float64Array
  readonly #values = new Map<number, Value>()
  #run = 0
  #flushing: Promise<void> | undefined

  constructor(client: NatsClient, subject: string, counts: Float64Array) {
    this.#client = client
    this.#subject = subject
    this.#counts = counts
  }

  /** Messages of the feed, native ones. */
  note(run: number, { bytes, offset, first, count }: MessageRun): void {
    if (run !== this.#run) {
      this.#run = run
      this.#values.clear()
    }
    for (let i = 0; i < count; i++) {
      const at = offset + i * MARKET_DATA_BYTES
      const instrument = bytes.getUint32(at + MARKET_DATA_OFFSETS.instrument, true)
      const side = bytes.getUint8(at + MARKET_DATA_OFFSETS.side)
      const key = instrument * SIDES.length + Math.min(side, SIDES.length - 1)
      const value = this.#values.get(key) ?? this.#add(key, instrument, side)
      value.sequence = first + i
      value.changed = true
      for (let byte = 0; byte < MARKET_DATA_BYTES; byte++)
        value.body[byte] = bytes.getUint8(at + byte)
    }
  }

  /** Publishes what has changed, unless that is being done. */
  flush(run: number, next: number): void {
    if (this.#flushing !== undefined || run !== this.#run || Number.isNaN(next)) return
    this.#flushing = this.#publish(run, next)
      // The next round takes along what this one did not get through.
      .catch(() => {})
      .finally(() => {
        this.#flushing = undefined
      })
  }

  async close(run: number, next: number): Promise<void> {
    await this.#flushing
    this.flush(run, next)
    await this.#flushing
  }

  #add(key: number, instrument: number, side: number): Value {
    const value: Value = {
      subject: `${this.#subject}.${instrument}.${SIDES[side] ?? SIDES[0]}`,
      sequence: Number.NaN,
      changed: true,
      body: new Uint8Array(MARKET_DATA_BYTES),
    }
    this.#values.set(key, value)
    return value
  }

  async #publish(run: number, next: number): Promise<void> {
    const changed = [...this.#values.values()].filter((value) => value.changed)
    if (changed.length === 0) return
    // Copied first: the feed goes on while they are on their way.
    const round = changed.map((value) => {
      value.changed = false
      return { value, sequence: value.sequence, body: value.body.slice() }
    })
    try {
      for (let from = 0; from < round.length; from += AT_ONCE) {
        await Promise.all(
          round
            .slice(from, from + AT_ONCE)
            .map(({ value, sequence, body }) =>
              this.#send(value.subject, lastValueHeaders({ run, sequence }), body),
            ),
        )
      }
    } catch (error) {
      for (const { value } of round) value.changed = true
      throw error
    }
    this.#counts[BRIDGE.lastValues] += round.length
    await this.#send(this.#subject, asOfHeaders({ run, next }), new Uint8Array(0))
  }

  async #send(
    subject: string,
    pairs: readonly [string, string][],
    body: Uint8Array,
  ): Promise<void> {
    const headers = this.#client.core.headers()
    for (const [name, value] of pairs) headers.set(name, value)
    await this.#client.client.publish(subject, body, { headers })
  }
}
