/** Buckets of each doubling. */
const STEPS = 4
/** Below so many ns leads are one bucket; above 2^40 too. */
const LEAST_BITS = 7
const MOST_BITS = 40
const SIDE = (MOST_BITS - LEAST_BITS) * STEPS + 1

/** A range of leads, in ns: A before B is positive. */
export interface LeadBucket {
  readonly fromNs: number
  readonly toNs: number
  readonly count: number
}

/** How often which line was ahead by how much, in buckets that grow with the lead. */
export class LeadCounts {
  readonly #counts = [new Float64Array(SIDE), new Float64Array(SIDE)] as const

  /** @param ns by which A came before B; negative: B came before A */
  add(ns: number): void {
    const counts = ns >= 0 ? this.#counts[0] : this.#counts[1]
    counts[bucketOf(Math.abs(ns))] = (counts[bucketOf(Math.abs(ns))] ?? 0) + 1
  }

  /** Buckets that have any, from the one in which B was ahead most to that of A. */
  buckets(): readonly LeadBucket[] {
    const [ahead, behind] = this.#counts
    const found: LeadBucket[] = []
    for (let i = SIDE - 1; i >= 0; i--) {
      const count = behind[i] ?? 0
      if (count > 0) found.push({ fromNs: -startOf(i + 1), toNs: -startOf(i), count })
    }
    ahead.forEach((count, i) => {
      if (count > 0) found.push({ fromNs: startOf(i), toNs: startOf(i + 1), count })
    })
    return found
  }
}

function bucketOf(ns: number): number {
  if (ns < 2 ** LEAST_BITS) return 0
  const bits = Math.min(Math.log2(ns), MOST_BITS - 1 / STEPS)
  return 1 + Math.floor((bits - LEAST_BITS) * STEPS)
}

function startOf(bucket: number): number {
  return bucket === 0 ? 0 : Math.round(2 ** (LEAST_BITS + (bucket - 1) / STEPS))
}
