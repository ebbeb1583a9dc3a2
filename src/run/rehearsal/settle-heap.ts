import { getHeapSpaceStatistics } from 'node:v8'

/** Rounds of arrays that are kept for four rounds: what survives makes V8 enlarge the young generation. */
const GROW_ROUNDS = 12
/** Few and long: to copy them is cheaper than to copy many. */
const ARRAYS_PER_ROUND = 256
const ARRAY_LENGTH = 1024
/** The young generation has 16 MiB at most by default; when it was filled this often, something is odd. */
const MAX_FILL_ROUNDS = 64
const ARRAYS_PER_FILL = 64

/**
 * Lets this thread's young generation grow to its full size and leaves it empty, so that the little
 * that a hot loop allocates while the compiler still works on it does not start a collection in the
 * midst of messages.
 */
export function settleHeap(): void {
  const kept: number[][] = []
  for (let round = 0; round < GROW_ROUNDS; round++) {
    for (let i = 0; i < ARRAYS_PER_ROUND; i++) kept.push(garbage(i))
    if (round % 4 === 3) kept.length = 0
  }
  // Fill it with garbage until its use drops: a collection has just been made.
  let used = youngBytes()
  for (let round = 0; round < MAX_FILL_ROUNDS; round++) {
    for (let i = 0; i < ARRAYS_PER_FILL; i++) garbage(i)
    const usedNow = youngBytes()
    if (usedNow < used) return
    used = usedNow
  }
}

function garbage(value: number): number[] {
  return new Array<number>(ARRAY_LENGTH).fill(value)
}

function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  return young?.space_used_size ?? 0
}
