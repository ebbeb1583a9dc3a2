import {
  type Histogram,
  type HistogramSnapshot,
  type LatencySummary,
  summarize,
} from '../../account/histogram.js'

/** The lowest row begins here: faster than light through this machine's kernel. */
const LOWEST_NS = 256
const ROWS_PER_DOUBLING = 2
const ROWS = 52

/** Lower ends of the rows of a heat map, two for each doubling, up to half a minute. */
export const HEAT_ROWS_NS: readonly number[] = Array.from({ length: ROWS }, (_, row) =>
  Math.round(LOWEST_NS * 2 ** (row / ROWS_PER_DOUBLING)),
)

/** What was recorded between two looks. */
export interface IntervalReading {
  readonly summary: LatencySummary | null
  /** Row, count, row, count, … */
  readonly heat: readonly number[]
}

/** Follows a histogram, from look to look. */
export class Interval {
  readonly #histogram: Histogram
  #before: HistogramSnapshot | undefined

  constructor(histogram: Histogram) {
    this.#histogram = histogram
  }

  read(): IntervalReading {
    const now = this.#histogram.snapshot()
    const since = this.#before === undefined ? now : now.since(this.#before)
    this.#before = now
    if (since.count === 0) return { summary: null, heat: [] }
    const rows = new Map<number, number>()
    for (const { fromNs, count } of since.buckets()) {
      const row = rowOf(fromNs)
      rows.set(row, (rows.get(row) ?? 0) + count)
    }
    return { summary: summarize(since), heat: [...rows].flat() }
  }
}

function rowOf(ns: number): number {
  const row = Math.floor(ROWS_PER_DOUBLING * Math.log2(Math.max(ns, 1) / LOWEST_NS))
  return Math.min(Math.max(row, 0), ROWS - 1)
}
