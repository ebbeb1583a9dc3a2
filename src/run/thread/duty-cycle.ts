import type { IdleStrategy } from '../../ring/idle-strategy.js'
import type { Heartbeat } from './heartbeat.js'

/** One turn of a hot loop; returns how much it did. */
export interface Agent {
  doWork(): number
}

/**
 * Turns an agent over and over until `over` says so. No event loop runs meanwhile.
 *
 * @param onFirstWork called once, after the first turn that did something
 */
export function runDutyCycle(
  agent: Agent,
  idle: IdleStrategy,
  over: () => boolean,
  onFirstWork: () => void,
  heartbeat: Heartbeat,
): void {
  heartbeat.begin()
  while (!over()) {
    const work = agent.doWork()
    idle.idle(work)
    if (work > 0) {
      heartbeat.busy()
      onFirstWork()
      break
    }
    heartbeat.rested()
  }
  while (!over()) {
    const work = agent.doWork()
    if (work > 0) heartbeat.busy()
    idle.idle(work)
    if (work === 0) heartbeat.rested()
  }
  heartbeat.end()
}
