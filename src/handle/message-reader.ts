import type { OpenRun } from './open-run.js'

/**
 * What a reader has left: messages that nobody has; none, but gaps that somebody waits for to be filled; or
 * nothing, above all when the total is accounted for.
 */
export type Left = 'messages' | 'gaps' | 'nothing'

/**
 * Where a handler's loop gets its messages from: in batches, of which each has runs. One thread.
 *
 * ```
 *   while (reader.take()) {
 *     for (let count = reader.nextRun(limit); count > 0; count = reader.nextRun(limit)) use(reader.run, count)
 *   }
 * ```
 *
 * What the run says is valid until the following `nextRun`. No allocation per run.
 */
export interface MessageReader {
  /** The run that `nextRun` opened; always the same object. */
  readonly run: OpenRun
  /** Whether the total that was asked for is accounted for, and nothing waits to be delivered. */
  readonly complete: boolean
  /** What onGap, onStatus or onSkip threw first, if one did. */
  readonly problem: unknown

  /** Starts a batch, or goes on with one that was left open; false if there is nothing. */
  take(): boolean
  /**
   * Opens the next run of the batch, with at most `limit` messages. The run before counts as delivered.
   *
   * @returns how many messages it has; 0 at the end of the batch
   */
  nextRun(limit: number): number
  /**
   * Does what has to be done although nothing came. Not while a batch is open.
   *
   * @param due false: only if somebody waits for a gap to be filled
   * @returns whether there are messages now, which `nextRun` finds although no batch was taken
   */
  whileIdle(due: boolean): boolean
  /** What is left at this moment, besides an open batch. */
  left(): Left
  /** Nobody waits for gaps any more: all that are open are declared lost, and what is held back comes next. */
  giveUpGaps(): void
  /**
   * Believes what waited for a witness, now that all there is was read and nothing contradicts it.
   *
   * @returns whether there are messages of that, which `nextRun` finds; call it until there are none
   */
  believeLast(): boolean
  /** The handler failed, or its time is over: from now on messages count as undelivered. */
  fail(): void
  /** Closes the account, once, after the receivers have stopped and the rings are empty. */
  finish(): void
}
