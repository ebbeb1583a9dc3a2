import type { Clock } from '../../foundation/clock.js'
import type { CollectionCounter } from '../thread/collection-counter.js'
import { scratchHeartbeat } from '../thread/heartbeat.js'

const PAUSE_MS = 3

/** V8 compiles in the background: gives the core away for a moment, so that it gets to it. */
export function pauseForCompiler(ms = PAUSE_MS): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** The same as a turn that takes long: such are rare, and the first of a run leads to more than others do. */
export function pauseInTurn(clock: Clock, collections: CollectionCounter): void {
  const heartbeat = scratchHeartbeat(clock, collections)
  heartbeat.begin()
  pauseForCompiler()
  heartbeat.busy()
}
