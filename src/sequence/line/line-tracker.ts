import { FAR_DATAGRAMS, LINE_STEP, NEAR_DATAGRAMS, REORDER_WINDOW } from '../tracker-limits.js'
import { lineAt } from '../tracker-state.js'
import { FallenRun } from './fallen-run.js'
import { LineDrops } from './line-drops.js'
import { LINE_TRACK } from './line-state.js'
import { Suspect } from './suspect.js'

const NONE = -1

/**
 * What one line has brought: where it is in the present stream, what became of its messages, what was
 * dropped on it, and what it brought that does not fit: a suspect that waits for a witness, and a run of
 * old datagrams that may be a restart. It judges nothing and moves nothing but itself. Works on the
 * tracker's memory; one thread, no allocation.
 */
export class LineTracker {
  readonly drops: LineDrops
  readonly suspect: Suspect
  readonly fallen: FallenRun
  readonly #state: Float64Array
  readonly #at: number

  constructor(state: Float64Array, line: number, wraps: boolean, dropsRunAhead: boolean) {
    this.#state = state
    this.#at = lineAt(line)
    this.drops = new LineDrops(state, this.#at, dropsRunAhead)
    this.suspect = new Suspect(state, this.#at, wraps)
    this.fallen = new FallenRun(state, this.#at, wraps)
  }

  /** The sequence behind the last accepted message that it brought; -1 before the first. */
  get next(): number {
    return this.#state[this.#at + LINE_TRACK.next]
  }

  /** Whether it has brought anything of the present stream. */
  get carries(): boolean {
    return this.next !== NONE
  }

  /**
   * Changes whenever the line goes on in the present stream: by what is new, by what fills a gap, by its own
   * order where another line is faster, also before its place is known, and by heartbeats.
   */
  get mark(): number {
    const s = this.#state
    const at = this.#at
    return (
      s[at + LINE_TRACK.next] +
      s[at + LINE_TRACK.ahead] +
      s[at + LINE_TRACK.first] +
      s[at + LINE_TRACK.late] +
      s[at + LINE_TRACK.beats]
    )
  }

  /** Another stream begins: what the line brought of the one before says nothing of it. */
  forgetPosition(): void {
    this.#state[this.#at + LINE_TRACK.next] = NONE
    this.#state[this.#at + LINE_TRACK.ahead] = NONE
    this.fallen.forget()
  }

  /**
   * The line brought messages of the present stream. Few datagrams that lie ahead of the line's others, or are
   * its first, do not move it: strays would make it look as if it had fallen back ever after.
   */
  moveTo(first: number, end: number): void {
    const s = this.#state
    const at = this.#at
    const { next } = this
    if (end <= next) return
    const jump = next === NONE ? Number.POSITIVE_INFINITY : first - next
    const { ahead, aheadDatagrams } = LINE_TRACK
    if (jump > LINE_STEP) {
      const before = s[at + ahead]
      // A copy is the same datagram.
      if (end === before) return
      const again = before !== NONE && Math.abs(first - before) <= LINE_STEP
      s[at + aheadDatagrams] = again ? s[at + aheadDatagrams] + 1 : 1
      s[at + ahead] = end
      const needed = jump > REORDER_WINDOW ? FAR_DATAGRAMS : NEAR_DATAGRAMS
      if (s[at + aheadDatagrams] < needed) return
    }
    s[at + LINE_TRACK.next] = end
    s[at + ahead] = NONE
  }

  /** By how many sequences a datagram lies before what the line had brought; negative if it does not. */
  fallBy(sequence: number): number {
    return this.carries ? this.next - sequence : NONE
  }

  /** So many messages of a datagram are one of LINE_TRACK's parts of the account. */
  count(part: number, messages: number): void {
    this.#state[this.#at + part] += messages
  }

  /** What was counted as one part turns out to be another. */
  recount(from: number, to: number, messages: number): void {
    this.#state[this.#at + from] -= messages
    this.#state[this.#at + to] += messages
  }
}
