import type { LossLog } from '../../account/loss-log.js'
import { LOSS } from '../../sequence/gap-table.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import type { Gap } from '../handler.js'

/** A gap with the messages of it by cause, in the places that LOSS has. The object is used again. */
export interface ReportedGap extends Gap {
  readonly parts: Float64Array
}

/** Declares gaps lost whose time has come and tells the handler of them, with one object for all. */
export class GapReporter {
  readonly #tracker: GapTracker
  readonly #losses: LossLog
  readonly #line: number
  readonly #onGap: ((gap: Gap) => void) | undefined
  readonly #gap: { -readonly [Key in keyof Gap]: Gap[Key] } = {
    firstSequence: 0,
    count: 0,
    reason: 'network',
  }

  /**
   * @param losses where each is noted too
   * @param line that they are noted for; -1: the feed
   */
  constructor(
    tracker: GapTracker,
    onGap: ((gap: Gap) => void) | undefined,
    losses: LossLog,
    line: number,
  ) {
    this.#tracker = tracker
    this.#losses = losses
    this.#line = line
    this.#onGap = onGap
    // Not among what a handler that copies the object gets.
    Object.defineProperty(this.#gap, 'parts', { value: tracker.closed.parts })
  }

  /** What onGap threw first, if it did; the account goes on without it. */
  problem: unknown

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
    if (this.#onGap === undefined) return true
    this.#gap.firstSequence = this.#tracker.closed.first
    this.#gap.count = this.#tracker.closed.count
    this.#gap.reason = this.#tracker.closed.reason
    this.#tell()
    return true
  }

  #tell(): void {
    try {
      this.#onGap?.(this.#gap)
    } catch (error) {
      this.problem ??= error
    }
  }
}
