import type { MessageReader } from '../message-reader.js'
import { ALL_MESSAGES } from '../open-run.js'
import type { RunDelivery } from './run-delivery.js'

/** The handling side's duty cycle: takes what the rings hold and delivers it, run by run. One thread. */
export class HandleLoop {
  readonly #reader: MessageReader
  readonly #delivery: RunDelivery
  readonly #idleCheckTurns: number
  #idleTurns = 0

  /**
   * @param delivery made with the reader's `run`
   * @param idleCheckTurns turns without work between two looks at what time alone brings about
   */
  constructor(reader: MessageReader, delivery: RunDelivery, idleCheckTurns: number) {
    this.#reader = reader
    this.#delivery = delivery
    this.#idleCheckTurns = idleCheckTurns
  }

  /**
   * One turn: at most one batch.
   *
   * @returns messages that were delivered, 1 at least if there was a datagram at all
   * @throws whatever the handler throws
   */
  doWork(): number {
    if (!this.#reader.take()) return this.#idle()
    this.#idleTurns = 0
    return 1 + this.deliverOpen()
  }

  /** Delivers what is open, to its end. @returns messages that were delivered */
  deliverOpen(): number {
    const reader = this.#reader
    const delivery = this.#delivery
    let delivered = 0
    for (;;) {
      const count = reader.nextRun(ALL_MESSAGES)
      if (count === 0) return delivered
      delivery.deliverRun(count)
      delivered += count
    }
  }

  #idle(): number {
    const due = ++this.#idleTurns % this.#idleCheckTurns === 0
    return this.#reader.whileIdle(due) ? this.deliverOpen() : 0
  }
}
