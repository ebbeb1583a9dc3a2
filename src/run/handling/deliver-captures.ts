import type { MessageReader } from '../../handle/message-reader.js'
import type { HandlerFailure } from '../memory/feed-data.js'
import type { CollectionCounter } from '../thread/collection-counter.js'
import type { ControlBlock } from '../thread/control-block.js'
import type { Delivery } from './delivery.js'
import type { OpenCaptures } from './open-captures.js'

/** Turns between two looks whether the run shall stop. */
const STOP_TURNS = 256

/**
 * Reads recordings and delivers their messages until their end, a stop, a reached total or a failure.
 * Synchronous while bytes are at hand. One thread.
 *
 * @returns what the handler threw, if it did
 */
export async function deliverCaptures(
  captures: OpenCaptures,
  delivery: Delivery,
  reader: MessageReader,
  control: ControlBlock,
  collections: CollectionCounter,
): Promise<HandlerFailure | null> {
  const { lines } = captures
  const { loop } = delivery
  let failure: HandlerFailure | null = null
  collections.begin()
  try {
    captures.noteProgress()
    while (deliverBytes(delivery, reader, control, lines)) {
      captures.noteProgress()
      if (!(await lines.wait())) {
        if (lines.problem === undefined) captures.noteComplete()
        break
      }
    }
    lines.end()
    // Recorded time stands still now: what is missing does not come any more.
    reader.giveUpGaps()
    while (reader.problem === undefined && reader.left() !== 'nothing') loop.doWork()
    while (captures.isWhole && reader.problem === undefined && reader.believeLast()) {
      loop.deliverOpen()
    }
  } catch (error) {
    failure = delivery.failure(error)
    reader.fail()
  }
  captures.noteProgress()
  collections.end()
  lines.end()
  control.requestStop()
  for (const _ of lines.sources) control.noteLineClosed()
  return failure
}

/** Delivers what is at hand; false if the run is over. */
function deliverBytes(
  delivery: Delivery,
  reader: MessageReader,
  control: ControlBlock,
  lines: { proceed(): boolean },
): boolean {
  const { loop } = delivery
  for (let turn = 1; ; turn++) {
    if (loop.doWork() === 0 && !lines.proceed()) {
      return !reader.complete && reader.problem === undefined && !control.stopping
    }
    if (reader.complete || reader.problem !== undefined) return false
    if (turn % STOP_TURNS === 0 && control.stopping) return false
  }
}
