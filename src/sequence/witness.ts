import { TWO_POW_32 } from '../foundation/units.js'
import {
  GAP_PATIENCE_NS,
  REORDER_WINDOW,
  RESTART_STREAK,
  SESSION_SILENCE_NS,
} from './tracker-limits.js'
import { TRACK } from './tracker-state.js'

const NONE = -1
/** Datagrams, of the largest size, that may be lost between two that bear witness to a restart. */
const MAX_SKIPPED = 2

/**
 * What one datagram cannot prove: a change of session, a far jump, a restart. The first one is held
 * until another bears witness, or until the present stream goes on without one; old datagrams that
 * ascend while nothing new comes bear witness together. Works on the tracker's memory; one thread, no allocation.
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
    s[TRACK.heldMessages] = s[TRACK.messages]
    s[TRACK.heldSinceNs] = nowNs
    s[TRACK.alive] = 0
  }

  letGo(): void {
    this.#state[TRACK.heldLine] = NONE
  }

  /**
   * Whether this datagram and the held one bear witness to each other: both of the same session and near
   * each other, and not copies of one datagram that one line brought.
   *
   * @param fellBack whether its line had been well ahead of it
   */
  confirms(
    line: number,
    session: number,
    wireSequence: number,
    fellBack: boolean,
    nowNs: number,
  ): boolean {
    const s = this.#state
    if (s[TRACK.heldLine] === NONE || s[TRACK.heldSession] !== session) return false
    if (this.isOverdue(nowNs) && this.isContradicted()) return false
    const otherLine = s[TRACK.heldLine] !== line
    const past = this.#distance(s[TRACK.heldFirst], wireSequence)
    if (past === 0 && !otherLine) return false
    if (session === s[TRACK.session] && this.#distance(s[TRACK.next], s[TRACK.heldFirst]) < 0) {
      // A restart: what comes behind it must have fallen back too. Datagrams may be lost between the
      // two; but what comes farther behind, or after something new, may be as late as the held one.
      if (!fellBack || past < 0) return false
      const skipped = Math.max(0, past - s[TRACK.heldCount])
      if (skipped === 0 && !otherLine) return true
      return s[TRACK.heldMessages] === s[TRACK.messages] && skipped <= this.#skippable
    }
    return Math.abs(past) <= REORDER_WINDOW
  }

  /** Whether the held datagram has waited for longer than any network delays a witness. */
  isOverdue(nowNs: number): boolean {
    return nowNs - this.#state[TRACK.heldSinceNs] >= GAP_PATIENCE_NS
  }

  /** Whether the present stream has been silent for so long since that it has ended. */
  isUnopposed(nowNs: number): boolean {
    return !this.isContradicted() && nowNs - this.#state[TRACK.heldSinceNs] >= SESSION_SILENCE_NS
  }

  /** Whether the present stream has been heard since the datagram was held. */
  isContradicted(): boolean {
    return this.#state[TRACK.alive] === 1
  }

  /**
   * Whether this old datagram completes a row of such that proves a restart. If not, it is noted.
   *
   * @param counted how many of its messages will count as duplicates if not
   * @param fellBack whether its line had been well ahead of it
   */
  provesRestart(
    line: number,
    wireSequence: number,
    count: number,
    counted: number,
    fellBack: boolean,
  ): boolean {
    const s = this.#state
    const skipped = this.#distance(s[TRACK.streakNext], wireSequence)
    const follows =
      s[TRACK.streakLine] === line &&
      skipped >= 0 &&
      skipped <= this.#skippable &&
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
    s[TRACK.streakCounted] += counted
    return false
  }

  /** Messages that may be lost between two datagrams of a row. */
  get #skippable(): number {
    return MAX_SKIPPED * this.#state[TRACK.maxPerDatagram]
  }

  /** Sequences from the beginning of the row of old datagrams to its end. */
  get streakLength(): number {
    return this.#distance(this.#state[TRACK.streakFirst], this.#state[TRACK.streakNext])
  }

  /** From one number on the wire to another: the shorter way round, where they wrap. */
  #distance(from: number, to: number): number {
    return this.#wraps ? (to - from) | 0 : to - from
  }
}
