import type { MessageView } from '../wire/message-view.js'
import type { UnknownMessageView } from './unknown-message-view.js'

/**
 * Hands messages to the methods of a handler that name them. Made for one handler and one thread.
 *
 * Nothing that a message holds can make it throw; what a method throws passes through.
 */
export interface MessageDispatch {
  /** Messages that were shorter than their type must be. No method saw them. */
  messageFaults: number
  /** Messages of types that the protocol does not know. */
  unknownMessages: number

  /**
   * Calls the method for the message in `[offset, offset + length)` of `bytes`, which the caller
   * knows to be inside `bytes`. A message longer than known is read as far as known.
   */
  dispatch(bytes: DataView, offset: number, length: number, sequence: number): void
}

/** A view of one message that a protocol knows. */
export interface NamedMessageView extends MessageView {
  /** The message's name, such as `addOrder`. */
  readonly type: string
  /** A copy that may be kept. */
  toObject(): { readonly type: string }
}

/** One view of each message of a protocol. Confined to one thread. */
export interface MessageViews {
  /** Shows what {@link select} could not name. */
  readonly unknown: UnknownMessageView

  /**
   * The view of the message in `[offset, offset + length)` of `bytes`, moved there: valid until the
   * next message of its kind is selected. Counts nothing and never throws.
   */
  select(bytes: DataView, offset: number, length: number): NamedMessageView | UnknownMessageView

  /** Writes a plain object as a message at `offset` and returns its bytes. */
  encode(object: { readonly type: string }, bytes: DataView, offset?: number): number
}
