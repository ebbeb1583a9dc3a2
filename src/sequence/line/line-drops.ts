import { DROP_MEMORY_DATAGRAMS } from '../tracker-limits.js'
import { TRACK } from '../tracker-state.js'
import { LINE_TRACK } from './line-state.js'

/**
 * What was dropped on one line and has not explained a gap yet: by the receiver for want of a slot, in
 * datagrams that could not be read, by the kernel. What they leave of a gap is the network's. Works on
 * the tracker's memory; one thread, no allocation.
 */
export class LineDrops {
  /** How the gap that was explained last is divided; the four add up to its size. */
  ring = 0
  invalid = 0
  kernel = 0
  network = 0
  readonly #state: Float64Array
  readonly #at: number
  readonly #runAhead: boolean

  constructor(state: Float64Array, at: number, runAhead: boolean) {
    this.#state = state
    this.#at = at
    this.#runAhead = runAhead
  }

  noteKernel(datagrams: number): void {
    this.#state[this.#at + LINE_TRACK.kernelPool] += datagrams
    this.#state[this.#at + LINE_TRACK.kernelPoolAge] = 0
  }

  noteRing(messages: number): void {
    this.#state[this.#at + LINE_TRACK.ringPool] += messages
  }

  noteInvalid(): void {
    this.#state[this.#at + LINE_TRACK.invalidPool] += 1
  }

  /** A datagram was cut whose header does not tell how many messages it had. */
  noteCut(): void {
    this.#state[this.#at + LINE_TRACK.cut] = 1
  }

  /** A datagram came without a gap: drops before it were not of this feed, or of what comes later. Hot. */
  age(): void {
    const s = this.#state
    const at = this.#at
    if (s[at + LINE_TRACK.ringPool] > 0) s[at + LINE_TRACK.ringPool] = 0
    if (s[at + LINE_TRACK.cut] > 0) s[at + LINE_TRACK.cut] = 0
    if (s[at + LINE_TRACK.kernelPool] > 0 && !this.#runAhead) {
      s[at + LINE_TRACK.kernelPoolAge] += 1
      if (s[at + LINE_TRACK.kernelPoolAge] > DROP_MEMORY_DATAGRAMS) {
        s[at + LINE_TRACK.kernelPool] = 0
      }
    }
  }

  /** Whether nothing is noted that the next datagram could explain, or make old. */
  get isEmpty(): boolean {
    const s = this.#state
    const at = this.#at
    const noted =
      s[at + LINE_TRACK.ringPool] + s[at + LINE_TRACK.invalidPool] + s[at + LINE_TRACK.cut]
    return noted === 0 && (this.#runAhead || s[at + LINE_TRACK.kernelPool] === 0)
  }

  /** Takes the invalid datagrams that filled no gap. */
  takeInvalid(): number {
    const invalid = this.#state[this.#at + LINE_TRACK.invalidPool]
    if (invalid > 0) this.#state[this.#at + LINE_TRACK.invalidPool] = 0
    return invalid
  }

  /** Messages that can have been dropped on this line, at most. */
  get most(): number {
    const s = this.#state
    return (
      s[this.#at + LINE_TRACK.kernelPool] * this.#perDatagram() + s[this.#at + LINE_TRACK.ringPool]
    )
  }

  /** Messages that the receiver discarded and no gap was explained by. */
  get ringLeft(): number {
    return this.#state[this.#at + LINE_TRACK.ringPool]
  }

  /**
   * Datagrams that the kernel dropped before the last one that was shown, and that may have been behind it
   * all the same: where drops are stamped on datagrams, none.
   */
  get kernelLeft(): number {
    return this.#runAhead ? this.#state[this.#at + LINE_TRACK.kernelPool] : 0
  }

  /** Divides a gap among those who may have lost it, and takes that from what was noted. */
  explain(count: number): void {
    const s = this.#state
    const at = this.#at
    const perDatagram = this.#perDatagram()
    this.ring = Math.min(count, s[at + LINE_TRACK.ringPool])
    const cut = s[at + LINE_TRACK.cut] > 0
    const invalid = cut ? count : s[at + LINE_TRACK.invalidPool] * perDatagram
    this.invalid = Math.min(count - this.ring, invalid)
    this.kernel = Math.min(
      count - this.ring - this.invalid,
      s[at + LINE_TRACK.kernelPool] * perDatagram,
    )
    this.network = count - this.ring - this.invalid - this.kernel
    s[at + LINE_TRACK.ringPool] = 0
    s[at + LINE_TRACK.cut] = 0
    if (!cut) s[at + LINE_TRACK.invalidPool] -= Math.ceil(this.invalid / perDatagram)
    s[at + LINE_TRACK.kernelPool] -= Math.ceil(this.kernel / perDatagram)
  }

  /** Messages that the kernel's unexplained drops stand for at most; they are forgotten. */
  takeKernel(): number {
    const messages = this.#state[this.#at + LINE_TRACK.kernelPool] * this.#perDatagram()
    this.#state[this.#at + LINE_TRACK.kernelPool] = 0
    return messages
  }

  #perDatagram(): number {
    return Math.max(1, this.#state[TRACK.maxPerDatagram])
  }
}
