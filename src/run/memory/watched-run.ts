import type { ReceiveFacts, ReceiveReport } from '../feed/receive-report.js'
import type { SendFacts, SendReport } from '../transmission/send-report.js'
import type { RunCounters } from './run-counters.js'

/** What somebody in this process needs to look on at a run: to be sent to a thread of its own. */
export interface WatchedRun {
  readonly counters: RunCounters
  /** What does not change while messages flow. */
  facts(): ReceiveFacts | SendFacts
  /** Settles with the run; a failure's error has the report. */
  readonly finished: Promise<ReceiveReport | SendReport>
}

const runs = new WeakMap<object, WatchedRun>()

/**
 * Lets others look on at a run by the object that its caller has: a Feed, a Transmission, or whatever is
 * built around one of them.
 */
export function letWatch(handle: object, run: WatchedRun): void {
  runs.set(handle, run)
}

/** Lets others look on at a run by what was built around it. */
export function letWatchThrough(handle: object, inner: object): void {
  const run = runs.get(inner)
  if (run !== undefined) runs.set(handle, run)
}

/** The run behind an object that was given to a caller; undefined if there is none. */
export function watchedRun(handle: object): WatchedRun | undefined {
  return runs.get(handle)
}
