/**
 * The value that would lie at `rank` if the first `count` values were sorted. Reorders them. Takes a
 * time proportional to `count`, where sorting all would take longer for each capacity than its pass.
 *
 * C. A. R. Hoare, "Algorithm 65: Find", Communications of the ACM 4 (7), 1961.
 *
 * @param rank from 0 to `count` - 1
 */
export function selectRank(values: Float64Array, count: number, rank: number): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const pivot = middleOfThree(values[low], values[(low + high) >>> 1], values[high])
    let left = low
    let right = high
    while (left <= right) {
      while (values[left] < pivot) left++
      while (values[right] > pivot) right--
      if (left > right) break
      const moved = values[left]
      values[left++] = values[right]
      values[right--] = moved
    }
    if (rank <= right) high = right
    else if (rank >= left) low = left
    else return values[rank]
  }
  return values[rank]
}

/** The value that `percent` percent of the first `count` do not exceed: nearest rank, exact. Reorders. */
export function percentileOf(values: Float64Array, count: number, percent: number): number {
  return selectRank(values, count, Math.max(0, Math.ceil((percent * count) / 100) - 1))
}

function middleOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
