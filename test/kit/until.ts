import { setTimeout as sleep } from 'node:timers/promises'

/** How long a busy machine may take for what takes a moment. */
const LIMIT_MS = 60_000
const LOOK_MS = 2

/**
 * Waits until a condition holds, which nothing announces.
 *
 * @param what is waited for: what the failing test says
 * @throws {Error} if it does not hold within the limit
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = LIMIT_MS,
): Promise<void> {
  const deadlineMs = performance.now() + limitMs
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${limitMs} ms: ${what}`)
    await sleep(LOOK_MS)
  }
}
