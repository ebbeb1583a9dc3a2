import type { Handler } from '../handler.js'
import type { MessageReader } from '../message-reader.js'

/** The handling side's duty cycle: takes what the rings hold and calls the handler. One thread. */
export class HandleLoop {
  readonly #reader: MessageReader
  readonly #handler: Handler
  readonly #idleCheckTurns: number
  /** Whether late messages have a method of their own. */
  readonly #lateApart: boolean
  #idleTurns = 0

  /** @param idleCheckTurns turns without work between two looks at what time alone brings about */
  constructor(reader: MessageReader, handler: Handler, idleCheckTurns: number) {
    this.#reader = reader
    this.#handler = handler
    this.#idleCheckTurns = idleCheckTurns
    this.#lateApart = handler.onLate !== undefined
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
      if (reader.late && this.#lateApart) handler.onLate?.(reader.message, reader.sequence)
      else handler.onMessage(reader.message, reader.sequence)
      delivered++
    }
    return delivered
  }

  #idle(): number {
    const due = ++this.#idleTurns % this.#idleCheckTurns === 0
    if (!due && !this.#reader.waiting) return 0
    this.#reader.whileIdle()
    return this.#deliver()
  }
}
