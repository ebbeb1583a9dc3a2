/**
 * `tickwire/codec`: messages of exchanges as typed views, without threads, sockets or FFI.
 *
 * ```ts
 * import { Itch50Dispatch, Itch50Views } from 'tickwire/itch' // Tops16…, Deep10…, Deepplus10… of 'tickwire/iex'
 *
 * const dispatch = new Itch50Dispatch({
 *   onAddOrder(message, sequence) {},  // AddOrderView: message.price, message.stock, …
 *   onMessage(message, sequence) {},   // what has no method of its own; message.type tells them apart
 *   onUnknown(message, sequence) {},   // types that the protocol does not know
 * })
 * dispatch.dispatch(bytes, offset, length, sequence) // no allocation; dispatch.messageFaults counts short ones
 *
 * const views = new Itch50Views()
 * const view = views.select(bytes, offset, length)   // the right flyweight, or views.unknown
 * if (view.type === 'addOrder') view.toObject()      // { type: 'addOrder', price: 9.7, priceText: '9.7', … }
 * views.encode({ type: 'addOrder', side: 'B', price: 9.7 }, bytes, offset) // returns the message's bytes
 * views.addOrder.init(bytes, offset).shares = 100    // the same without an object: init, then setters
 * ```
 *
 * A view's getters cost nothing but the read. Beside a field `x` there are: `xCode` (a character as a
 * number), `xMantissa` (a price in whole steps), `xHigh` and `xLow` (halves of 64 bits; for texts of
 * eight characters, keys), `xSince(epoch)` (nanoseconds since 1970 as an exact number).
 *
 * `PROTOCOLS[name]` makes the views and the dispatch of each protocol by name. Its `kinds` have the columns
 * of each message for JSON, CSV and Parquet: kind, bits, decimals, unit, and exact readers (`number`,
 * `exact`, `text`, `json`). `MarketDay` turns times of day into moments.
 */
export { type Column, type ColumnKind, columnsOf } from './column/column.js'
export type { MessageDispatch, MessageViews, NamedMessageView } from './message-dispatch.js'
export {
  NativeDispatch,
  type NativeHandler,
  NativeViews,
} from './native/native-dispatch.js'
export { type MarketDataObject, NativeMessageView } from './native/native-message-view.js'
export { PROTOCOL_NAMES, type ProtocolName, protocolOfIexTp } from './protocol-names.js'
export {
  type MessageKind,
  PROTOCOLS,
  type Protocol,
  type ProtocolHandlers,
  type TableProtocol,
} from './protocols.js'
export type {
  Field,
  FieldType,
  MessageTable,
  ProtocolTable,
  TimeUnit,
} from './table/field-table.js'
export { type UnknownMessageObject, UnknownMessageView } from './unknown-message-view.js'
export { decimalText, parseDecimal } from './value/decimal.js'
export type { ExactInteger } from './value/exact.js'
export { dateInFileName, isoTime, MarketDay } from './value/market-day.js'
