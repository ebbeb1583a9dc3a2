import { LOSS } from './gap-table.js'
import { DROP_MEMORY_DATAGRAMS } from './tracker-limits.js'
import { TRACK } from './tracker-state.js'

/**
 * Drops that are known of and have not explained a gap yet: by the receiver for want of a slot, in
 * datagrams that could not be read, by the kernel. What they leave of a gap is the network's. Works on
 * the tracker's memory; one thread, no allocation.
 */
export class DropPools {
  /** How the gap that was explained last is divided; the four add up to its size. */
  ring = 0
  invalid = 0
  kernel = 0
  network = 0
  readonly #state: Float64Array
  readonly #runAhead: boolean
  readonly #lineCount: number

  constructor(state: Float64Array, runAhead: boolean, lineCount: number) {
    this.#state = state
    this.#runAhead = runAhead
    this.#lineCount = lineCount
  }

  /** Messages in a datagram, in the mean; 1 before the first. */
  get meanPerDatagram(): number {
    const s = this.#state
    return s[TRACK.datagrams] === 0 ? 1 : s[TRACK.messages] / s[TRACK.datagrams]
  }

  noteKernel(datagrams: number): void {
    this.#state[TRACK.kernelPool] += datagrams
    this.#state[TRACK.kernelPoolAge] = 0
  }

  noteRing(messages: number): void {
    this.#state[TRACK.ringPool] += messages
  }

  noteInvalid(): void {
    this.#state[TRACK.invalidPool] += 1
  }

  /** A datagram came without a gap: drops before it were not of this feed, or of what comes later. */
  age(): void {
    const s = this.#state
    if (s[TRACK.invalidPool] > 0) this.countStrays()
    s[TRACK.ringPool] = 0
    if (s[TRACK.kernelPool] > 0 && !this.#runAhead) {
      s[TRACK.kernelPoolAge] += 1
      if (s[TRACK.kernelPoolAge] > DROP_MEMORY_DATAGRAMS) s[TRACK.kernelPool] = 0
    }
  }

  /** Invalid datagrams that fill no gap are messages of their own that nobody will get. */
  countStrays(): void {
    const s = this.#state
    s[TRACK.expected] += s[TRACK.invalidPool]
    s[TRACK.strays] += s[TRACK.invalidPool]
    s[TRACK.lost + LOSS.invalid] += s[TRACK.invalidPool]
    s[TRACK.invalidPool] = 0
  }

  /** Whether kernel and receiver together dropped enough for a gap of this size. */
  suffice(gap: number): boolean {
    const s = this.#state
    return s[TRACK.kernelPool] * this.#perDatagram() + s[TRACK.ringPool] >= gap
  }

  /** Divides a gap among those who may have lost it, and takes that from the pools. */
  explain(count: number): void {
    const s = this.#state
    const perDatagram = this.#perDatagram()
    this.ring = Math.min(count, s[TRACK.ringPool])
    this.invalid = Math.min(count - this.ring, s[TRACK.invalidPool] * perDatagram)
    this.kernel = Math.min(count - this.ring - this.invalid, s[TRACK.kernelPool] * perDatagram)
    this.network = count - this.ring - this.invalid - this.kernel
    s[TRACK.ringPool] = 0
    s[TRACK.invalidPool] -= Math.ceil(this.invalid / perDatagram)
    s[TRACK.kernelPool] -= Math.ceil(this.kernel / perDatagram)
  }

  /** Messages that the kernel's unexplained drops stand for at most; they are forgotten. */
  takeKernel(): number {
    const messages = this.#state[TRACK.kernelPool] * this.#perDatagram()
    this.#state[TRACK.kernelPool] = 0
    return messages
  }

  /** Messages that all drops since the last datagram, and these, stand for in the mean. */
  estimate(tailKernelDrops: number, tailRingDrops: number): number {
    const s = this.#state
    // Of several lines another one brought what was dropped before.
    const kernel = this.#lineCount > 1 ? 0 : s[TRACK.kernelPool]
    const noted = s[TRACK.ringPool] + tailRingDrops + s[TRACK.invalidPool]
    return noted + Math.round((kernel + tailKernelDrops) * this.meanPerDatagram)
  }

  /** The same for the tail of a feed whose end nobody knows. */
  estimateTail(): number {
    const s = this.#state
    // Drops that fell between datagrams without a gap were not of this feed's tail.
    const kernel = s[TRACK.kernelPoolAge] === 0 ? s[TRACK.kernelPool] : 0
    return s[TRACK.ringPool] + Math.round(kernel * this.meanPerDatagram)
  }

  #perDatagram(): number {
    return Math.max(1, this.#state[TRACK.maxPerDatagram])
  }
}
