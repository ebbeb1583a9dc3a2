import { THREAD } from '../../account/thread-counters.js'
import { NS_PER_SECOND } from '../../foundation/units.js'
import type { MetricFamilies } from './metric-families.js'

/**
 * The metrics of hot threads.
 *
 * @param threads names, and what each says of itself
 * @param collections by thread; null or undefined while nobody knows
 */
export function writeThreads(
  families: MetricFamilies,
  threads: readonly (readonly [string, Float64Array])[],
  collections: Readonly<Record<string, number | null | undefined>>,
): void {
  families.counter(
    'tickwire_garbage_collections_total',
    'Garbage collections of a thread from its first message on.',
  )
  for (const [thread, count] of Object.entries(collections)) families.value({ thread }, count)
  families.counter('tickwire_thread_turns_total', "Turns of a thread's loop.")
  for (const [thread, counters] of threads) families.value({ thread }, counters[THREAD.turns])
  families.counter('tickwire_thread_long_turns_total', 'Turns that took more than a millisecond.')
  for (const [thread, counters] of threads) families.value({ thread }, counters[THREAD.longTurns])
  families.gauge('tickwire_thread_longest_turn_seconds', 'The longest turn so far.')
  for (const [thread, counters] of threads) {
    families.value({ thread }, (counters[THREAD.longestTurnNs] ?? 0) / NS_PER_SECOND)
  }
  families.gauge('tickwire_thread_running', '1 while the loop of a thread runs.')
  for (const [thread, counters] of threads) families.value({ thread }, counters[THREAD.running])
}

/** Garbage collections of the threads with such names, while they run; null if nobody counts them. */
export function collectionsOf(
  threads: readonly (readonly [string, Float64Array])[],
  names: RegExp,
): number | null {
  const counted = threads.filter(
    ([name, counters]) => names.test(name) && counters[THREAD.collectionsCounted] === 1,
  )
  if (counted.length === 0) return null
  return counted.reduce((sum, [, counters]) => sum + (counters[THREAD.collections] ?? 0), 0)
}
