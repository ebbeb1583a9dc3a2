import { TWO_POW_32 } from '../foundation/units.js'
import { GAP_PATIENCE_NS, RESTART_STREAK } from './tracker-limits.js'
import { TRACK } from './tracker-state.js'

const NONE = -1

/**
 * What one datagram cannot prove: a change of session, a far jump, a restart. The first one is held
 * until another bears witness; old datagrams that follow one another while nothing new comes bear
 * witness together. Works on the tracker's memory; one thread, no allocation.
 */
export class Witness {
  readonly #state: Float64Array
  readonly #wraps: boolean

  constructor(state: Float64Array, wraps: boolean) {
    this.#state = state
    this.#wraps = wraps
  }

  /** Before the first datagram. */
  reset(): void {
    this.#state[TRACK.heldLine] = NONE
    this.#state[TRACK.streakLine] = NONE
  }

  get holding(): boolean {
    return this.#state[TRACK.heldLine] !== NONE
  }

  hold(line: number, session: number, wireSequence: number, count: number, nowNs: number): void {
    const s = this.#state
    s[TRACK.heldLine] = line
    s[TRACK.heldSession] = session
    s[TRACK.heldFirst] = wireSequence
    s[TRACK.heldCount] = count
    s[TRACK.heldNext] = wireSequence + count
    s[TRACK.heldSinceNs] = nowNs
  }

  letGo(): void {
    this.#state[TRACK.heldLine] = NONE
  }

  /** Whether this datagram follows the held one on its line, or is the same one from another line. */
  confirms(line: number, session: number, wireSequence: number): boolean {
    const s = this.#state
    if (s[TRACK.heldLine] === NONE || s[TRACK.heldSession] !== session) return false
    if (s[TRACK.heldLine] !== line) return s[TRACK.heldFirst] === wireSequence
    const wanted = this.#wraps ? s[TRACK.heldNext] % TWO_POW_32 : s[TRACK.heldNext]
    return wanted === wireSequence
  }

  /**
   * Whether the held datagram is of another session, and the present one has been silent since it came:
   * as long as that goes on, one datagram of another proves nothing.
   */
  get provenBySilence(): boolean {
    const s = this.#state
    return s[TRACK.heldSession] !== s[TRACK.session] && s[TRACK.lastNs] <= s[TRACK.heldSinceNs]
  }

  /** Whether the held datagram has waited for its time. */
  isOverdue(nowNs: number): boolean {
    return nowNs - this.#state[TRACK.heldSinceNs] >= GAP_PATIENCE_NS
  }

  /**
   * Whether this old datagram completes a row of such that proves a restart. If not, it is noted.
   *
   * @param fellBack whether its line had been well ahead of it
   */
  provesRestart(line: number, wireSequence: number, count: number, fellBack: boolean): boolean {
    const s = this.#state
    const follows =
      s[TRACK.streakLine] === line &&
      s[TRACK.streakNext] === wireSequence &&
      s[TRACK.streakSince] === s[TRACK.messages]
    if (follows && fellBack && s[TRACK.streakDatagrams] >= RESTART_STREAK - 1) return true
    if (!follows) {
      s[TRACK.streakLine] = fellBack ? line : NONE
      s[TRACK.streakFirst] = wireSequence
      s[TRACK.streakDatagrams] = 0
      s[TRACK.streakSince] = s[TRACK.messages]
      s[TRACK.streakCounted] = 0
    }
    const next = wireSequence + count
    s[TRACK.streakNext] = this.#wraps ? next % TWO_POW_32 : next
    s[TRACK.streakDatagrams] += 1
    s[TRACK.streakCounted] += count
    return false
  }
}
