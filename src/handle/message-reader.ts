import type { AnyMessageView } from './handler.js'

/**
 * Where a handler's loop gets its messages from, one at a time, in batches. One thread.
 *
 * ```
 *   while (reader.take()) while (reader.next()) use(reader.message, reader.sequence)
 * ```
 *
 * `message` is valid until the following `next`. No allocation per message.
 */
export interface MessageReader {
  /** The message that `next` moved to. */
  readonly message: AnyMessageView
  /** Its sequence in the feed: it keeps counting where a 32-bit number on the wire wraps. */
  readonly sequence: number
  /** Whether it came late: it fills a gap behind which messages were delivered already. */
  readonly late: boolean
  /** Whether the total that was asked for is accounted for, and nothing waits to be delivered. */
  readonly complete: boolean
  /** Whether somebody waits for a gap to be filled, so that nobody should sleep for long. */
  readonly waiting: boolean
  /** What onGap, onStatus or onSkip threw first, if one did. */
  readonly problem: unknown

  /** Starts a batch, or goes on with one that was left open; false if there is nothing. */
  take(): boolean
  /** Moves to the next message of the batch; false at its end. The message before counts as delivered. */
  next(): boolean
  /** Does what has to be done although nothing came. Not while a batch is open. */
  whileIdle(): void
  /** Whether nothing is left to deliver and nobody waits for a gap to be filled. */
  settled(): boolean
  /** Whether messages are open that `next` would move to, although no batch was taken. */
  hasOpen(): boolean
  /** Whether nothing is left to deliver at this moment. */
  empty(): boolean
  /** Nobody waits for gaps any more: all that are open are given up, and what is held back comes next. */
  giveUpGaps(): void
  /** The handler failed, or its time is over: from now on messages count as undelivered. */
  fail(): void
  /** Closes the account, once, after the receivers have stopped and the rings are empty. */
  finish(): void
}
