/** How often a feed with limits is looked at: within the shortest of them so many times. */
const LOOKS = 10
/** Where hot threads have all cores, each look interrupts one of them. */
const SHORTEST_LOOK_MS = 20
const LONGEST_LOOK_MS = 100

/** When a run ends by itself; null: it does not for that reason. */
export interface RunLimits {
  readonly durationMs: number | null
  /** Without a datagram, once the first has come. */
  readonly idleExitMs: number | null
  /** Without any datagram at all. */
  readonly firstWithinMs: number | null
}

/**
 * Watches a run for its limits, from a timer of the thread that started it.
 *
 * @param progress a number that is 0 before the first datagram, and grows with each
 * @param end called once, when a limit is reached
 * @returns what ends the watch
 */
export function watchLimits(
  { durationMs, idleExitMs, firstWithinMs }: RunLimits,
  progress: () => number,
  end: (reason: 'duration' | 'idle') => void,
): () => void {
  const limits = [durationMs, idleExitMs, firstWithinMs].filter((limit) => limit !== null)
  if (limits.length === 0) return () => {}
  const startMs = performance.now()
  let seen = progress()
  let seenMs = startMs
  const look = () => {
    const nowMs = performance.now()
    const now = progress()
    if (now !== seen) {
      seen = now
      seenMs = nowMs
    }
    const idleMs = seen > 0 ? idleExitMs : firstWithinMs
    if (idleMs !== null && nowMs - seenMs >= idleMs) end('idle')
    else if (durationMs !== null && nowMs - startMs >= durationMs) end('duration')
  }
  const shortestMs = Math.min(...limits)
  const timer = setInterval(
    look,
    Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, shortestMs / LOOKS)),
  )
  return () => clearInterval(timer)
}
