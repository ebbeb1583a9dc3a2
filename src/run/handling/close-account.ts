import type { MessageReader } from '../../handle/message-reader.js'
import { ALL_MESSAGES } from '../../handle/open-run.js'
import type { ControlBlock } from '../thread/control-block.js'

/**
 * Takes what is left in the rings, as undelivered, until the receivers are closed; then closes the account.
 * Yields where there was nothing to take: the caller waits as its thread can.
 *
 * @param readLastCounters called before the account is closed
 */
export function* closeAccount(
  reader: MessageReader,
  control: ControlBlock,
  lineCount: number,
  readLastCounters?: () => void,
): Generator<void, void> {
  if (reader.complete) control.noteHandlerGone()
  reader.fail()
  while (control.closedLines < lineCount || reader.left() === 'messages') {
    if (reader.take()) while (reader.nextRun(ALL_MESSAGES) > 0);
    else yield
  }
  control.noteHandlerGone()
  readLastCounters?.()
  reader.finish()
}
