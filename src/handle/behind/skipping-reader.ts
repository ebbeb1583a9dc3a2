import { FEED } from '../../account/feed-counters.js'
import type { Left, MessageReader } from '../message-reader.js'
import { Notices } from '../notices/notices.js'
import { SkippedRuns } from '../notices/skipped-runs.js'
import { ALL_MESSAGES, type OpenRun } from '../open-run.js'
import { FeedReader } from '../reader/feed-reader.js'
import type { FeedReaderOptions } from '../reader/feed-reader-options.js'

/** Slots that are skipped at once, and how often before one turn ends. */
const SKIP_SLOTS = 32
const SKIP_BATCHES = 64

/**
 * Skips the oldest datagrams of a line on which more than a limit wait, until half of that is
 * left, and delivers all others. What is skipped still goes through framing and tracker, so that
 * gaps, duplicates and the ledger are what they would be. One thread.
 *
 * Half of the limit: with a handler that is too slow for good, runs of messages alternate with skips,
 * where otherwise there would be a skip before each message.
 */
export class SkippingReader implements MessageReader {
  readonly run: OpenRun
  readonly #reader: FeedReader
  readonly #notices: Notices
  readonly #skips: SkippedRuns
  readonly #counts: Float64Array
  readonly #lineCount: number
  readonly #limit: number
  readonly #resume: number
  /** Per line: 1 from the moment that it exceeded the limit until it has caught up. */
  readonly #catchingUp: Uint8Array
  #failed = false

  /** @param limit slots of a line that may wait, those of the open batch included */
  constructor(options: FeedReaderOptions, limit: number) {
    const { onGap, onStatus } = options
    const notices = new Notices(options)
    const skips = new SkippedRuns(options.state.counters, 'behind', notices)
    this.#notices = notices
    this.#skips = skips
    // Nobody is told of a gap, or of another session, before what was skipped ahead of it.
    this.#reader = new FeedReader({
      ...options,
      onGap(gap) {
        skips.tellRun()
        onGap?.(gap)
      },
      onStatus(status) {
        skips.tellRun()
        onStatus?.(status)
      },
    })
    this.run = this.#reader.run
    this.#counts = options.state.counters
    this.#lineCount = options.lines.length
    this.#limit = limit
    this.#resume = limit >> 1
    this.#catchingUp = new Uint8Array(this.#lineCount)
  }

  get complete(): boolean {
    return this.#reader.complete
  }

  get problem(): unknown {
    return this.#reader.problem ?? this.#notices.problem
  }

  take(): boolean {
    const reader = this.#reader
    for (let batch = 0; batch < SKIP_BATCHES; batch++) {
      if (!reader.take(this.#takeLimit())) return false
      if (this.#failed || !this.#isOld(reader.line)) break
      this.#skipBatch()
    }
    return true
  }

  nextRun(limit: number): number {
    const count = this.#reader.nextRun(limit)
    if (count > 0) this.#skips.tellRun()
    return count
  }

  whileIdle(due: boolean): boolean {
    const open = this.#reader.whileIdle(due)
    this.#skips.tellRun()
    return open
  }

  left(): Left {
    return this.#reader.left()
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
  }

  finish(): void {
    this.#skips.tellRun()
    this.#reader.finish()
  }

  /** Many slots at once where all of them will be skipped. */
  #takeLimit(): number {
    const reader = this.#reader
    for (let line = 0; line < this.#lineCount; line++) {
      const far =
        this.#catchingUp[line] === 1 && reader.holdsMoreThan(line, this.#resume + SKIP_SLOTS)
      if (!far) return reader.batchLimit
    }
    return SKIP_SLOTS
  }

  /** Whether so much waits behind the batch of this line that nobody should see it any more. */
  #isOld(line: number): boolean {
    // Answers to requests fill gaps: there are never many.
    if (line >= this.#lineCount) return false
    const reader = this.#reader
    const old =
      (this.#catchingUp[line] === 1 || reader.holdsMoreThan(line, this.#limit)) &&
      reader.holdsMoreThan(line, reader.taken + this.#resume)
    this.#catchingUp[line] = old ? 1 : 0
    return old
  }

  #skipBatch(): void {
    const reader = this.#reader
    reader.pacing = false
    for (;;) {
      const count = reader.drawRun(ALL_MESSAGES)
      if (count === 0) break
      this.#counts[FEED.skipped] += count
      this.#skips.note(this.run, count)
    }
    reader.pacing = true
  }
}
