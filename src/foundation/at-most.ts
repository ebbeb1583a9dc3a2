import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Settles when the promise does, or after so long. The timer goes with it: one that is left behind keeps a process
 * alive that has nothing more to do.
 */
export async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  const late = sleep(ms, undefined, { signal: over.signal }).catch(() => {})
  try {
    await Promise.race([promise, late])
  } finally {
    over.abort()
  }
}
