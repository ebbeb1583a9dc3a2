import type { ProtocolName } from '../codec/protocol-names.js'
import type { ProtocolHandlers } from '../codec/protocols.js'
import type { AnyMessageView, Handler } from './handler.js'

/** What a handler of a protocol has beside the methods that take messages. */
type Beside<Report> = Omit<Handler<AnyMessageView, Report>, 'onMessage'>

/**
 * What a handler module exports by default: an object with these methods, or a class of which one
 * instance is made. All calls come from the handler's thread, one at a time.
 *
 * ```ts
 * export default {
 *   onAddOrder(message, sequence) {}, // message is an AddOrderView
 * } satisfies Handler<'itch50'>
 * ```
 *
 * @typeParam V the view of the feed's messages: MarketDataView for `raw`, MessageView for bytes; or the
 *   name of a protocol, which types a method for each of its messages
 */
export type ProtocolHandler<
  V extends AnyMessageView | ProtocolName = AnyMessageView,
  Report = unknown,
> = [V] extends [ProtocolName]
  ? Beside<Report> & ProtocolHandlers[V]
  : [V] extends [AnyMessageView]
    ? Handler<V, Report>
    : never
