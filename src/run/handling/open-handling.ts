import type { BookKeeper } from '../../handle/books/book-keeper.js'
import type { Handler } from '../../handle/handler.js'
import type { Naming } from '../../handle/loop/naming.js'
import { createClock } from '../../native/create-clock.js'
import { type IdleStrategy, ParkIdle, SpinIdle } from '../../ring/idle-strategy.js'
import { type FeedData, type HandlerFailure, slotSources } from '../memory/feed-data.js'
import type { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import type { Agent } from '../thread/duty-cycle.js'
import type { Heartbeat } from '../thread/heartbeat.js'
import { createReader } from './create-reader.js'
import { Delivery } from './delivery.js'
import { openFlow } from './flow-port.js'
import { InlineAgent } from './inline-agent.js'
import type { LineInput } from './line-input.js'
import { PARK_MS, ParkingAgent } from './parking-agent.js'
import { openRecovery } from './recovery-port.js'

/** The handling side of a feed, put together in the thread that runs it. */
export interface Handling {
  /** How the thread waits where a turn found nothing. */
  readonly idle: IdleStrategy
  /**
   * Delivers from the first message to the closed account, and gives back what was opened.
   *
   * @param idle in the place of its own
   * @returns what the handler threw, if it did
   */
  run(
    collections: CollectionCounter,
    heartbeat: Heartbeat,
    idle?: IdleStrategy,
  ): HandlerFailure | null
}

/**
 * Puts together what handles a feed. A rehearsal calls it as the real thread does: what is rehearsed is
 * what runs.
 *
 * @param keeper of the run's books; undefined: it builds none
 * @param inputs lines that the same thread receives; none: others fill the rings
 * @throws {TickwireError} TW_UNREACHABLE, TW_NO_SUCH_INTERFACE, TW_SYSTEM
 */
export function openHandling(
  data: FeedData,
  handler: Handler,
  naming: Naming | undefined,
  keeper?: BookKeeper,
  inputs?: readonly LineInput[],
): Handling {
  const { plan, placement, epoch } = data
  const control = new ControlBlock(data.control)
  const sources = inputs?.map(({ source }) => source) ?? slotSources(data)
  const recovery = plan.recover === undefined ? undefined : openRecovery(data, plan.recover)
  const flow = openFlow(data)
  const listener = keeper?.listener(handler) ?? handler
  const reader = createReader(data, sources, listener, recovery, flow)
  const parks = inputs === undefined && placement.handlerParks
  const count = data.lines.length
  const clock = createClock(epoch)
  const delivery = new Delivery(reader, handler, control, count, clock, parks, naming, keeper)
  const park = new ParkIdle(control.handlerBell, placement.handlerSpinTurns, PARK_MS)
  const inline = inputs && new InlineAgent(inputs, delivery.loop, control)
  const receiverCpus = placement.receiverCpus.filter((cpu) => cpu !== null)
  const alone: Agent = parks
    ? new ParkingAgent(delivery.loop, reader, park, receiverCpus)
    : delivery.loop
  const ownIdle = parks ? park : new SpinIdle()
  return {
    idle: ownIdle,
    run(collections, heartbeat, idle = ownIdle) {
      const failure = delivery.deliver(inline ?? alone, idle, collections, heartbeat)
      inline?.close()
      const late = delivery.close(() => {
        for (const input of inputs ?? []) input.readLastCounters()
      })
      for (const input of inputs ?? []) input.end()
      recovery?.close()
      flow?.close()
      return failure ?? late
    },
  }
}
