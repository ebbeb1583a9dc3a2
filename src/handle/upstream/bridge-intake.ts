import { FEED } from '../../account/feed-counters.js'
import { decodeTop } from '../../account/last-top.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import {
  type BridgedFraming,
  ENVELOPE_BYTES,
  ENVELOPE_EVENT,
} from '../../wire/bridged/bridged-framing.js'
import type { FeedAlarms } from '../notices/alarms.js'
import type { GapCloser } from '../notices/gap-closer.js'
import type { Notices } from '../notices/notices.js'
import { SkippedRuns } from '../notices/skipped-runs.js'
import type { OpenRun } from '../open-run.js'

/**
 * Takes in what a bridge says became of the feed before what the framing has open: none of it has to be
 * found out. One thread.
 */
export class BridgeIntake {
  readonly #framing: BridgedFraming
  readonly #run: OpenRun
  readonly #tracker: GapTracker
  readonly #notices: Notices
  readonly #gaps: GapCloser
  readonly #alarms: FeedAlarms
  readonly #skips: SkippedRuns
  readonly #skippedAt = { first: Number.NaN }

  constructor(
    framing: BridgedFraming,
    run: OpenRun,
    tracker: GapTracker,
    notices: Notices,
    gaps: GapCloser,
    alarms: FeedAlarms,
  ) {
    this.#framing = framing
    this.#run = run
    this.#tracker = tracker
    this.#notices = notices
    this.#gaps = gaps
    this.#alarms = alarms
    this.#skips = new SkippedRuns(run.counts, 'conflated', notices)
  }

  /** Whether what is open, and no datagram of the feed, is the top of a book, which is told. */
  isTop({ buffer, byteOffset }: DataView, offset: number, length: number): boolean {
    if (this.#framing.event !== ENVELOPE_EVENT.top) return false
    const at = byteOffset + offset + ENVELOPE_BYTES
    // A copy: texts cannot be read from memory that is shared.
    const text = new Uint8Array(buffer, at, length - ENVELOPE_BYTES).slice()
    const top = decodeTop(text, this.#run.epoch)
    if (top !== undefined) this.#notices.top(top)
    return true
  }

  /** @returns whether the feed has begun another session */
  honour(): boolean {
    const tracker = this.#tracker
    const { event, session, reached } = this.#framing
    if (event === ENVELOPE_EVENT.stale) this.#alarms.noteStale(true)
    else if (event === ENVELOPE_EVENT.live) this.#alarms.noteStale(false)
    if (!tracker.started) return false
    const begins = session !== tracker.session
    if (begins) {
      this.#gaps.close(true)
      tracker.beginTold(reached)
      this.#alarms.noteSession()
    }
    this.#noteMissing()
    return begins
  }

  #noteMissing(): void {
    const tracker = this.#tracker
    const { skipped, elsewhere, sequence, missing } = this.#framing
    const first = tracker.next
    if (skipped > 0) {
      this.#leaveOut(skipped)
      this.#skippedAt.first = first
      this.#skips.tell(this.#skippedAt, skipped)
    }
    // Messages about instruments of other shards: nobody misses them here.
    if (elsewhere > 0) {
      this.#leaveOut(elsewhere)
      this.#notices.elsewhere(first + skipped, elsewhere)
    }
    const lost = sequence - tracker.next
    if (lost > 0) {
      tracker.missTold(lost, missing)
      this.#gaps.close(true)
    }
  }

  #leaveOut(count: number): void {
    this.#tracker.skipTold(count)
    this.#run.counts[FEED.skipped] += count
  }
}
