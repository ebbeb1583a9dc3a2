import { assert } from '../foundation/assert.js'
import { alignUp, FALSE_SHARING_RANGE_BYTES } from '../foundation/units.js'
import type { CounterSection } from './counters-layout.js'

// Shared memory of one histogram, all float64. All zeros is an empty histogram, so fresh memory
// needs no set-up, and a reader may attach before the writer does.
//
//   byte 0       8         16        24            128       136            34,944
//   +-----------+---------+---------+-------------+---------+---- - - -----+
//   |    sum    |   max   | deficit |   (unused)  | count 0 | count 1 ...  |
//   +-----------+---------+---------+-------------+---------+---- - - -----+
//                          deficit = MAX_TRACKABLE_NS - min
//
// The count of all values is the sum of the buckets' counts and is not kept a second time.
//
// Buckets are log-linear: 128 of 1 ns, then 128 for each doubling.
//
//   value      0 .. 255   256 .. 511   512 .. 1023   ...   2^39 .. 2^40 - 1
//   width          1           2             4       ...         2^32
//   index      0 .. 255   256 .. 383   384 .. 511    ...    4224 .. 4351
//
// Hence a bucket's width is below 1/128 of its values: less than 0.8 % of relative error.
const SUB_BUCKET_BITS = 7
const SUB_BUCKETS = 2 ** SUB_BUCKET_BITS
const TRACKABLE_BITS = 40
const BUCKETS = SUB_BUCKETS * (TRACKABLE_BITS - SUB_BUCKET_BITS + 1)
const HEADER_BYTES = FALSE_SHARING_RANGE_BYTES
const SUM = 0
const MAX = 1
const DEFICIT = 2
const TWO_POW_31 = 2 ** 31

/** The largest value told apart, in nanoseconds: 18 minutes. What is larger counts as this. */
export const MAX_TRACKABLE_NS = 2 ** TRACKABLE_BITS - 1

/** Shared memory that one histogram takes. */
export const HISTOGRAM_BYTES = alignUp(HEADER_BYTES + BUCKETS * 8, FALSE_SHARING_RANGE_BYTES)

/**
 * The bucket of a whole or fractional value from 0 to {@link MAX_TRACKABLE_NS}.
 *
 * `clz32` sees 32 bits only, so a value from 2^31 on is looked at without its low 8 bits.
 */
function bucketIndex(valueNs: number): number {
  if (valueNs < SUB_BUCKETS) return valueNs | 0
  if (valueNs < TWO_POW_31) {
    const shift = 31 - SUB_BUCKET_BITS - Math.clz32(valueNs)
    return (shift << SUB_BUCKET_BITS) + (valueNs >>> shift)
  }
  const right = (valueNs / 256) >>> 0
  const shift = 39 - SUB_BUCKET_BITS - Math.clz32(right)
  return (shift << SUB_BUCKET_BITS) + (right >>> (shift - 8))
}

/** The smallest whole value in a bucket; for the index past the last one, the first too large. */
function bucketStartNs(index: number): number {
  if (index < SUB_BUCKETS) return index
  const shift = (index >>> SUB_BUCKET_BITS) - 1
  return (index - shift * SUB_BUCKETS) * 2 ** shift
}

export function histogramSection(label: string): CounterSection {
  return { kind: 'histogram', label, bytes: HISTOGRAM_BYTES }
}

/**
 * A distribution of latencies in shared memory.
 *
 * One thread records, without allocating; any number of threads take snapshots meanwhile. A
 * snapshot taken while the writer records may lack its last few values, or have one of them in
 * `min` and `max` and not in a bucket yet. It is exact once the writer has stopped.
 */
export class Histogram {
  /** What `recordTimes` counts. A field: an argument would be boxed where the call is not inlined. */
  valueNs = Number.NaN
  readonly #header: Float64Array
  readonly #counts: Float64Array

  /** @param byteOffset where {@link HISTOGRAM_BYTES} bytes begin, a multiple of 8. */
  constructor(buffer: ArrayBufferLike, byteOffset: number) {
    assert(byteOffset % 8 === 0, `a histogram at byte ${byteOffset} is not aligned to 8`)
    assert(
      byteOffset >= 0 && byteOffset + HISTOGRAM_BYTES <= buffer.byteLength,
      `a histogram of ${HISTOGRAM_BYTES} bytes at ${byteOffset} leaves ${buffer.byteLength} bytes`,
    )
    this.#header = new Float64Array(buffer, byteOffset, 3)
    this.#counts = new Float64Array(buffer, byteOffset + HEADER_BYTES, BUCKETS)
  }

  /**
   * Counts a value. Writer's thread only.
   *
   * The difference of two wall-clock stamps is negative when a clock was set back in between: that
   * counts as 0, and so does NaN. What is above {@link MAX_TRACKABLE_NS} counts as that.
   */
  record(valueNs: number): void {
    this.valueNs = valueNs
    this.recordTimes(1)
  }

  /** Counts `valueNs` so many times, as `record` would. Writer's thread only. */
  recordTimes(times: number): void {
    const { valueNs } = this
    const value = valueNs > 0 ? Math.min(valueNs, MAX_TRACKABLE_NS) : 0
    const header = this.#header
    header[SUM] += value * times
    if (value > header[MAX]) header[MAX] = value
    const deficit = MAX_TRACKABLE_NS - value
    if (deficit > header[DEFICIT]) header[DEFICIT] = deficit
    this.#counts[bucketIndex(value)] += times
  }

  /** A copy to compute with. Any thread; allocates. */
  snapshot(): HistogramSnapshot {
    const counts = this.#counts.slice()
    const minNs = MAX_TRACKABLE_NS - this.#header[DEFICIT]
    return new HistogramSnapshot(counts, minNs, this.#header[MAX], this.#header[SUM])
  }

  /** Forgets all values. Writer's thread only. */
  reset(): void {
    this.#header.fill(0)
    this.#counts.fill(0)
  }
}

/** Values from `fromNs` up to and including `toNs`, and how many of them there were. */
export interface HistogramBucket {
  readonly fromNs: number
  readonly toNs: number
  readonly count: number
}

/** What a histogram held at one moment. Immutable. */
export class HistogramSnapshot {
  /** How many values. */
  readonly count: number
  /** The smallest value, exact, in nanoseconds; `null` without values. */
  readonly min: number | null
  /** The largest value, exact, in nanoseconds; `null` without values. */
  readonly max: number | null
  /** The mean, in nanoseconds, as exact as a float64 sum of the values; `null` without values. */
  readonly mean: number | null
  readonly #counts: Float64Array
  readonly #sumNs: number

  /** Made by {@link Histogram.snapshot} and {@link merge}. Keeps `counts`, one for each bucket. */
  constructor(counts: Float64Array, minNs: number, maxNs: number, sumNs: number) {
    assert(counts.length === BUCKETS, `${counts.length} counts for ${BUCKETS} buckets`)
    this.#counts = counts
    this.#sumNs = sumNs
    this.count = counts.reduce((total, count) => total + count, 0)
    this.min = this.count === 0 ? null : minNs
    this.max = this.count === 0 ? null : maxNs
    this.mean = this.count === 0 ? null : sumNs / this.count
  }

  /** The sum of all values, in nanoseconds, as exact as a float64. */
  get sumNs(): number {
    return this.#sumNs
  }

  /**
   * The value that `p` percent of all values do not exceed (nearest rank), in nanoseconds: the
   * upper end of its bucket, but never above `max`. `null` without values.
   *
   * @param p from 0 to 100; 0 asks for the first rank.
   */
  percentile(p: number): number | null {
    assert(p >= 0 && p <= 100, `percentile ${p} is not between 0 and 100`)
    if (this.max === null) return null
    // 99.9 / 100 * 1000 comes out just above 999: without the correction it would be rank 1000.
    const rank = Math.max(1, Math.ceil((p / 100) * this.count * (1 - 4 * Number.EPSILON)))
    let seen = 0
    for (let index = 0; index < BUCKETS; index++) {
      seen += this.#counts[index]
      if (seen >= rank) return Math.min(bucketStartNs(index + 1) - 1, this.max)
    }
    return this.max
  }

  /** The buckets that hold something, in ascending order. */
  *buckets(): Generator<HistogramBucket> {
    for (let index = 0; index < BUCKETS; index++) {
      const count = this.#counts[index]
      if (count > 0) {
        yield { fromNs: bucketStartNs(index), toNs: bucketStartNs(index + 1) - 1, count }
      }
    }
  }

  /**
   * What was counted since an earlier snapshot of the same histogram; all, if it was reset meanwhile. The
   * extremes are as fine as the buckets.
   */
  since(earlier: HistogramSnapshot): HistogramSnapshot {
    const counts = this.#counts.map((count, index) => count - earlier.#counts[index])
    if (counts.some((count) => count < 0)) return this
    const first = counts.findIndex((count) => count > 0)
    const last = counts.findLastIndex((count) => count > 0)
    const minNs = Math.max(this.min ?? 0, bucketStartNs(Math.max(0, first)))
    const maxNs = Math.min(this.max ?? 0, bucketStartNs(last + 1) - 1)
    return new HistogramSnapshot(counts, minNs, maxNs, this.#sumNs - earlier.#sumNs)
  }

  /** The distribution of the values of both. */
  merge(other: HistogramSnapshot): HistogramSnapshot {
    const counts = this.#counts.map((count, index) => count + other.#counts[index])
    const minNs = Math.min(this.min ?? MAX_TRACKABLE_NS, other.min ?? MAX_TRACKABLE_NS)
    const maxNs = Math.max(this.max ?? 0, other.max ?? 0)
    return new HistogramSnapshot(counts, minNs, maxNs, this.#sumNs + other.#sumNs)
  }
}

/** The figures of a report, in nanoseconds; `null` where nothing was measured. */
export interface LatencySummary {
  readonly count: number
  readonly p50: number | null
  readonly p90: number | null
  readonly p99: number | null
  readonly p999: number | null
  readonly max: number | null
}

/** The figures of a report from a distribution. */
export function summarize(snapshot: HistogramSnapshot): LatencySummary {
  return {
    count: snapshot.count,
    p50: snapshot.percentile(50),
    p90: snapshot.percentile(90),
    p99: snapshot.percentile(99),
    p999: snapshot.percentile(99.9),
    max: snapshot.max,
  }
}
