import type { ThreadClock } from '../../native/create-clock.js'
import type { AnyMessageView, Handler } from '../handler.js'

/** Does nothing with a message; the reader has counted it. */
export class CountingHandler implements Handler {
  onMessage(_message: AnyMessageView, _sequence: number): void {}
}

/** Spends a given time on each message, then passes it on: a handler that is as slow as wanted. */
export class BusyHandler implements Handler {
  readonly #inner: Handler
  readonly #workNs: number
  readonly #clock: ThreadClock

  constructor(inner: Handler, workNs: number, clock: ThreadClock) {
    this.#inner = inner
    this.#workNs = workNs
    this.#clock = clock
  }

  onMessage(message: AnyMessageView, sequence: number): void {
    const untilNs = this.#clock.monotonicNs() + this.#workNs
    while (this.#clock.monotonicNs() < untilNs);
    this.#inner.onMessage(message, sequence)
  }
}
