import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Rounds of arrays that are kept for four rounds: what survives makes V8 enlarge the young generation. */
const GROW_ROUNDS = 12
/** Few and long: to copy them is cheaper than to copy many. */
const ARRAYS_PER_ROUND = 256
const ARRAY_LENGTH = 1024
const MAX_ATTEMPTS = 1000

/**
 * Lets this thread's young generation grow to its full size, and leaves the heap empty of garbage: the
 * little that a hot loop allocates while the compiler still works on it does not start a collection in the
 * midst of messages, and none that has begun before ends there.
 */
export function settleHeap(): void {
  const kept: number[][] = []
  for (let round = 0; round < GROW_ROUNDS; round++) {
    for (let i = 0; i < ARRAYS_PER_ROUND; i++) kept.push(new Array<number>(ARRAY_LENGTH).fill(i))
    if (round % 4 === 3) kept.length = 0
  }
  collectAll()
}

/**
 * Collects all garbage now. What survived the growth has filled the old generation, so that V8 may be in
 * the midst of marking it.
 */
function collectAll(): void {
  // The flag is one for the process: another thread that starts may take it back at any moment.
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    // Contexts that are made meanwhile have the function; this thread's own does not.
    setFlagsFromString('--expose-gc')
    const collect: (() => void) | undefined = runInNewContext('globalThis.gc')
    setFlagsFromString('--no-expose-gc')
    if (collect !== undefined) {
      collect()
      return
    }
  }
}
