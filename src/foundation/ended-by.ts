/**
 * What ended a run:
 *
 * - `count`, `duration`, `idle`: its limits; `idle` also where nothing ever came
 * - `end-of-session`, `end-of-file`: there was no more
 * - `signal`: SIGINT or SIGTERM; `abort`: its caller
 * - `failure`: an error, which stands beside the report
 */
export type EndedBy =
  | 'count'
  | 'duration'
  | 'idle'
  | 'end-of-session'
  | 'end-of-file'
  | 'signal'
  | 'abort'
  | 'failure'

/** The reason of an abort that a process signal caused: how a run tells it from its caller's own. */
export class StoppedBySignal extends Error {
  override readonly name = 'StoppedBySignal'
  /** `SIGINT` or `SIGTERM`. */
  readonly signal: string

  constructor(signal: string) {
    super(`stopped by ${signal}`)
    this.signal = signal
  }
}

/** Who aborted. */
export function abortedBy(signal: AbortSignal): 'signal' | 'abort' {
  return signal.reason instanceof StoppedBySignal ? 'signal' : 'abort'
}
