import { FEED } from '../../account/feed-counters.js'
import { TWO_POW_32 } from '../../foundation/units.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import { VERDICT } from '../../sequence/tracker-state.js'
import { FlowSetup } from '../../wire/flow-setup.js'
import type { Framing } from '../../wire/framing.js'
import type { AheadStore } from '../copies/ahead-store.js'
import type { DatagramCursor } from '../reader/datagram-cursor.js'
import type { FeedReaderOptions } from '../reader/feed-reader-options.js'
import { FlowStatusSender } from './flow-status-sender.js'

/**
 * Knows the setups of senders under flow control from what is invalid, whether anybody answers them or
 * not. One thread; no allocation.
 */
export class FlowIntake {
  /** Tells senders of consumption; undefined where nobody is to be told. */
  readonly reporter: FlowStatusSender | undefined
  readonly #setup = new FlowSetup()
  readonly #tracker: GapTracker
  readonly #framing: Framing
  readonly #counts: Float64Array

  /** @param ahead what is held back for gaps */
  constructor(options: FeedReaderOptions, tracker: GapTracker, ahead: AheadStore) {
    const { flow, framing, state } = options
    this.#tracker = tracker
    this.#framing = framing
    this.#counts = state.counters
    this.reporter = flow && new FlowStatusSender(options, flow, tracker, ahead)
  }

  /** Whether what is under the cursor, which no framing understands, is a setup. */
  isSetup(bytes: DataView, cursor: DatagramCursor): boolean {
    return this.#setup.read(bytes, cursor.offset, cursor.length)
  }

  /**
   * Takes the setup in. It is as good as a heartbeat, where its sequence is known to be one of the feed's:
   * it tells that messages before it are missing, though none comes behind it.
   *
   * @returns a verdict as `GapTracker.accept`; from `confirmed` on the setup is to be shown again
   */
  accept(line: number): number {
    const { sequence } = this.#setup
    const native = this.#framing.sequenceBits === 32
    if (native || this.reporter?.isFollowing(this.#setup) === true) {
      const session = native ? this.#framing.session : this.#tracker.session
      const wire = native ? sequence % TWO_POW_32 : sequence
      this.#tracker.shownSession = session
      const verdict = this.#tracker.accept(line, wire, 0)
      if (verdict >= VERDICT.confirmed) return verdict
    }
    this.#counts[FEED.setups] += 1
    this.reporter?.noteSetup(line, this.#setup)
    return VERDICT.duplicate
  }

  /** Tells the senders if it is time for that. No slot may be in use that is not counted as consumed. */
  tell(): void {
    if (this.reporter === undefined) return
    this.reporter.nowNs = this.#tracker.nowNs
    this.reporter.check()
  }
}
