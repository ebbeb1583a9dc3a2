// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import type { UnknownMessageView } from '../unknown-message-view.js'
import type { AddOrderObject, AddOrderView } from './add-order.js'
import type { ClearBookObject, ClearBookView } from './clear-book.js'
import type {
  OperationalHaltStatusObject,
  OperationalHaltStatusView,
} from './operational-halt-status.js'
import type { OrderDeleteObject, OrderDeleteView } from './order-delete.js'
import type { OrderExecutedObject, OrderExecutedView } from './order-executed.js'
import type { OrderModifyObject, OrderModifyView } from './order-modify.js'
import type {
  RetailLiquidityIndicatorObject,
  RetailLiquidityIndicatorView,
} from './retail-liquidity-indicator.js'
import type { SecurityDirectoryObject, SecurityDirectoryView } from './security-directory.js'
import type { SecurityEventObject, SecurityEventView } from './security-event.js'
import type {
  ShortSalePriceTestStatusObject,
  ShortSalePriceTestStatusView,
} from './short-sale-price-test-status.js'
import type { SystemEventObject, SystemEventView } from './system-event.js'
import type { TradeObject, TradeView } from './trade.js'
import type { TradeBreakObject, TradeBreakView } from './trade-break.js'
import type { TradingStatusObject, TradingStatusView } from './trading-status.js'

/** A view of one message of IEX DEEP+ 1.0. `type` says which. */
export type Deepplus10View =
  | SystemEventView
  | SecurityDirectoryView
  | TradingStatusView
  | RetailLiquidityIndicatorView
  | OperationalHaltStatusView
  | ShortSalePriceTestStatusView
  | SecurityEventView
  | AddOrderView
  | OrderModifyView
  | OrderDeleteView
  | OrderExecutedView
  | TradeView
  | TradeBreakView
  | ClearBookView

/** One message of IEX DEEP+ 1.0 as a plain object. `type` says which. */
export type Deepplus10Object =
  | SystemEventObject
  | SecurityDirectoryObject
  | TradingStatusObject
  | RetailLiquidityIndicatorObject
  | OperationalHaltStatusObject
  | ShortSalePriceTestStatusObject
  | SecurityEventObject
  | AddOrderObject
  | OrderModifyObject
  | OrderDeleteObject
  | OrderExecutedObject
  | TradeObject
  | TradeBreakObject
  | ClearBookObject

/** What can be encoded: any fields of one message of IEX DEEP+ 1.0. */
export type Deepplus10Input =
  | (Partial<SystemEventObject> & { readonly type: 'systemEvent' })
  | (Partial<SecurityDirectoryObject> & { readonly type: 'securityDirectory' })
  | (Partial<TradingStatusObject> & { readonly type: 'tradingStatus' })
  | (Partial<RetailLiquidityIndicatorObject> & { readonly type: 'retailLiquidityIndicator' })
  | (Partial<OperationalHaltStatusObject> & { readonly type: 'operationalHaltStatus' })
  | (Partial<ShortSalePriceTestStatusObject> & { readonly type: 'shortSalePriceTestStatus' })
  | (Partial<SecurityEventObject> & { readonly type: 'securityEvent' })
  | (Partial<AddOrderObject> & { readonly type: 'addOrder' })
  | (Partial<OrderModifyObject> & { readonly type: 'orderModify' })
  | (Partial<OrderDeleteObject> & { readonly type: 'orderDelete' })
  | (Partial<OrderExecutedObject> & { readonly type: 'orderExecuted' })
  | (Partial<TradeObject> & { readonly type: 'trade' })
  | (Partial<TradeBreakObject> & { readonly type: 'tradeBreak' })
  | (Partial<ClearBookObject> & { readonly type: 'clearBook' })

/**
 * What takes messages of IEX DEEP+ 1.0 by name. All methods may be missing.
 *
 * A message lies in memory that is used again: it is valid only during the call.
 */
export interface Deepplus10Handler {
  /** A phase of the day begins or ends. */
  onSystemEvent?(message: SystemEventView, sequence: number): void
  /** What is known of an instrument. */
  onSecurityDirectory?(message: SecurityDirectoryView, sequence: number): void
  /** An instrument is halted, paused or traded. */
  onTradingStatus?(message: TradingStatusView, sequence: number): void
  /** Retail interest on one side or both. */
  onRetailLiquidityIndicator?(message: RetailLiquidityIndicatorView, sequence: number): void
  /** The exchange alone halts an instrument, or no longer. */
  onOperationalHaltStatus?(message: OperationalHaltStatusView, sequence: number): void
  /** A short-sale price test begins, goes on or ends. */
  onShortSalePriceTestStatus?(message: ShortSalePriceTestStatusView, sequence: number): void
  /** An opening or closing process is complete. */
  onSecurityEvent?(message: SecurityEventView, sequence: number): void
  /** A new order is displayed. */
  onAddOrder?(message: AddOrderView, sequence: number): void
  /** An order changes its price or size. */
  onOrderModify?(message: OrderModifyView, sequence: number): void
  /** An order leaves the book. */
  onOrderDelete?(message: OrderDeleteView, sequence: number): void
  /** A displayed order is executed, wholly or in part. */
  onOrderExecuted?(message: OrderExecutedView, sequence: number): void
  /** An execution between orders that were not displayed. */
  onTrade?(message: TradeView, sequence: number): void
  /** A trade is broken. */
  onTradeBreak?(message: TradeBreakView, sequence: number): void
  /** All orders of an instrument leave the book. */
  onClearBook?(message: ClearBookView, sequence: number): void
  /** Takes what has no method of its own: also unknown types, if `onUnknown` is missing. */
  onMessage?(message: Deepplus10View | UnknownMessageView, sequence: number): void
  /** Takes messages of a type that the protocol does not know. */
  onUnknown?(message: UnknownMessageView, sequence: number): void
}
