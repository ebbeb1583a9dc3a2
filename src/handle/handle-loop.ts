import type { FeedReader } from './feed-reader.js'
import type { Handler } from './handler.js'

/** Turns without work between two looks at what time alone brings about. */
const IDLE_CHECK_TURNS = 64

/** The handling side's duty cycle: takes what the rings hold and calls the handler. One thread. */
export class HandleLoop {
  readonly #reader: FeedReader
  readonly #handler: Handler
  #idleTurns = 0

  constructor(reader: FeedReader, handler: Handler) {
    this.#reader = reader
    this.#handler = handler
  }

  /**
   * One turn: at most one batch.
   *
   * @returns datagrams' messages that were delivered, 1 at least if there was a datagram at all
   * @throws whatever the handler throws
   */
  doWork(): number {
    const reader = this.#reader
    if (!reader.take()) return this.#idle()
    this.#idleTurns = 0
    return 1 + this.#deliver()
  }

  #deliver(): number {
    const reader = this.#reader
    const handler = this.#handler
    let delivered = 0
    while (reader.next()) {
      handler.onMessage(reader.message, reader.sequence)
      delivered++
    }
    return delivered
  }

  #idle(): number {
    if (++this.#idleTurns % IDLE_CHECK_TURNS !== 0) return 0
    this.#reader.whileIdle()
    return this.#deliver()
  }
}
