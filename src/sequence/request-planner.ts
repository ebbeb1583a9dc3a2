import { ZERO_NS } from '../foundation/units.js'
import type { GapTable } from './gap-table.js'

/** How missing messages are asked for. */
export interface AskLimits {
  /** A gap is not asked for before this age: what was only overtaken, or comes on the other line, comes. */
  readonly delayNs: number
  /** How long an answer may take; doubled with every request that stayed without one. */
  readonly retryNs: number
  /** Messages per request at most. */
  readonly maxPerRequest: number
  /** Requests that may be without an answer at a time, over all gaps. */
  readonly maxOutstanding: number
}

export const DEFAULT_ASK_LIMITS: AskLimits = {
  delayNs: 2e6,
  retryNs: 10e6,
  maxPerRequest: 1024,
  maxOutstanding: 64,
}

/** Up to so many times the first wait for an answer. */
const MAX_BACK_OFF = 8
/** An answer that fills only a part: the rest is asked for again when nothing more came for so long. */
const PARTIAL_ANSWER_NS = 2e6
/** With as many requests out as may be, how long until that is looked at again. */
const CROWDED_NS = 1e6
const JITTER = 0.25
/**
 * A turn looks at every open gap. The next one comes after so long for each of them at least, which is
 * ten times what looking takes: with the table full it is 0.4 ms.
 */
const REST_NS_PER_GAP = 100

/**
 * Decides which messages to ask for again: all open gaps at once, each again when its time is over,
 * later and later, never more than a given number at a time, and none before the others had their turn.
 * A gap that is too long for one request is made several. Pure: the gaps carry when they were asked for.
 * One thread; no allocation.
 *
 * ```
 *   planner.nowNs = …
 *   planner.begin()
 *   while (planner.next()) ask(planner.first, planner.count)
 * ```
 */
export class RequestPlanner {
  /** The time to reckon with. */
  nowNs = ZERO_NS
  /** The messages to ask for. */
  first = 0
  count = 0
  /** Gaps that were asked for, each once however often. */
  gapsAsked = 0
  readonly #gaps: GapTable
  readonly #limits: AskLimits
  readonly #waitNs: number
  #random: number
  /** The turn goes from row `#start` to the last and then, once wrapped, from the first up to it. */
  #row = 0
  #start = 0
  #wrapped = false
  #outstanding = 0
  /** When something may be due, and before when nothing is looked at. */
  #nextDueNs = Number.POSITIVE_INFINITY
  #restUntilNs = ZERO_NS
  /** Whether there was more to ask for than may be asked for at a time. */
  #crowded = false
  /** The sequence from which on the next turn begins then, so that each gap has its turn. */
  #resumeAt = 0

  /**
   * @param waitNs how long a gap may be without progress: then it is asked for no more, and declared lost when all
   *   before it are closed
   * @param seed of the jitter, a whole number
   */
  constructor(gaps: GapTable, limits: AskLimits, waitNs: number, seed: number) {
    this.#gaps = gaps
    this.#waitNs = waitNs
    this.#limits = limits
    this.#random = seed | 0 || 1
  }

  /** Gaps were opened, all at the same time: they may be due before others. */
  noteGap(): void {
    const { size } = this.#gaps
    if (size > 0) this.#dueBy(this.#dueNs(size - 1))
  }

  /** An answer came that ended before `sequence`: the rest of what was asked for waits for its turn. */
  noteAnswer(sequence: number): void {
    if (this.#crowded) this.#nextDueNs = this.nowNs
    const row = this.#gaps.find(sequence)
    if (row < 0 || !this.#gaps.isRest(row)) return
    const dueNs = this.nowNs + PARTIAL_ANSWER_NS
    this.#gaps.noteProgress(row, this.nowNs, dueNs)
    this.#dueBy(dueNs)
  }

  /** Starts a turn; false if nothing can be due. */
  begin(): boolean {
    if (this.nowNs < this.#nextDueNs || this.nowNs < this.#restUntilNs) return false
    const gaps = this.#gaps
    this.#restUntilNs = this.nowNs + gaps.size * REST_NS_PER_GAP
    this.#nextDueNs = Number.POSITIVE_INFINITY
    this.#outstanding = 0
    this.#start = 0
    for (let row = 0; row < gaps.size; row++) {
      if (gaps.attempts(row) > 0 && gaps.dueNs(row) > this.nowNs) this.#outstanding += 1
      if (this.#crowded && gaps.first(row) < this.#resumeAt) this.#start = row + 1
    }
    this.#crowded = false
    this.#row = this.#start
    this.#wrapped = false
    return true
  }

  /** The turn's next request; false at its end. */
  next(): boolean {
    const gaps = this.#gaps
    for (;;) {
      if (this.#row >= (this.#wrapped ? this.#start : gaps.size)) {
        if (this.#wrapped) return false
        this.#wrapped = true
        this.#row = 0
        continue
      }
      if (this.#isOver(this.#row)) {
        // A line may still fill its beginning, which gives it new patience.
        this.#dueBy(this.nowNs + CROWDED_NS)
        this.#row += 1
        continue
      }
      const dueNs = this.#dueNs(this.#row)
      if (dueNs <= this.nowNs) return this.#ask(this.#row)
      this.#dueBy(dueNs)
      this.#row += 1
    }
  }

  /** Asks for a gap, or for as much of it as may be asked for at once; false if too much is. */
  #ask(row: number): boolean {
    const gaps = this.#gaps
    const { maxPerRequest, maxOutstanding } = this.#limits
    if (this.#outstanding >= maxOutstanding) {
      this.#crowded = true
      this.#resumeAt = gaps.first(row)
      this.#dueBy(this.nowNs + CROWDED_NS)
      return false
    }
    if (gaps.count(row) > maxPerRequest && gaps.divide(row, maxPerRequest) && this.#wrapped) {
      this.#start += 1
    }
    this.first = gaps.first(row)
    this.count = Math.min(gaps.count(row), maxPerRequest)
    const attempts = gaps.attempts(row)
    if (attempts === 0) this.gapsAsked += 1
    const dueNs = this.nowNs + this.#backOffNs(attempts)
    gaps.noteAsked(row, this.nowNs, dueNs)
    this.#dueBy(dueNs)
    this.#outstanding += 1
    this.#row += 1
    return true
  }

  #dueBy(dueNs: number): void {
    if (dueNs < this.#nextDueNs) this.#nextDueNs = dueNs
  }

  /** Whether a gap was asked for in vain for as long as it may be. */
  #isOver(row: number): boolean {
    const gaps = this.#gaps
    return gaps.attempts(row) > 0 && this.nowNs - gaps.sinceNs(row) > this.#waitNs
  }

  #dueNs(row: number): number {
    const gaps = this.#gaps
    return gaps.attempts(row) > 0 ? gaps.dueNs(row) : gaps.openedNs(row) + this.#limits.delayNs
  }

  #backOffNs(attempts: number): number {
    const factor = Math.min(MAX_BACK_OFF, 2 ** attempts)
    return this.#limits.retryNs * factor * (1 + JITTER * this.#nextRandom())
  }

  /** From 0 to 1; xorshift, Marsaglia 2003. */
  #nextRandom(): number {
    let x = this.#random
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#random = x
    return (x >>> 0) / 2 ** 32
  }
}
