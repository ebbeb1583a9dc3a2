import { TRACK } from '../tracker-state.js'
import { LINE_TRACK } from './line-state.js'
import { wireAfter, wireDistance } from './wire-numbers.js'

/**
 * The datagram of a line that proves nothing alone: it is of another session, far ahead, or the first
 * of a session again. It waits until another bears witness; a newer suspect takes its place. Works on
 * the tracker's memory; one thread, no allocation.
 */
export class Suspect {
  readonly #state: Float64Array
  readonly #at: number
  readonly #wraps: boolean

  constructor(state: Float64Array, at: number, wraps: boolean) {
    this.#state = state
    this.#at = at
    this.#wraps = wraps
  }

  get waits(): boolean {
    return this.#state[this.#at + LINE_TRACK.suspected] === 1
  }

  get session(): number {
    return this.#state[this.#at + LINE_TRACK.suspectSession]
  }

  /** Its first sequence, as on the wire. */
  get first(): number {
    return this.#state[this.#at + LINE_TRACK.suspectFirst]
  }

  get count(): number {
    return this.#state[this.#at + LINE_TRACK.suspectCount]
  }

  get sinceNs(): number {
    return this.#state[this.#at + LINE_TRACK.suspectSinceNs]
  }

  /** Whether it goes on where one before it ended that the present stream contradicted. */
  get chained(): boolean {
    return this.#state[this.#at + LINE_TRACK.suspectChained] === 1
  }

  /** @param lineMark how far the line had come within the present stream */
  begin(
    session: number,
    wireSequence: number,
    count: number,
    nowNs: number,
    lineMark: number,
    chained: boolean,
  ): void {
    const s = this.#state
    const at = this.#at
    s[at + LINE_TRACK.suspected] = 1
    s[at + LINE_TRACK.suspectSession] = session
    s[at + LINE_TRACK.suspectFirst] = wireSequence
    s[at + LINE_TRACK.suspectCount] = count
    s[at + LINE_TRACK.suspectSinceNs] = nowNs
    s[at + LINE_TRACK.suspectMark] = s[TRACK.messages]
    s[at + LINE_TRACK.suspectLineMark] = lineMark
    s[at + LINE_TRACK.suspectChained] = chained ? 1 : 0
  }

  letGo(): void {
    this.#state[this.#at + LINE_TRACK.suspected] = 0
  }

  /** Whether any line has brought something new of the present stream since. */
  isOverrun(): boolean {
    return this.#state[this.#at + LINE_TRACK.suspectMark] !== this.#state[TRACK.messages]
  }

  /** Whether its own line has gone on in the present stream since. */
  isContradicted(lineMark: number): boolean {
    return this.#state[this.#at + LINE_TRACK.suspectLineMark] !== lineMark
  }

  /** Sequences from its first to a datagram's; of the same session. */
  distanceTo(wireSequence: number): number {
    return wireDistance(this.first, wireSequence, this.#wraps)
  }

  /** Whether a datagram goes on exactly where it ends. */
  endsBefore(session: number, wireSequence: number): boolean {
    if (!this.waits || this.session !== session) return false
    return wireAfter(this.first, this.count, this.#wraps) === wireSequence
  }
}
