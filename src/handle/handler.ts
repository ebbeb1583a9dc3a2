import type { BookTop } from '../account/top-section.js'
import type { Book, BookChange } from '../book/index.js'
import type { ProtocolMessages } from '../codec/protocols.js'
import type { MarketDataView } from '../wire/market-data-view.js'
import type { MessageView } from '../wire/message-view.js'

/** A view of one message, of whichever layout. */
export type AnyMessageView = MarketDataView | MessageView

/**
 * The view of the messages of a protocol that is named, else of a framing; `auto` finds out only when it
 * runs.
 */
export type ViewOf<
  Framing extends string,
  Protocol extends string = 'auto',
> = Protocol extends keyof ProtocolMessages
  ? ProtocolMessages[Protocol]
  : Framing extends 'raw'
    ? MarketDataView
    : Framing extends 'auto'
      ? AnyMessageView
      : MessageView

/** Messages that will never come. The object is used again: valid only during the call. */
export interface Gap {
  readonly firstSequence: number
  readonly count: number
  /** Who lost most of them. */
  readonly reason: 'kernel' | 'ring' | 'network' | 'invalid' | 'cutOff' | 'unrecovered'
}

/**
 * Messages that were skipped because the handler was behind, told of before the next message that
 * is delivered. The object is used again: valid only during the call.
 */
export interface Skip {
  readonly firstSequence: number
  readonly lastSequence: number
  /** Less than the distance where messages between the two were lost, or came late. */
  readonly count: number
  /** `behind`: the oldest of a long backlog. `conflated`: quotes that newer ones have replaced. */
  readonly reason: 'behind' | 'conflated'
}

/** Something about the feed that is no message. The object is used again: valid only during the call. */
export interface FeedStatus {
  /**
   * - `line-silent`, `line-behind`: a line brings nothing, or lags far behind, while another goes on;
   *   `line-live`: it does well again.
   * - `line-left`: the interface on which the line's group was joined is gone; `line-joined`: it is there
   *   again, and the group was joined again.
   * - `stale`: no line has brought anything, not even a heartbeat, for too long; `live`: one did again.
   * - `second-stream`: another stream alternates with the feed's on a line; `single-stream`: no longer.
   * - `missing`: messages were lost and are asked for again; only where nothing is held back for them.
   * - `session`: the publisher began another session, or the same one anew.
   * - `end-of-session`: the publisher has sent its last; `count` messages are still missing.
   */
  readonly kind:
    | 'line-silent'
    | 'line-behind'
    | 'line-live'
    | 'line-left'
    | 'line-joined'
    | 'stale'
    | 'live'
    | 'second-stream'
    | 'single-stream'
    | 'missing'
    | 'session'
    | 'end-of-session'
  /** Index of the line that it is about; -1: the feed. */
  readonly line: number
  /** The first missing message, or the next one that is expected. */
  readonly sequence: number
  /** Messages that are missing, or by which a line is behind. */
  readonly count: number
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
  /**
   * A message that filled a gap after later ones had been delivered; where messages are held back for
   * gaps there are none. Without this method they come to `onMessage`.
   */
  onLate?(message: V, sequence: number): void
  /**
   * With `books`: an event is complete that has changed a book, its trades or its status; once for each
   * event, behind the method that took its last message. Hot. Both objects are valid only during the call.
   */
  onBook?(book: Book, change: BookChange, sequence: number): void
  onGap?(gap: Gap): void
  onStatus?(status: FeedStatus): void
  onSkip?(skip: Skip): void
  /**
   * Behind a bridge with books, where a feed begins with its last values: the top of an instrument's book,
   * before the first message. All messages up to its `sequence` are in it.
   */
  onTop?(top: BookTop): void
  /** With the report of the run, after the last message. */
  onStop?(report: Report): void | Promise<void>
}
