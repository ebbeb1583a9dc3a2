import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { resourceLimits } from 'node:worker_threads'

/** Both halves of the young generation; V8's limit counts large objects as a third part. */
const HALVES = 2 / 3
const MIB = 2 ** 20
/** Few and long: to copy them is cheaper than to copy many. */
const ARRAY_LENGTH = 16_000
const ARRAYS_PER_ROUND = 2
/** As many as it takes V8 to get there in its own small steps. */
const MAX_ROUNDS = 96
/** From the smallest size to the full one at once, and what V8 does otherwise. */
const GROW_AT_ONCE = 16
const GROW_BY_DEFAULT = 2
const MAX_ATTEMPTS = 1000

/**
 * Lets this thread's young generation grow to its full size, and leaves the heap empty of garbage: the
 * little that a hot loop allocates while the compiler still works on it does not start a collection in the
 * midst of messages, and none that has begun before ends there.
 */
export function growHeap(): void {
  growYoungGeneration()
  collectAll()
}

/** What survives makes V8 enlarge it. To grow by little is to collect often, and to copy all of it each time. */
function growYoungGeneration(): void {
  const fullBytes = (resourceLimits.maxYoungGenerationSizeMb ?? Number.NaN) * MIB * HALVES
  // The flag is one for the process: where another thread takes it back, this one takes more rounds.
  setFlagsFromString(`--semi-space-growth-factor=${GROW_AT_ONCE}`)
  const kept: number[][] = []
  for (let round = 0; round < MAX_ROUNDS && !(youngBytes() >= fullBytes); round++) {
    for (let i = 0; i < ARRAYS_PER_ROUND; i++) kept.push(new Array<number>(ARRAY_LENGTH).fill(i))
  }
  setFlagsFromString(`--semi-space-growth-factor=${GROW_BY_DEFAULT}`)
}

function youngBytes(): number {
  const spaces = getHeapSpaceStatistics()
  return spaces.find(({ space_name: name }) => name === 'new_space')?.space_size ?? Number.NaN
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
