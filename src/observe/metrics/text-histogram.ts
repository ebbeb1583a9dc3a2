import type { HistogramSnapshot } from '../../account/histogram.js'
import { NS_PER_SECOND } from '../../foundation/units.js'
import type { TextHistogram } from './metric-families.js'

/** Upper ends in ns, from a microsecond to ten seconds, three to a decade. */
const BOUNDS_NS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9].flatMap((ns) => [ns, 2.5 * ns, 5 * ns])
BOUNDS_NS.push(1e10)
const BOUNDS = BOUNDS_NS.map((ns) => ns / NS_PER_SECOND)

/**
 * A distribution in the buckets of the metrics, in seconds. A bucket of ours that a bound cuts counts as
 * above it: it is less than 0.8 % wide.
 */
export function textHistogram(snapshot: HistogramSnapshot): TextHistogram {
  const cumulative = BOUNDS.map(() => 0)
  let bound = 0
  let count = 0
  for (const bucket of snapshot.buckets()) {
    for (; bound < BOUNDS_NS.length && bucket.toNs > (BOUNDS_NS[bound] ?? 0); bound++) {
      cumulative[bound] = count
    }
    count += bucket.count
  }
  cumulative.fill(count, bound)
  return { bounds: BOUNDS, cumulative, sum: snapshot.sumNs / NS_PER_SECOND, count }
}
