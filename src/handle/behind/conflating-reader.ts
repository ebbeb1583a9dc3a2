import { FEED } from '../../account/feed-counters.js'
import { assert } from '../../foundation/assert.js'
import type { Clock } from '../../foundation/clock.js'
import { ZERO_NS } from '../../foundation/units.js'
import { MARKET_DATA_BYTES } from '../../wire/market-data-view.js'
import type { Left, MessageReader } from '../message-reader.js'
import { Notices } from '../notices/notices.js'
import { SkippedRuns } from '../notices/skipped-runs.js'
import type { OpenRun } from '../open-run.js'
import { BatchSize } from '../reader/batch-size.js'
import { FeedReader } from '../reader/feed-reader.js'
import type { FeedReaderOptions } from '../reader/feed-reader-options.js'
import { LatencyRecorder } from '../state/latency-recorder.js'
import { ConflationTable, ENTRY } from './conflation-table.js'
import { EventQueue } from './event-queue.js'

/** Slots that are taken at once, and how often in one turn, while the handler is behind. */
const DRAIN_SLOTS = 32
const DRAIN_BATCHES = 64
/** Messages of a batch between two looks at whether the handler is behind. */
const LOOK_EVERY = 16

/**
 * Delivers every trade, and of quotes what the handler has time for: the newest of each instrument and
 * side. Only for native messages. One thread.
 *
 * While the handler keeps up, messages are delivered where they lie in the ring. As soon as it is
 * behind, all that the rings hold is moved to a table before each batch, until the table is empty. A
 * table that is full leaves messages in the rings: no trade is ever skipped, nor what came late.
 */
export class ConflatingReader implements MessageReader {
  readonly run: OpenRun
  readonly #reader: FeedReader
  readonly #table: ConflationTable
  readonly #events: EventQueue
  readonly #notices: Notices
  readonly #skips: SkippedRuns
  readonly #latency: LatencyRecorder
  readonly #counts: Float64Array
  readonly #clock: Clock
  readonly #lineCount: number
  readonly #limit: number
  readonly #batchSize: BatchSize
  /** Whether a batch is open, and of what. */
  #open = false
  #fromTable = false
  /** Messages that the open batch of the table may still have; those that it had. */
  #left = 0
  #had = 0
  #batchStartNs = ZERO_NS
  /** Messages since the last look at whether the handler is behind. */
  #unlooked = 0
  /** Whether a message of the table is in the handler's hands. */
  #inHand = false
  #failed = false

  /**
   * @param limit slots of a line that may wait besides the open batch; NaN: as many as a batch has
   * @param messages that can wait outside of the rings
   */
  constructor(options: FeedReaderOptions, limit: number, messages: number) {
    const table = new ConflationTable(messages)
    const notices = new Notices(options)
    const events = new EventQueue(table, notices)
    this.#table = table
    this.#events = events
    this.#notices = notices
    this.#reader = new FeedReader({
      ...options,
      onGap: (gap) => events.gap(gap),
      onStatus: (status) => events.status(status),
    })
    this.#skips = new SkippedRuns(options.state.counters, 'conflated', notices)
    // Another one: that of the reader keeps the times of what it has open.
    this.#latency = new LatencyRecorder(options, true)
    this.run = this.#reader.run
    this.#counts = options.state.counters
    this.#clock = options.clock
    this.#lineCount = options.lines.length
    this.#limit = limit
    this.#batchSize = new BatchSize(messages)
  }

  get complete(): boolean {
    return this.#reader.complete && this.#isIdle()
  }

  get problem(): unknown {
    return this.#notices.problem ?? this.#reader.problem
  }

  take(): boolean {
    this.#open = true
    this.#fromTable = false
    if (this.#failed) return this.#reader.take()
    if (this.#table.isEmpty && !this.#isBehind()) {
      this.#reader.pacing = true
      return this.#reader.take()
    }
    const drained = this.#drain()
    assert(this.#table.size === this.#counts[FEED.pending], 'what waits is what the table holds')
    this.#fromTable = true
    this.#left = this.#batchSize.limit
    this.#had = 0
    this.#clock.read()
    this.#batchStartNs = this.#clock.ns
    this.#latency.nowNs = this.#batchStartNs
    return drained || !this.#table.isEmpty
  }

  nextRun(limit: number): number {
    if (!this.#open) return 0
    const count = this.#fromTable ? this.#nextOfTable() : this.#nextInPlace(limit)
    this.#open = count > 0
    return count
  }

  whileIdle(due: boolean): boolean {
    this.#open = true
    this.#fromTable = false
    this.#reader.pacing = true
    return this.#reader.whileIdle(due)
  }

  left(): Left {
    return this.#isIdle() ? this.#reader.left() : 'messages'
  }

  giveUpGaps(): void {
    this.#reader.giveUpGaps()
  }

  believeLast(): boolean {
    return this.#reader.believeLast()
  }

  fail(): void {
    this.#failed = true
    this.#reader.fail()
    if (this.#inHand) this.#table.release()
    this.#inHand = false
    this.#fromTable = false
    // What is no message, and what was skipped, is told all the same.
    while (!this.#table.isEmpty) {
      this.#takeOut()
      this.#table.release()
    }
    const pending = this.#counts[FEED.pending]
    this.#counts[FEED.pending] = 0
    this.#counts[FEED.undelivered] += pending
  }

  finish(): void {
    this.#reader.finish()
  }

  #isIdle(): boolean {
    return this.#table.isEmpty && !this.#inHand
  }

  #isBehind(): boolean {
    const reader = this.#reader
    const limit = Number.isNaN(this.#limit) ? reader.batchLimit : this.#limit
    for (let line = 0; line < this.#lineCount; line++) {
      if (reader.holdsMoreThan(line, line === reader.line ? reader.taken + limit : limit))
        return true
    }
    return false
  }

  /** Moves what the rings hold to the table, as far as it has room; false if there was nothing. */
  #drain(): boolean {
    const reader = this.#reader
    const table = this.#table
    reader.pacing = false
    let any = false
    for (let batch = 0; batch < DRAIN_BATCHES && table.hasRoom; batch++) {
      if (!reader.take(DRAIN_SLOTS)) break
      any = true
      while (table.hasRoom) {
        const count = reader.drawRun(table.room)
        if (count === 0) break
        this.#put()
      }
    }
    return any
  }

  #put(): void {
    const { bytes, first, late, pieces, pieceCount } = this.run
    const table = this.#table
    table.late = late
    table.sequence = first
    for (let piece = 0; piece < pieceCount; piece++) {
      table.receivedNs = pieces.receivedNs[piece]
      let offset = pieces.offsets[piece]
      for (let left = pieces.counts[piece]; left > 0; left--) {
        // Either one more message waits, or an older one is skipped.
        const replaced = table.put(bytes, offset)
        this.#counts[replaced ? FEED.skipped : FEED.pending] += 1
        offset += MARKET_DATA_BYTES
        table.sequence += 1
      }
    }
  }

  #nextOfTable(): number {
    const table = this.#table
    if (this.#inHand) {
      this.#inHand = false
      table.release()
      this.#counts[FEED.pending] -= 1
      this.#counts[FEED.delivered] += 1
    }
    while (this.#left > 0 && !table.isEmpty) {
      if (this.#takeOut() === ENTRY.event) {
        table.release()
        continue
      }
      this.#hand()
      return 1
    }
    this.#endBatch()
    return 0
  }

  /** Takes the oldest out of the table, and tells of what goes before it. @returns one of ENTRY */
  #takeOut(): number {
    const table = this.#table
    const kind = table.take()
    this.#skips.tellBefore(table)
    if (kind === ENTRY.event) this.#events.tellTaken()
    return kind
  }

  #hand(): void {
    const { run } = this
    const table = this.#table
    run.bytes = table.bytes
    run.offset = table.offset
    run.first = table.sequence
    run.late = table.late
    run.receivedNs = table.receivedNs
    run.showOne(1)
    this.#latency.receivedNs = table.receivedNs
    this.#latency.recordRun(run)
    this.#counts[FEED.currentSequence] = run.first
    this.#left -= 1
    this.#had += 1
    this.#inHand = true
  }

  #endBatch(): void {
    if (this.#had === 0) return
    this.#clock.read()
    this.#batchSize.tookNs = this.#clock.ns - this.#batchStartNs
    this.#batchSize.adapt(this.#had, this.#had)
  }

  #nextInPlace(limit: number): number {
    const reader = this.#reader
    if (this.#unlooked >= LOOK_EVERY) {
      this.#unlooked = 0
      // Not what was let go without a batch: nothing would take it up again.
      if (reader.taken > 0 && !this.#failed && this.#isBehind()) {
        // The rest of the batch goes through the table.
        reader.countDelivered()
        return 0
      }
    }
    const count = reader.nextRun(Math.min(limit, LOOK_EVERY))
    this.#unlooked += count
    return count
  }
}
