import type { MarketDataView } from '../wire/market-data-view.js'
import type { MessageView } from '../wire/message-view.js'

/** A view of one message, of whichever layout. */
export type AnyMessageView = MarketDataView | MessageView

/** Messages that will never come. The object is used again: valid only during the call. */
export interface Gap {
  readonly firstSequence: number
  readonly count: number
  /** Who lost most of them. */
  readonly reason: 'kernel' | 'ring' | 'network' | 'invalid' | 'unrecovered'
}

/** Messages that were passed over because the handler was behind. */
export interface Skip {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly count: number
  readonly reason: 'behind'
}

/** What a handler is told before the first message. */
export interface HandlerContext {
  /** The name of the framing. */
  readonly feed: string
  /** The URLs of the lines, with the ports that were bound. */
  readonly endpoints: readonly string[]
  /** The options of the run, as plain data. */
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * What a handler module exports by default: an object with these methods, or a class of which one
 * instance is made. All calls come from the handler's thread, one at a time.
 *
 * @typeParam V the view of the feed's messages: MarketDataView for `raw`, else MessageView
 */
export interface Handler<V extends AnyMessageView = AnyMessageView, Report = unknown> {
  onStart?(context: HandlerContext): void | Promise<void>
  /** Hot. `message` lies in the ring: it is valid only during the call. */
  onMessage(message: V, sequence: number): void
  onGap?(gap: Gap): void
  onSkip?(skip: Skip): void
  /** With the report of the run, after the last message. */
  onStop?(report: Report): void | Promise<void>
}
