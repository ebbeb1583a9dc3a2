import type { IdleStrategy } from '../../ring/idle-strategy.js'
import type { CollectionCounter } from '../thread/collection-counter.js'
import type { ControlBlock } from '../thread/control-block.js'
import { runDutyCycle } from '../thread/duty-cycle.js'
import type { Heartbeat } from '../thread/heartbeat.js'
import type { LineInput } from './line-input.js'

/** Receives a line until the run is to stop, and closes it. For a thread of its own; hot until it returns. */
export function receiveLine(
  input: LineInput,
  control: ControlBlock,
  idle: IdleStrategy,
  collections: CollectionCounter,
  heartbeat: Heartbeat,
  firstWork: Pick<CollectionCounter, 'begin'> = collections,
): void {
  runDutyCycle(input, idle, () => control.stopping, firstWork, heartbeat)
  collections.end()
  input.close()
}
