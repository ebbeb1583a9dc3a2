import { NS_PER_MS, NS_PER_SECOND } from '../foundation/units.js'

/** A pause of a recording that is too long to be true, and what was made of it. */
export interface Jump {
  /** The packet behind it, counted from 1. */
  readonly packet: number
  readonly seconds: number
}

/**
 * Turns the times of a recording into times at which datagrams are due: a pause beyond a limit is left
 * out, a step back is none. One thread.
 */
export class ReplayClock {
  /** Pauses that were left out, and steps back. */
  readonly jumps: Jump[] = []
  /** Of all of them. */
  jumpCount = 0
  readonly #maxGapNs: number
  #previousNs = Number.NaN
  #dueNs = 0

  /** @param maxGapMs the longest pause that is believed */
  constructor(maxGapMs: number) {
    this.#maxGapNs = maxGapMs * NS_PER_MS
  }

  /** When the datagram of this time is due, on the recording's scale. */
  dueNs(timeNs: number, packet: number): number {
    if (Number.isNaN(this.#previousNs)) this.#previousNs = timeNs
    const gapNs = timeNs - this.#previousNs
    this.#previousNs = timeNs
    if (gapNs > this.#maxGapNs || -gapNs > this.#maxGapNs) {
      this.jumpCount++
      if (this.jumps.length < JUMPS_MAX) {
        this.jumps.push({ packet, seconds: gapNs / NS_PER_SECOND })
      }
    } else this.#dueNs += Math.max(0, gapNs)
    return this.#dueNs
  }
}

/** Jumps that are told one by one. */
const JUMPS_MAX = 8
