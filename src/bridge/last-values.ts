import { BRIDGE } from '../account/bridge-counters.js'
import { encodeTop } from '../account/last-top.js'
import type { BookTop } from '../account/top-section.js'
import type { SessionEpoch } from '../foundation/clock.js'
import { copyBytes } from '../foundation/copy-bytes.js'
import type { NatsClient } from '../transport/nats/nats-client.js'
import { BLOCK_HEADER_BYTES } from '../wire/blocks.js'
import {
  asOfHeaders,
  type LastTop,
  lastTopHeaders,
  lastValueHeaders,
} from '../wire/bridged/last-value.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from '../wire/market-data-view.js'
import { BatchMaker, type BatchOrigin, type MessageRun } from './batch-maker.js'
import type { BookTops } from './book-tops.js'
import { unixNs } from './unix-ns.js'
import { type ValueKinds, valueKinds } from './value-kinds.js'

const SIDES = ['none', 'bid', 'ask', 'trade'] as const
/** Values whose acknowledgement is awaited at once. */
const AT_ONCE = 256

/** The newest message of something, as it lay in its run. */
interface Value {
  readonly subject: string
  readonly bytes: DataView
  run: MessageRun
  length: number
  sequence: number
  changed: boolean
}

/**
 * Keeps the last bid, ask and trade of each instrument, and the top of its book where books are built. Publishes
 * those that have changed, now and then, each under a subject of its own, of which the stream keeps one. When
 * all of a round are stored, one more message says how far they go. One thread, on its event loop.
 */
export class LastValues {
  readonly #client: NatsClient
  readonly #subject: string
  readonly #counts: Float64Array
  readonly #origin: BatchOrigin
  readonly #values = new Map<number | string, Value>()
  /** Makes a datagram of one message. */
  readonly #maker: BatchMaker
  readonly #epoch: SessionEpoch
  readonly #tops: BookTops | undefined
  #body: Uint8Array = new Uint8Array(0)
  #kinds: ValueKinds | undefined
  #run = 0
  #session = ''
  /** How far they go, as it was told last. */
  #told = Number.NaN
  #flushing: Promise<void> | undefined

  /** @param tops undefined: no books are built */
  constructor(
    client: NatsClient,
    subject: string,
    counts: Float64Array,
    origin: BatchOrigin,
    epoch: SessionEpoch,
    tops: BookTops | undefined,
  ) {
    this.#client = client
    this.#subject = subject
    this.#counts = counts
    this.#origin = origin
    this.#epoch = epoch
    this.#tops = tops
    this.#maker = new BatchMaker(origin, ({ body }) => {
      this.#body = body
    })
  }

  /** Messages of the feed. */
  note(run: number, session: string, messages: MessageRun): void {
    if (run !== this.#run) {
      this.#run = run
      this.#session = session
      this.#values.clear()
      this.#told = Number.NaN
      // What was told of them was told under another number.
      this.#tops?.forget()
    }
    if (this.#origin.framing === 'raw') this.#noteNative(messages)
    else this.#noteBlocks(messages)
  }

  #noteNative(run: MessageRun): void {
    const { bytes, offset, first, count } = run
    for (let i = 0; i < count; i++) {
      const at = offset + i * MARKET_DATA_BYTES
      const instrument = bytes.getUint32(at + MARKET_DATA_OFFSETS.instrument, true)
      const side = Math.min(bytes.getUint8(at + MARKET_DATA_OFFSETS.side), SIDES.length - 1)
      const key = instrument * SIDES.length + side
      const value =
        this.#values.get(key) ??
        this.#add(key, `${instrument}.${SIDES[side]}`, MARKET_DATA_BYTES, run)
      keep(value, run, at, MARKET_DATA_BYTES, first + i)
    }
  }

  #noteBlocks(run: MessageRun): void {
    const { bytes, first, count } = run
    const littleEndian = this.#origin.framing === 'iex-tp'
    this.#kinds ??= valueKinds(this.#origin.protocol, run.protocol)
    let at = run.offset
    for (let i = 0; i < count; i++) {
      const length = bytes.getUint16(at, littleEndian)
      const message = at + BLOCK_HEADER_BYTES
      const kind = length > 0 ? this.#kinds.get(bytes.getUint8(message)) : undefined
      // A longer message than is known is not kept whole, and so not at all.
      if (kind !== undefined && length === kind.messageBytes) {
        const symbol = textAt(bytes, message + kind.symbolOffset, kind.symbolLength)
        const name = `${symbolToken(symbol)}.${kind.what}`
        const block = BLOCK_HEADER_BYTES + length
        const value = this.#values.get(name) ?? this.#add(name, name, block, run)
        keep(value, run, at, block, first + i)
      }
      at = message + length
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

  #add(key: number | string, name: string, length: number, run: MessageRun): Value {
    const value: Value = {
      subject: `${this.#subject}.${name}`,
      bytes: new DataView(new ArrayBuffer(length)),
      run,
      length,
      sequence: Number.NaN,
      changed: true,
    }
    this.#values.set(key, value)
    return value
  }

  async #publish(run: number, next: number): Promise<void> {
    const changed = [...this.#values.values()].filter((value) => value.changed)
    const tops = this.#tops?.take() ?? []
    // How far they go is told too where the feed went on and changed none of them.
    const known = this.#values.size > 0 || this.#tops !== undefined
    if (changed.length + tops.length === 0 && (!known || next === this.#told)) return
    // Copied first: the feed goes on while they are on their way.
    const round = changed.map((value) => {
      value.changed = false
      return { value, sequence: value.sequence, body: this.#datagram(value) }
    })
    const { bridge } = this.#origin
    try {
      await inParts(round, ({ value, sequence, body }) =>
        this.#send(value.subject, lastValueHeaders({ run, sequence }), body),
      )
      await inParts(tops, ({ top }) => this.#sendTop(top, { run, sequence: top.sequence, bridge }))
    } catch (error) {
      for (const { value } of round) value.changed = true
      this.#tops?.giveBack(tops)
      throw error
    }
    this.#counts[BRIDGE.lastValues] += round.length
    this.#counts[BRIDGE.lastTops] += tops.length
    await this.#send(this.#subject, asOfHeaders({ run, next, bridge }), new Uint8Array(0))
    this.#told = next
  }

  async #sendTop(top: BookTop, told: LastTop): Promise<void> {
    const subject = `${this.#subject}.${symbolToken(top.instrument)}.top`
    const body = encodeTop(top, unixNs(this.#epoch, top.receivedNs ?? Number.NaN))
    await this.#send(subject, lastTopHeaders(told), body)
  }

  /** A datagram of the feed's framing with the value as its only message. */
  #datagram({ bytes, run, length, sequence }: Value): Uint8Array {
    this.#maker.begin(this.#run, this.#session, null)
    this.#maker.messages({ ...run, bytes, offset: 0, length, first: sequence, count: 1 })
    this.#maker.cut()
    return this.#body
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

/** Sends many of something, not all of them at once. */
async function inParts<Item>(
  items: readonly Item[],
  send: (item: Item) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE) {
    await Promise.all(items.slice(from, from + AT_ONCE).map(send))
  }
}

function keep(value: Value, run: MessageRun, at: number, length: number, sequence: number): void {
  copyBytes(run.bytes, at, value.bytes, 0, length)
  value.run = run
  value.length = length
  value.sequence = sequence
  value.changed = true
}

/** A text that is padded with blanks at its right. */
function textAt(bytes: DataView, offset: number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += String.fromCharCode(bytes.getUint8(offset + i))
  return text.trimEnd()
}

/** A symbol as one token of a subject, and no other symbol's: `BRK.A` is `BRK=2EA`. */
function symbolToken(symbol: string): string {
  return symbol.replace(
    /[^A-Za-z0-9_-]/g,
    (letter) => `=${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
