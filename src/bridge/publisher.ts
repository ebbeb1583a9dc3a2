import { setImmediate as nextTurn } from 'node:timers/promises'
import { BRIDGE } from '../account/bridge-counters.js'
import type { SessionEpoch } from '../foundation/clock.js'
import { deferred } from '../foundation/deferred.js'
import { OUTLET, OUTLET_EVENT, OUTLET_MESSAGES } from '../handle/outlet/outlet.js'
import { RecordReader } from '../ring/record-ring.js'
import type { NatsClient } from '../transport/nats/nats-client.js'
import type { StoredBatch } from '../transport/nats/stream-log.js'
import { type BatchEvent, MISSING_CAUSES } from '../wire/bridged/batch-headers.js'
import { decodeMoldSession } from '../wire/moldudp64.js'
import { type Batch, BatchMaker, type BatchOrigin, type MessageRun } from './batch-maker.js'
import { BatchSender, type SenderLimits } from './batch-sender.js'
import type { BookTops } from './book-tops.js'
import type { FeedSubjects } from './feed-subjects.js'
import type { LastValues } from './last-values.js'
import { RunNumbers } from './run-numbers.js'
import type { Spill } from './spill.js'
import { unixNs } from './unix-ns.js'

/** A batch gets no older than this before it is cut. */
const CUT_MS = 1
/** How long the thread sleeps at most while nothing comes. */
const IDLE_MS = 50
/** Records between two turns of the event loop. */
const RECORDS_PER_TURN = 512
/** Batches that wait in memory for the sender before records stay in the ring. */
const WAITING = 16
/** How often the stream's last batch is looked at, for what other bridges do. */
const FOLLOW_MS = 1000

const EVENTS: Readonly<Record<number, BatchEvent>> = {
  [OUTLET_EVENT.stale]: 'stale',
  [OUTLET_EVENT.live]: 'live',
  [OUTLET_EVENT.endOfSession]: 'end-of-session',
}

export interface PublisherOptions {
  readonly client: NatsClient
  readonly feed: string
  readonly subjects: FeedSubjects
  readonly origin: BatchOrigin
  readonly limits: SenderLimits
  readonly counts: Float64Array
  readonly ring: SharedArrayBuffer
  readonly epoch: SessionEpoch
  readonly spill: Spill | undefined
  /** Undefined: no books are built. */
  readonly tops: BookTops | undefined
  readonly lastValues: LastValues | undefined
  /** How long the end of a run waits for the stream. */
  readonly drainMs: number
}

/**
 * Takes a feed out of an outlet's ring, cuts it into batches, and has them published. While the stream is
 * away records stay in the ring, or batches go to disk. One thread, on its event loop.
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #counts: Float64Array
  readonly #reader: RecordReader
  readonly #maker: BatchMaker
  readonly #sender: BatchSender
  readonly #runs: RunNumbers
  readonly #waiting: Batch[] = []
  #waitingBytes = 0
  #cutMs = Number.NaN
  #pending: { readonly session: string; readonly restarted: boolean } | undefined
  #stopping = false
  /** When the run ends whether the stream has all or not. */
  #endMs = Number.POSITIVE_INFINITY
  readonly #stopped = deferred<void>()
  /** Since when a connection is there again and something waits; NaN: nothing does. */
  #catchUpMs = Number.NaN
  #wasAway = false
  #nextFollowMs = 0
  #following = false

  constructor(options: PublisherOptions) {
    const { client, feed, subjects, limits, counts, origin, ring } = options
    this.#options = options
    this.#counts = counts
    this.#reader = new RecordReader(ring)
    this.#maker = new BatchMaker(origin, (batch) => this.#enqueue(batch))
    this.#sender = new BatchSender(client, feed, subjects, limits, counts)
    this.#runs = new RunNumbers(subjects, options.spill?.last)
  }

  /** The feed has ended: what is in the ring is the rest. */
  stop(): void {
    this.#stopping = true
    this.#endMs = performance.now() + this.#options.drainMs
    this.#stopped.resolve()
  }

  /** Settles when the feed has ended and the stream has all of it, or does not take it. */
  async run(): Promise<void> {
    try {
      while (!(this.#stopping && (this.#reader.isEmpty || performance.now() >= this.#endMs))) {
        const worked = await this.#turn()
        if (!worked) await this.#rest()
      }
      await this.#drain()
    } finally {
      this.#sender.stop()
      this.#options.spill?.close()
    }
  }

  /** Takes what there is room for; false if there was nothing to do. */
  async #turn(): Promise<boolean> {
    let records = 0
    while (records < RECORDS_PER_TURN && this.#hasRoom() && this.#reader.next()) {
      await this.#take()
      records += 1
    }
    this.#reader.release()
    if (this.#maker.isOpen && records < RECORDS_PER_TURN) this.#cutWhenOld()
    this.#pump()
    this.#note()
    this.#follow()
    if (records === RECORDS_PER_TURN) await nextTurn()
    return records > 0
  }

  /** A batch that could not be sent now grows instead: many small ones would keep a slow stream slow. */
  #cutWhenOld(): void {
    if (this.#waiting.length > 0 || !this.#sender.hasRoom) return
    if (Number.isNaN(this.#cutMs)) this.#cutMs = performance.now() + CUT_MS
    else if (performance.now() >= this.#cutMs) this.#maker.cut()
  }

  async #rest(): Promise<void> {
    if (this.#maker.isOpen) {
      await this.#sender.changed(this.#sender.hasRoom ? CUT_MS : IDLE_MS)
      return
    }
    if (!this.#hasRoom() || this.#waiting.length > 0 || this.#options.spill?.isEmpty === false) {
      await this.#sender.changed(IDLE_MS)
      return
    }
    const { bell } = this.#reader
    bell.arm()
    if (this.#reader.isEmpty && !this.#stopping) {
      await Promise.race([bell.waitAsync(IDLE_MS), this.#stopped.promise])
    }
    bell.disarm()
  }

  /** Whether another record may be taken: what it becomes has a place. */
  #hasRoom(): boolean {
    return this.#waiting.length < WAITING || this.#options.spill !== undefined
  }

  async #take(): Promise<void> {
    const { bytes, kind, offset } = this.#reader
    if (kind === OUTLET.session) {
      const restarted = bytes.getFloat64(offset, true) === 1
      this.#pending = { session: decodeMoldSession(bytes, offset + 8).trim(), restarted }
      return
    }
    if (kind === OUTLET.event) {
      const event = EVENTS[bytes.getFloat64(offset, true)]
      if (event !== undefined && this.#pending === undefined) this.#maker.event(event)
      return
    }
    const first = bytes.getFloat64(offset, true)
    if (kind === OUTLET.messages) {
      const run = this.#messagesAt(bytes, offset, first)
      if (this.#pending !== undefined) await this.#begin(first, run)
      this.#maker.messages(run)
      this.#options.tops?.note(run, bytes.getFloat64(offset + OUTLET_MESSAGES.receivedNs, true))
      this.#options.lastValues?.note(this.#maker.run, this.#maker.session, run)
      return
    }
    if (this.#pending !== undefined) await this.#begin(first, undefined)
    if (kind === OUTLET.dropped) {
      const count = this.#countDropped(bytes, offset)
      if (count === 0) return
      this.#maker.missing(first, count, lostAtRing(count))
      this.#options.tops?.lose(first, count)
      return
    }
    const count = bytes.getFloat64(offset + 8, true)
    const parts = MISSING_CAUSES.map((_, i) => bytes.getFloat64(offset + 16 + i * 8, true))
    this.#maker.missing(first, count, parts)
    this.#options.tops?.lose(first, count)
  }

  #messagesAt(bytes: DataView, offset: number, first: number): MessageRun {
    const { epoch } = this.#options
    const receivedNs = bytes.getFloat64(offset + OUTLET_MESSAGES.receivedNs, true)
    return {
      bytes,
      offset: offset + OUTLET_MESSAGES.messages,
      length: bytes.getUint32(offset + OUTLET_MESSAGES.bytes, true),
      first,
      count: bytes.getUint32(offset + OUTLET_MESSAGES.count, true),
      receivedNs: unixNs(epoch, receivedNs),
      protocol: bytes.getUint32(offset + OUTLET_MESSAGES.protocol, true),
      channel: bytes.getUint32(offset + OUTLET_MESSAGES.channel, true),
      sendLow: bytes.getUint32(offset + OUTLET_MESSAGES.sendNs, true),
      sendHigh: bytes.getUint32(offset + OUTLET_MESSAGES.sendNs + 4, true),
    }
  }

  /** A run of the publisher begins, or is gone on with: which number it has, the stream tells. */
  async #begin(first: number, run: MessageRun | undefined): Promise<void> {
    const pending = this.#pending
    this.#pending = undefined
    if (pending === undefined) return
    const { session, restarted } = pending
    const { framing } = this.#options.origin
    const reached = this.#maker.next
    const told = await this.#insist(() =>
      this.#runs.begin({ session, restarted, first, message: run, framing, reached }),
    )
    this.#maker.begin(told.run, session, told.former)
    if (restarted) this.#options.tops?.restart()
    this.#counts[BRIDGE.run] = told.run
  }

  /** Asks a broker that is away again, until it is there or the run is over. */
  async #insist<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (this.#stopping) throw error
        await this.#sender.changed(IDLE_MS)
      }
    }
  }

  #enqueue(batch: Batch): void {
    this.#cutMs = Number.NaN
    this.#counts[BRIDGE.batches] += 1
    const { spill } = this.#options
    const mustSpill = spill !== undefined && (!spill.isEmpty || this.#waiting.length >= WAITING)
    if (mustSpill) {
      if (spill.put(batch)) {
        this.#counts[BRIDGE.spilled] += 1
        return
      }
      // A disk that takes nothing: what waits would have to be kept in memory without bound.
      this.#counts[BRIDGE.notPublished] += batch.facts.count
      this.#maker.retract(batch.facts)
      return
    }
    this.#waiting.push(batch)
    this.#waitingBytes += batch.body.length
    this.#pump()
  }

  /** Sends what waits, oldest first. */
  #pump(): void {
    const { spill } = this.#options
    while (this.#sender.hasRoom) {
      const batch = this.#waiting.shift()
      if (batch !== undefined) {
        this.#waitingBytes -= batch.body.length
        this.#sender.send(batch)
        continue
      }
      const spilled = spill?.take()
      if (spilled === undefined) break
      this.#sender.send(spilled)
    }
    if (spill?.isEmpty === true && this.#sender.inFlight === 0) spill.clear()
  }

  #note(): void {
    const counts = this.#counts
    const spillBytes = this.#options.spill?.waitingBytes ?? 0
    const backlog = this.#reader.usedBytes + this.#waitingBytes + this.#sender.inFlightBytes
    counts[BRIDGE.backlogBytes] = backlog
    counts[BRIDGE.backlogHighWater] = Math.max(
      counts[BRIDGE.backlogHighWater],
      backlog,
      this.#reader.highWaterBytes,
    )
    counts[BRIDGE.spillBytes] = spillBytes
    this.#noteCatchUp(this.#waiting.length === 0 && spillBytes === 0)
  }

  /** Times how long it takes to be up to date again when the stream was away. */
  #noteCatchUp(upToDate: boolean): void {
    if (!this.#sender.answered) {
      this.#wasAway = true
      this.#catchUpMs = Number.NaN
      return
    }
    if (this.#wasAway) {
      this.#wasAway = false
      this.#catchUpMs = this.#sender.heardMs
    }
    if (Number.isNaN(this.#catchUpMs) || !upToDate || this.#sender.inFlight > WAITING) return
    const tookMs = Math.ceil(performance.now() - this.#catchUpMs)
    this.#counts[BRIDGE.catchUpMs] = Math.max(this.#counts[BRIDGE.catchUpMs], tookMs)
    this.#catchUpMs = Number.NaN
  }

  /** Looks now and then what other bridges of the feed have published. */
  #follow(): void {
    const nowMs = performance.now()
    if (this.#following || nowMs < this.#nextFollowMs || !this.#sender.connected) return
    if (this.#maker.run === 0) return
    this.#nextFollowMs = nowMs + FOLLOW_MS
    this.#following = true
    this.#options.subjects
      .last()
      .then((last: StoredBatch | undefined) => {
        const { run, session, next } = this.#maker
        const higher = this.#runs.follow(last, { run, session, next })
        if (higher === undefined) return
        this.#maker.adopt(higher)
        this.#counts[BRIDGE.run] = higher
      })
      .catch(() => {})
      .finally(() => {
        this.#following = false
      })
    this.#options.lastValues?.flush(this.#maker.run, this.#maker.next)
  }

  /** After the last record: waits until the stream has all, for as long as is allowed. */
  async #drain(): Promise<void> {
    this.#maker.cut()
    this.#options.tops?.finish()
    const left = () =>
      this.#waiting.length > 0 ||
      this.#sender.inFlight > 0 ||
      this.#options.spill?.isEmpty === false
    while (left() && performance.now() < this.#endMs) {
      this.#pump()
      this.#note()
      if (left()) await this.#sender.changed(CUT_MS * 10)
    }
    if (this.#sender.connected) {
      await this.#options.lastValues?.close(this.#maker.run, this.#maker.next)
    }
    this.#dropRest()
    this.#keepOrDrop()
    this.#counts[BRIDGE.unknown] = this.#sender.unknownMessages
    this.#note()
  }

  /** The time was over before all records became batches. */
  #dropRest(): void {
    const { bytes } = this.#reader
    while (this.#reader.next()) {
      const { kind, offset } = this.#reader
      if (kind === OUTLET.messages) {
        this.#counts[BRIDGE.notPublished] += bytes.getUint32(offset + OUTLET_MESSAGES.count, true)
      } else if (kind === OUTLET.dropped) this.#countDropped(bytes, offset)
    }
    this.#reader.release()
  }

  /** @returns how many messages of the present run there was no room for */
  #countDropped(bytes: DataView, offset: number): number {
    const count = bytes.getFloat64(offset + 8, true)
    this.#counts[BRIDGE.notPublished] += count + bytes.getFloat64(offset + 16, true)
    return count
  }

  /** What the stream did not take waits on disk for the next bridge, or was not published. */
  #keepOrDrop(): void {
    const { spill } = this.#options
    for (const batch of [...this.#sender.unknown(), ...this.#waiting.splice(0)]) {
      if (spill?.put(batch) === true) this.#counts[BRIDGE.spilled] += 1
      else if (!this.#sender.holds(batch)) {
        this.#counts[BRIDGE.notPublished] += batch.facts.count
      }
    }
  }
}

function lostAtRing(count: number): number[] {
  return MISSING_CAUSES.map((cause) => (cause === 'ring' ? count : 0))
}
