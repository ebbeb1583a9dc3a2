import type { HistogramSnapshot } from './histogram.js'

/** Lines for each halving of the distance to 100 %, as HdrHistogram's own exporters have by default. */
const TICKS_PER_HALF_DISTANCE = 5
const NS_PER_UNIT = 1000

/**
 * A distribution as text, in the percentile format of HdrHistogram, which its plotter reads: values in
 * microseconds, percentiles as fractions, counts up to there, and 1/(1-percentile).
 *
 * @see https://hdrhistogram.github.io/HdrHistogram/plotFiles.html
 */
export function formatPercentiles(snapshot: HistogramSnapshot): string {
  const lines = ['       Value     Percentile TotalCount 1/(1-Percentile)', '']
  const { count, max } = snapshot
  if (max !== null) {
    for (let percent = 0; ; ) {
      const rank = Math.max(1, Math.ceil((percent / 100) * count))
      if (rank >= count) break
      lines.push(line(snapshot.percentile(percent) ?? max, percent, countUpTo(snapshot, rank)))
      const halvings = Math.floor(Math.log2(100 / (100 - percent))) + 1
      percent += 100 / (TICKS_PER_HALF_DISTANCE * 2 ** halvings)
    }
    lines.push(line(max, 100, count))
  }
  const mean = (snapshot.mean ?? 0) / NS_PER_UNIT
  const deviation = standardDeviation(snapshot) / NS_PER_UNIT
  lines.push(
    `#[Mean    = ${fixed(mean)}, StdDeviation   = ${fixed(deviation)}]`,
    `#[Max     = ${fixed((max ?? 0) / NS_PER_UNIT)}, Total count    = ${String(count).padStart(12)}]`,
  )
  return `${lines.join('\n')}\n`
}

function line(valueNs: number, percent: number, upTo: number): string {
  const value = (valueNs / NS_PER_UNIT).toFixed(3).padStart(12)
  const fraction = (percent / 100).toFixed(12).padStart(14)
  const inverse = percent === 100 ? '' : ` ${(1 / (1 - percent / 100)).toFixed(2).padStart(14)}`
  return `${value} ${fraction} ${String(upTo).padStart(10)}${inverse}`
}

/** How many values lie in the buckets up to the one that holds a rank. */
function countUpTo(snapshot: HistogramSnapshot, rank: number): number {
  let seen = 0
  for (const bucket of snapshot.buckets()) {
    seen += bucket.count
    if (seen >= rank) break
  }
  return seen
}

function standardDeviation(snapshot: HistogramSnapshot): number {
  if (snapshot.mean === null) return 0
  let squares = 0
  for (const { fromNs, toNs, count } of snapshot.buckets()) {
    squares += count * ((fromNs + toNs) / 2 - snapshot.mean) ** 2
  }
  return Math.sqrt(squares / snapshot.count)
}

function fixed(value: number): string {
  return value.toFixed(3).padStart(12)
}
