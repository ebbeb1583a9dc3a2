const BINS = 256
const FIRST_WIDTH_NS = 1e6

/** What became of messages in a stretch of time. */
export interface TimeBin {
  readonly firstA: number
  readonly firstB: number
  readonly together: number
  readonly lostA: number
  readonly lostB: number
  readonly lostOnBoth: number
}

const KINDS = ['firstA', 'firstB', 'together', 'lostA', 'lostB', 'lostOnBoth'] as const
export type BinKind = (typeof KINDS)[number]

/** Counts over time in at most 256 bins of equal width, which doubles when they do not suffice. */
export class TimeBins {
  widthNs = FIRST_WIDTH_NS
  /** When the first bin begins; NaN: nothing was counted. */
  startNs = Number.NaN
  #bins: Float64Array[] = []

  add(ns: number, kind: BinKind): void {
    if (Number.isNaN(ns)) return
    if (Number.isNaN(this.startNs)) this.startNs = ns
    while (ns < this.startNs) this.#growBefore()
    while (ns >= this.startNs + this.widthNs * BINS) this.#double()
    const at = Math.floor((ns - this.startNs) / this.widthNs)
    while (this.#bins.length <= at) this.#bins.push(new Float64Array(KINDS.length))
    const bin = this.#bins[at] as Float64Array
    const place = KINDS.indexOf(kind)
    bin[place] = (bin[place] ?? 0) + 1
  }

  bins(): readonly TimeBin[] {
    return this.#bins.map(
      (bin) =>
        Object.fromEntries(KINDS.map((kind, i) => [kind, bin[i] ?? 0])) as unknown as TimeBin,
    )
  }

  /** Makes room for what came before the first bin. */
  #growBefore(): void {
    if (this.#bins.length === BINS) this.#double()
    this.#bins.unshift(new Float64Array(KINDS.length))
    this.startNs -= this.widthNs
  }

  #double(): void {
    const merged: Float64Array[] = []
    for (let i = 0; i < this.#bins.length; i += 2) {
      const next = this.#bins[i + 1]
      merged.push((this.#bins[i] as Float64Array).map((count, kind) => count + (next?.[kind] ?? 0)))
    }
    this.#bins = merged
    this.widthNs *= 2
  }
}
