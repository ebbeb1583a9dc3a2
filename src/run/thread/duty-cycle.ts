import type { IdleStrategy } from '../../ring/idle-strategy.js'
import type { CollectionCounter } from './collection-counter.js'
import type { Heartbeat } from './heartbeat.js'

/** One turn of a hot loop; returns how much it did. */
export interface Agent {
  doWork(): number
}

/**
 * Turns an agent over and over until `over` says so. No event loop runs meanwhile.
 *
 * @param firstWork told once, after the first turn that did something. A method, not a function: each run's
 * function would be another one for the compiler
 */
export function runDutyCycle(
  agent: Agent,
  idle: IdleStrategy,
  over: () => boolean,
  firstWork: Pick<CollectionCounter, 'begin'>,
  heartbeat: Heartbeat,
): void {
  heartbeat.begin()
  let worked = false
  while (!over()) {
    const work = agent.doWork()
    if (work > 0) {
      heartbeat.busy()
      if (!worked) firstWork.begin()
      worked = true
    }
    idle.idle(work)
    if (work === 0) heartbeat.rested()
  }
  heartbeat.end()
}
