import { CollectionCounter } from '../thread/collection-counter.js'

/** A run starts its counter once: too seldom for V8 to learn what that does. */
const STARTS = 64

/** A counter of collections for rehearsals, after V8 has learnt what it does: before the loops that call it. */
export function rehearsedCounter(): CollectionCounter {
  const collections = new CollectionCounter()
  for (let start = 0; start < STARTS; start++) {
    collections.begin()
    collections.begin()
    collections.poll()
    collections.end()
  }
  return collections
}
