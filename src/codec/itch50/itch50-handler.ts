// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import type { UnknownMessageView } from '../unknown-message-view.js'
import type { AddOrderObject, AddOrderView } from './add-order.js'
import type { AddOrderWithMpidObject, AddOrderWithMpidView } from './add-order-with-mpid.js'
import type { BrokenTradeObject, BrokenTradeView } from './broken-trade.js'
import type { CrossTradeObject, CrossTradeView } from './cross-trade.js'
import type { DirectListingObject, DirectListingView } from './direct-listing.js'
import type {
  IpoQuotingPeriodUpdateObject,
  IpoQuotingPeriodUpdateView,
} from './ipo-quoting-period-update.js'
import type { LuldAuctionCollarObject, LuldAuctionCollarView } from './luld-auction-collar.js'
import type {
  MarketParticipantPositionObject,
  MarketParticipantPositionView,
} from './market-participant-position.js'
import type { MwcbDeclineLevelObject, MwcbDeclineLevelView } from './mwcb-decline-level.js'
import type { MwcbStatusObject, MwcbStatusView } from './mwcb-status.js'
import type { NetOrderImbalanceObject, NetOrderImbalanceView } from './net-order-imbalance.js'
import type { OperationalHaltObject, OperationalHaltView } from './operational-halt.js'
import type { OrderCancelObject, OrderCancelView } from './order-cancel.js'
import type { OrderDeleteObject, OrderDeleteView } from './order-delete.js'
import type { OrderExecutedObject, OrderExecutedView } from './order-executed.js'
import type {
  OrderExecutedWithPriceObject,
  OrderExecutedWithPriceView,
} from './order-executed-with-price.js'
import type { OrderReplaceObject, OrderReplaceView } from './order-replace.js'
import type { RegShoRestrictionObject, RegShoRestrictionView } from './reg-sho-restriction.js'
import type {
  RetailPriceImprovementObject,
  RetailPriceImprovementView,
} from './retail-price-improvement.js'
import type { StockDirectoryObject, StockDirectoryView } from './stock-directory.js'
import type { StockTradingActionObject, StockTradingActionView } from './stock-trading-action.js'
import type { SystemEventObject, SystemEventView } from './system-event.js'
import type { TradeObject, TradeView } from './trade.js'

/** A view of one message of NASDAQ TotalView-ITCH 5.0. `type` says which. */
export type Itch50View =
  | SystemEventView
  | StockDirectoryView
  | StockTradingActionView
  | RegShoRestrictionView
  | MarketParticipantPositionView
  | MwcbDeclineLevelView
  | MwcbStatusView
  | IpoQuotingPeriodUpdateView
  | LuldAuctionCollarView
  | OperationalHaltView
  | AddOrderView
  | AddOrderWithMpidView
  | OrderExecutedView
  | OrderExecutedWithPriceView
  | OrderCancelView
  | OrderDeleteView
  | OrderReplaceView
  | TradeView
  | CrossTradeView
  | BrokenTradeView
  | NetOrderImbalanceView
  | RetailPriceImprovementView
  | DirectListingView

/** One message of NASDAQ TotalView-ITCH 5.0 as a plain object. `type` says which. */
export type Itch50Object =
  | SystemEventObject
  | StockDirectoryObject
  | StockTradingActionObject
  | RegShoRestrictionObject
  | MarketParticipantPositionObject
  | MwcbDeclineLevelObject
  | MwcbStatusObject
  | IpoQuotingPeriodUpdateObject
  | LuldAuctionCollarObject
  | OperationalHaltObject
  | AddOrderObject
  | AddOrderWithMpidObject
  | OrderExecutedObject
  | OrderExecutedWithPriceObject
  | OrderCancelObject
  | OrderDeleteObject
  | OrderReplaceObject
  | TradeObject
  | CrossTradeObject
  | BrokenTradeObject
  | NetOrderImbalanceObject
  | RetailPriceImprovementObject
  | DirectListingObject

/** What can be encoded: any fields of one message of NASDAQ TotalView-ITCH 5.0. */
export type Itch50Input =
  | (Partial<SystemEventObject> & { readonly type: 'systemEvent' })
  | (Partial<StockDirectoryObject> & { readonly type: 'stockDirectory' })
  | (Partial<StockTradingActionObject> & { readonly type: 'stockTradingAction' })
  | (Partial<RegShoRestrictionObject> & { readonly type: 'regShoRestriction' })
  | (Partial<MarketParticipantPositionObject> & { readonly type: 'marketParticipantPosition' })
  | (Partial<MwcbDeclineLevelObject> & { readonly type: 'mwcbDeclineLevel' })
  | (Partial<MwcbStatusObject> & { readonly type: 'mwcbStatus' })
  | (Partial<IpoQuotingPeriodUpdateObject> & { readonly type: 'ipoQuotingPeriodUpdate' })
  | (Partial<LuldAuctionCollarObject> & { readonly type: 'luldAuctionCollar' })
  | (Partial<OperationalHaltObject> & { readonly type: 'operationalHalt' })
  | (Partial<AddOrderObject> & { readonly type: 'addOrder' })
  | (Partial<AddOrderWithMpidObject> & { readonly type: 'addOrderWithMpid' })
  | (Partial<OrderExecutedObject> & { readonly type: 'orderExecuted' })
  | (Partial<OrderExecutedWithPriceObject> & { readonly type: 'orderExecutedWithPrice' })
  | (Partial<OrderCancelObject> & { readonly type: 'orderCancel' })
  | (Partial<OrderDeleteObject> & { readonly type: 'orderDelete' })
  | (Partial<OrderReplaceObject> & { readonly type: 'orderReplace' })
  | (Partial<TradeObject> & { readonly type: 'trade' })
  | (Partial<CrossTradeObject> & { readonly type: 'crossTrade' })
  | (Partial<BrokenTradeObject> & { readonly type: 'brokenTrade' })
  | (Partial<NetOrderImbalanceObject> & { readonly type: 'netOrderImbalance' })
  | (Partial<RetailPriceImprovementObject> & { readonly type: 'retailPriceImprovement' })
  | (Partial<DirectListingObject> & { readonly type: 'directListing' })

/**
 * What takes messages of NASDAQ TotalView-ITCH 5.0 by name. All methods may be missing.
 *
 * A message lies in memory that is used again: it is valid only during the call.
 */
export interface Itch50Handler {
  /** A phase of the day begins or ends. */
  onSystemEvent?(message: SystemEventView, sequence: number): void
  /** What is known of an instrument, before the open. */
  onStockDirectory?(message: StockDirectoryView, sequence: number): void
  /** An instrument is halted, paused, quoted or traded. */
  onStockTradingAction?(message: StockTradingActionView, sequence: number): void
  /** A short-sale price test begins, goes on or ends. */
  onRegShoRestriction?(message: RegShoRestrictionView, sequence: number): void
  /** Standing of a market maker in an instrument. */
  onMarketParticipantPosition?(message: MarketParticipantPositionView, sequence: number): void
  /** Index levels that stop the whole market today. */
  onMwcbDeclineLevel?(message: MwcbDeclineLevelView, sequence: number): void
  /** A market-wide circuit breaker level was breached. */
  onMwcbStatus?(message: MwcbStatusView, sequence: number): void
  /** When quoting of an initial offering begins. */
  onIpoQuotingPeriodUpdate?(message: IpoQuotingPeriodUpdateView, sequence: number): void
  /** Bounds of the auction after a pause. */
  onLuldAuctionCollar?(message: LuldAuctionCollarView, sequence: number): void
  /** An instrument is halted on one of the operator's markets. */
  onOperationalHalt?(message: OperationalHaltView, sequence: number): void
  /** A new order is displayed. */
  onAddOrder?(message: AddOrderView, sequence: number): void
  /** A new order is displayed, and whose it is. */
  onAddOrderWithMpid?(message: AddOrderWithMpidView, sequence: number): void
  /** An order is executed at its price, wholly or in part. */
  onOrderExecuted?(message: OrderExecutedView, sequence: number): void
  /** An order is executed at another price. */
  onOrderExecutedWithPrice?(message: OrderExecutedWithPriceView, sequence: number): void
  /** A part of an order is taken back. */
  onOrderCancel?(message: OrderCancelView, sequence: number): void
  /** An order leaves the book. */
  onOrderDelete?(message: OrderDeleteView, sequence: number): void
  /** An order becomes another one and loses its priority. */
  onOrderReplace?(message: OrderReplaceView, sequence: number): void
  /** An execution against an order that was not displayed. */
  onTrade?(message: TradeView, sequence: number): void
  /** The result of a cross. */
  onCrossTrade?(message: CrossTradeView, sequence: number): void
  /** An execution is broken. */
  onBrokenTrade?(message: BrokenTradeView, sequence: number): void
  /** What a coming cross would do. */
  onNetOrderImbalance?(message: NetOrderImbalanceView, sequence: number): void
  /** Retail interest on one side or both. */
  onRetailPriceImprovement?(message: RetailPriceImprovementView, sequence: number): void
  /** Bounds and time of the first price of a direct listing. */
  onDirectListing?(message: DirectListingView, sequence: number): void
  /** Takes what has no method of its own: also unknown types, if `onUnknown` is missing. */
  onMessage?(message: Itch50View | UnknownMessageView, sequence: number): void
  /** Takes messages of a type that the protocol does not know. */
  onUnknown?(message: UnknownMessageView, sequence: number): void
}
