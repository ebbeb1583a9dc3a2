import type { MessageView } from '../wire/message-view.js'

/** A method of a handler that takes messages, without its handler. */
export type MessageMethod = (this: unknown, message: MessageView, sequence: number) => void

/** Stands for a method that a handler does not have. */
export function ignoreMessage(): void {}

/**
 * A handler's method of whichever kind of message, or what stands for it. The dispatch calls it with
 * that kind only, which its type no longer says.
 */
export function methodOr(method: unknown, rest: unknown): MessageMethod {
  return (method ?? rest) as MessageMethod
}

/**
 * Calls a handler's method. One place for all of a protocol's messages, on purpose: an engine that
 * sees many targets here does not inline them into the dispatch. Each handler's method is compiled
 * by itself then, with room to inline the getters that it uses; a getter that is called instead
 * makes garbage of every large number.
 */
export function callMethod(
  method: MessageMethod,
  handler: unknown,
  message: MessageView,
  sequence: number,
): void {
  method.call(handler, message, sequence)
}
