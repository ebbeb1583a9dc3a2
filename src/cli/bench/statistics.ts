/** What several rounds of the same measurement gave. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The middle one, or the mean of the middle two; null of nothing. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export function spread(values: readonly number[]): Spread | null {
  const middle = median(values)
  if (middle === null) return null
  return { median: middle, min: Math.min(...values), max: Math.max(...values) }
}

/** The median of the ratios round by round: it holds when the machine's speed drifts. */
export function medianRatio(
  values: readonly (number | null)[],
  base: readonly (number | null)[],
): number | null {
  const ratios: number[] = []
  values.forEach((value, i) => {
    const other = base[i] ?? null
    if (value !== null && other !== null && other > 0) ratios.push(value / other)
  })
  return median(ratios)
}
