import type { LineTracker } from '../line/line-tracker.js'
import { PLAUSIBLE_JUMP } from '../tracker-limits.js'
import { TRACK } from '../tracker-state.js'
import type { Progress } from './progress.js'

/** What was dropped on a line behind the last datagram that was shown. */
export interface LineTail {
  /** Datagrams, or trains, that the kernel dropped; and those of them before the newest discarded one. */
  readonly kernelDatagrams: number
  readonly kernelWithin: number
  /** Messages that the receiver discarded, and where the newest of them ended, as on the wire; NaN: unknown. */
  readonly ringMessages: number
  readonly ringEnd: number
  readonly ringSession: number
}

export const NO_TAIL: LineTail = {
  kernelDatagrams: 0,
  kernelWithin: 0,
  ringMessages: 0,
  ringEnd: Number.NaN,
  ringSession: 0,
}

/**
 * What is missing behind the last message that came, when nothing more will come. A message is lost only
 * if every line lost it, so what counts is the line that lost the least; a line that was never heard
 * says nothing. Not hot.
 */
export class Tail {
  /** How the tail is divided; the five add up to it. */
  ring = 0
  invalid = 0
  kernel = 0
  network = 0
  cutOff = 0
  readonly #state: Float64Array
  readonly #progress: Progress
  readonly #lines: readonly LineTracker[]

  constructor(state: Float64Array, progress: Progress, lines: readonly LineTracker[]) {
    this.#state = state
    this.#progress = progress
    this.#lines = lines
  }

  /** New messages in a datagram, in the mean, of heartbeats and copies too; 1 before the first. */
  get meanPerDatagram(): number {
    const s = this.#state
    return s[TRACK.datagrams] <= 0 ? 1 : s[TRACK.messages] / s[TRACK.datagrams]
  }

  /** Messages behind the last one that every line can have lost. */
  lostByAll(tails: readonly LineTail[]): number {
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.#lines.length; i++) {
      least = Math.min(least, this.#lostBy(this.#lines[i], tails[i] ?? NO_TAIL, 0))
    }
    return Math.max(0, least)
  }

  /**
   * Messages behind the last one that are known to have been sent: a receiver discarded one that it could
   * read, or a heartbeat told of them, and no line brought them. Beyond that it is estimated what every line
   * can have lost, as long as no end of the session was heard.
   *
   * @param claimed messages that a heartbeat told of, on the line `claimLine`
   * @param ended whether an end of the session says that there are no more
   */
  known(tails: readonly LineTail[], claimed: number, claimLine: number, ended: boolean): number {
    let sent = Math.max(0, claimed)
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.#lines.length; i++) {
      const tail = tails[i] ?? NO_TAIL
      const told = claimLine === i ? claimed : 0
      const line = this.#lines[i]
      const noted = this.#notedBy(line, tail)
      sent = Math.max(sent, Number.isNaN(noted) ? 0 : noted)
      least = Math.min(least, this.#lostBy(line, tail, told))
    }
    return ended ? sent : Math.max(sent, least)
  }

  /**
   * Says who lost `count` messages of the tail.
   *
   * @param unseen how many of them were sent before the feed was joined
   * @param cut whether the run was ended from here, so that what is left would still have come
   */
  divide(count: number, tails: readonly LineTail[], unseen: number, cut: boolean): void {
    const line = this.#farthest()
    const { drops } = this.#lines[line]
    const { ringMessages, kernelDatagrams } = tails[line] ?? NO_TAIL
    drops.noteRing(ringMessages)
    if (kernelDatagrams > 0) drops.noteKernel(kernelDatagrams)
    drops.explain(count)
    this.ring = drops.ring
    this.invalid = drops.invalid
    this.kernel = drops.kernel
    this.cutOff = cut ? drops.network : Math.min(drops.network, unseen)
    this.network = drops.network - this.cutOff
  }

  /** The line that has come farthest: what it lost is what is missing. */
  #farthest(): number {
    let farthest = 0
    for (let i = 1; i < this.#lines.length; i++) {
      if (this.#lines[i].next > this.#lines[farthest].next) farthest = i
    }
    return farthest
  }

  #lostBy(line: LineTracker, tail: LineTail, told: number): number {
    if (!line.carries) return 0
    const behind = line.drops.kernelLeft + tail.kernelDatagrams - tail.kernelWithin
    const kernel = behind * this.meanPerDatagram
    return Math.max(told, this.#discardedBy(line, tail)) + Math.round(kernel)
  }

  /** How far beyond the feed's next message that reaches which the line's receiver discarded. */
  #discardedBy(line: LineTracker, tail: LineTail): number {
    const noted = this.#notedBy(line, tail)
    return Number.isNaN(noted) ? this.#countedBy(line, tail) : noted
  }

  /** The same by how many it discarded behind what the line brought. */
  #countedBy(line: LineTracker, tail: LineTail): number {
    const behind = line.carries ? line.next - this.#state[TRACK.next] : 0
    return this.#isOfOther(tail) ? behind : behind + line.drops.ringLeft + tail.ringMessages
  }

  /** The same by the sequence that the newest of them had; NaN: that is unknown, or farther than can be. */
  #notedBy(line: LineTracker, tail: LineTail): number {
    const s = this.#state
    if (tail.ringMessages === 0 || Number.isNaN(tail.ringEnd) || this.#isOfOther(tail))
      return Number.NaN
    const noted = this.#progress.unwrap(tail.ringEnd) - s[TRACK.next]
    // A stray that was discarded must not become a loss.
    const kernel = (line.drops.kernelLeft + tail.kernelDatagrams) * s[TRACK.maxPerDatagram]
    return noted <= this.#countedBy(line, tail) + kernel + PLAUSIBLE_JUMP ? noted : Number.NaN
  }

  /** Whether what was discarded last is known to be of another session. */
  #isOfOther({ ringMessages, ringEnd, ringSession }: LineTail): boolean {
    const known = ringMessages > 0 && !Number.isNaN(ringEnd)
    return known && ringSession !== this.#state[TRACK.session]
  }
}
