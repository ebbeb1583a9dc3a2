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
  /** Of each window, the shortest first: its length, its first datagram, and what lies in it. */
  readonly #lengthsNs = Float64Array.from(Object.values(WINDOWS))
  readonly #begins = new Float64Array(this.#lengthsNs.length)
  readonly #sums = new Float64Array(this.#lengthsNs.length)
  readonly #peaks = new Float64Array(this.#lengthsNs.length)

  /** @param timeNs not before the one before, from any beginning */
  note(timeNs: number, messages: number): void {
    const begins = this.#begins
    const widestBegin = begins[begins.length - 1]
    if (this.#end - widestBegin === this.#timesNs.length) this.#grow(widestBegin)
    const times = this.#timesNs
    const counts = this.#counts
    const mask = times.length - 1
    times[this.#end & mask] = timeNs
    counts[this.#end & mask] = messages
    this.#end++
    for (let i = 0; i < begins.length; i++) {
      const before = timeNs - this.#lengthsNs[i]
      let begin = begins[i]
      let sum = this.#sums[i] + messages
      for (; times[begin & mask] <= before; begin++) sum -= counts[begin & mask]
      begins[i] = begin
      this.#sums[i] = sum
      if (sum > this.#peaks[i]) this.#peaks[i] = sum
    }
  }

  peaks(): Peaks {
    const names = Object.keys(WINDOWS)
    return Object.fromEntries(names.map((name, i) => [name, this.#peaks[i]])) as Peaks
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
