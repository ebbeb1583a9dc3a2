import { FEED } from '../../account/feed-counters.js'
import type { MessageDispatch } from '../../codec/message-dispatch.js'

/** Puts what a dispatch could not read into the feed's counters. One thread. */
export class FaultCounts {
  readonly #dispatch: MessageDispatch
  readonly #counts: Float64Array
  #faults = 0
  #unknown = 0

  /** @param counts the feed's counters */
  constructor(dispatch: MessageDispatch, counts: Float64Array) {
    this.#dispatch = dispatch
    this.#counts = counts
  }

  /** Adds what is new since the last call; after each run. Both are rare, so mostly nothing is written. */
  note(): void {
    const { messageFaults, unknownMessages } = this.#dispatch
    if (messageFaults === this.#faults && unknownMessages === this.#unknown) return
    this.#counts[FEED.messageFaults] += messageFaults - this.#faults
    this.#counts[FEED.unknownMessages] += unknownMessages - this.#unknown
    this.#faults = messageFaults
    this.#unknown = unknownMessages
  }
}
