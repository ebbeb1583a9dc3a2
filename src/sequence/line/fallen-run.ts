import { ZERO_NS } from '../../foundation/units.js'
import { RESTART_QUIET_NS } from '../tracker-limits.js'
import { TRACK } from '../tracker-state.js'
import { LINE_TRACK } from './line-state.js'
import { wireAfter, wireDistance } from './wire-numbers.js'

/**
 * Old datagrams of one line that ascend while nothing new comes. So looks a publisher that has restarted
 * under the same session and whose beginning was lost; a few such datagrams may be late, a row of them is
 * not. Works on the tracker's memory; one thread, no allocation.
 */
export class FallenRun {
  /** The time to reckon with, set by the caller. A field: an argument would be boxed. */
  nowNs = ZERO_NS
  readonly #state: Float64Array
  readonly #at: number
  readonly #wraps: boolean

  constructor(state: Float64Array, at: number, wraps: boolean) {
    this.#state = state
    this.#at = at
    this.#wraps = wraps
  }

  /** Datagrams in it; 0: there is none. */
  get datagrams(): number {
    return this.#state[this.#at + LINE_TRACK.fallenDatagrams]
  }

  /** The first sequence of it, and the one behind its last, as on the wire. */
  get first(): number {
    return this.#state[this.#at + LINE_TRACK.fallenFirst]
  }

  get next(): number {
    return this.#state[this.#at + LINE_TRACK.fallenNext]
  }

  /** Messages of it that count as duplicates, as long as nothing is proved. */
  get counted(): number {
    return this.#state[this.#at + LINE_TRACK.fallenCounted]
  }

  /** Of those the ones that were compared with what had come before, and that differed from it. */
  get compared(): number {
    return this.#state[this.#at + LINE_TRACK.fallenCompared]
  }

  get conflicts(): number {
    return this.#state[this.#at + LINE_TRACK.fallenConflicts]
  }

  /** Whether nothing new has come since it began: none to the feed, and none by its line. */
  isUnbroken(lineMark: number): boolean {
    const s = this.#state
    const at = this.#at
    return (
      s[at + LINE_TRACK.fallenDatagrams] > 0 &&
      s[at + LINE_TRACK.fallenMark] === s[TRACK.messages] &&
      s[at + LINE_TRACK.fallenLineMark] === lineMark
    )
  }

  /** Whether a datagram goes on behind it, of which up to `skippable` messages may be lost between. */
  isFollowedBy(wireSequence: number, skippable: number): boolean {
    const skipped = wireDistance(this.next, wireSequence, this.#wraps)
    return skipped >= 0 && skipped <= skippable
  }

  /** Whether a datagram lies within it: a copy of what is in it, or overtaken by it. */
  holds(wireSequence: number): boolean {
    return (
      wireDistance(this.first, wireSequence, this.#wraps) >= 0 &&
      wireDistance(wireSequence, this.next, this.#wraps) > 0
    )
  }

  begin(wireSequence: number, lineMark: number): void {
    const s = this.#state
    const at = this.#at
    s[at + LINE_TRACK.fallenDatagrams] = 0
    s[at + LINE_TRACK.fallenFirst] = wireSequence
    s[at + LINE_TRACK.fallenNext] = wireSequence
    s[at + LINE_TRACK.fallenMark] = s[TRACK.messages]
    s[at + LINE_TRACK.fallenLineMark] = lineMark
    s[at + LINE_TRACK.fallenCounted] = 0
    s[at + LINE_TRACK.fallenCompared] = 0
    s[at + LINE_TRACK.fallenConflicts] = 0
  }

  /** @param counted how many of its messages count as duplicates */
  add(wireSequence: number, count: number, counted: number): void {
    const s = this.#state
    const at = this.#at
    s[at + LINE_TRACK.fallenDatagrams] += 1
    s[at + LINE_TRACK.fallenNext] = wireAfter(wireSequence, count, this.#wraps)
    s[at + LINE_TRACK.fallenCounted] += counted
  }

  /** So many messages of the datagram that was added last were compared, and differed. */
  noteCompared(compared: number, conflicts: number): void {
    this.#state[this.#at + LINE_TRACK.fallenCompared] += compared
    this.#state[this.#at + LINE_TRACK.fallenConflicts] += conflicts
  }

  /** Whether the line has for a while not gone on in its own order. */
  isQuiet(): boolean {
    return this.nowNs - this.#state[this.#at + LINE_TRACK.activeNs] > RESTART_QUIET_NS
  }

  /** The line went on in its own order. */
  noteOrder(): void {
    this.#state[this.#at + LINE_TRACK.activeNs] = this.nowNs
  }

  forget(): void {
    this.#state[this.#at + LINE_TRACK.fallenDatagrams] = 0
  }

  /** Sequences from its beginning to its end. */
  get length(): number {
    return wireDistance(this.first, this.next, this.#wraps)
  }
}
