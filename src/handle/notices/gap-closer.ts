import type { LossLog } from '../../account/loss-log.js'
import { LOSS } from '../../sequence/gap-table.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import type { Notices } from './notices.js'

/** Declares gaps lost whose time has come, and tells the handler of them. */
export class GapCloser {
  readonly #tracker: GapTracker
  readonly #losses: LossLog
  readonly #line: number
  readonly #notices: Notices

  /**
   * @param losses where each is noted too
   * @param line that they are noted for; -1: the feed
   */
  constructor(tracker: GapTracker, notices: Notices, losses: LossLog, line: number) {
    this.#tracker = tracker
    this.#losses = losses
    this.#line = line
    this.#notices = notices
  }

  /** @param always whether all gaps are declared lost, however young */
  close(always: boolean): void {
    while (this.closeOldest(always));
  }

  /** Declares one gap lost at most; false if it was not time. */
  closeOldest(always: boolean): boolean {
    if (!this.#tracker.closeGap(always)) return false
    const { first, count, reason } = this.#tracker.closed
    this.#losses.first = first
    this.#losses.count = count
    this.#losses.ns = this.#tracker.nowNs
    this.#losses.note(this.#line, LOSS[reason])
    this.#notices.gap(first, count, reason)
    return true
  }
}
