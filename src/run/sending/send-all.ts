import type { IdleStrategy } from '../../ring/idle-strategy.js'
import type { CollectionCounter } from '../thread/collection-counter.js'
import type { ControlBlock } from '../thread/control-block.js'
import { type Agent, runDutyCycle } from '../thread/duty-cycle.js'
import type { Heartbeat } from '../thread/heartbeat.js'

/** What sends until it is done. */
export interface SendAgent extends Agent {
  readonly done: boolean
}

/** Sends until all is sent or the run is to stop. For a thread of its own; hot until it returns. */
export function sendAll(
  loop: SendAgent,
  control: ControlBlock,
  idle: IdleStrategy,
  collections: Pick<CollectionCounter, 'begin'>,
  heartbeat: Heartbeat,
): void {
  runDutyCycle(loop, idle, () => loop.done || control.stopping, collections, heartbeat)
}
