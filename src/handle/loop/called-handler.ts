import type { AnyMessageView, Handler } from '../handler.js'

/**
 * A handler that is not known before it is loaded, behind one class: the loops that call it have one
 * kind of handler to look at, whatever was rehearsed with. Its methods are looked up once.
 */
export class CalledHandler implements Handler {
  readonly #handler: Handler
  readonly #onMessage: Handler['onMessage']
  readonly #onLate: Handler['onMessage']

  constructor(handler: Handler) {
    this.#handler = handler
    this.#onMessage = handler.onMessage
    this.#onLate = handler.onLate ?? handler.onMessage
  }

  onMessage(message: AnyMessageView, sequence: number): void {
    this.#onMessage.call(this.#handler, message, sequence)
  }

  onLate(message: AnyMessageView, sequence: number): void {
    this.#onLate.call(this.#handler, message, sequence)
  }
}
