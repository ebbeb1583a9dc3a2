/** Windows that peaks are told of, by the names they have in reports, in nanoseconds. */
const WINDOWS = { '1ms': 1e6, '10ms': 1e7, '100ms': 1e8, '1s': 1e9 } as const

/** Messages in the busiest window of each length. */
export type Peaks = Readonly<Record<keyof typeof WINDOWS, number>>

const FIRST_CAPACITY = 4_096

/**
 * Finds the busiest windows of a recording: sliding ones, so that where they begin is not chosen by a
 * clock. A window holds what came within less than its length before its last message. One pass; memory
 * for the datagrams of one second.
 */
export class PeakCounter {
  /** A ring of datagrams: when they came and how many messages they brought. */
  #timesNs = new Float64Array(FIRST_CAPACITY)
  #counts = new Float64Array(FIRST_CAPACITY)
  #end = 0
  readonly #windows = Object.values(WINDOWS).map((lengthNs) => ({
    lengthNs,
    begin: 0,
    sum: 0,
    peak: 0,
  }))

  /** @param timeNs not before the one before, from any beginning */
  note(timeNs: number, messages: number): void {
    const widest = this.#windows.at(-1)
    if (widest === undefined) return
    if (this.#end - widest.begin === this.#timesNs.length) this.#grow(widest.begin)
    const mask = this.#timesNs.length - 1
    this.#timesNs[this.#end & mask] = timeNs
    this.#counts[this.#end & mask] = messages
    this.#end++
    for (const window of this.#windows) {
      window.sum += messages
      while (this.#timesNs[window.begin & mask] <= timeNs - window.lengthNs) {
        window.sum -= this.#counts[window.begin & mask]
        window.begin++
      }
      window.peak = Math.max(window.peak, window.sum)
    }
  }

  peaks(): Peaks {
    const names = Object.keys(WINDOWS)
    return Object.fromEntries(this.#windows.map(({ peak }, i) => [names[i], peak])) as Peaks
  }

  #grow(begin: number): void {
    const times = new Float64Array(2 * this.#timesNs.length)
    const counts = new Float64Array(times.length)
    const mask = this.#timesNs.length - 1
    for (let i = begin; i < this.#end; i++) {
      times[i & (times.length - 1)] = this.#timesNs[i & mask]
      counts[i & (times.length - 1)] = this.#counts[i & mask]
    }
    this.#timesNs = times
    this.#counts = counts
  }
}
