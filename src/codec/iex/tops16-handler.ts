// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import type { UnknownMessageView } from '../unknown-message-view.js'
import type { AuctionInformationObject, AuctionInformationView } from './auction-information.js'
import type { OfficialPriceObject, OfficialPriceView } from './official-price.js'
import type {
  OperationalHaltStatusObject,
  OperationalHaltStatusView,
} from './operational-halt-status.js'
import type {
  PriceLevelUpdateBuyObject,
  PriceLevelUpdateBuyView,
} from './price-level-update-buy.js'
import type {
  PriceLevelUpdateSellObject,
  PriceLevelUpdateSellView,
} from './price-level-update-sell.js'
import type { QuoteUpdateObject, QuoteUpdateView } from './quote-update.js'
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
import type { TradeBreakObject, TradeBreakView } from './trade-break.js'
import type { TradeReportObject, TradeReportView } from './trade-report.js'
import type { TradingStatusObject, TradingStatusView } from './trading-status.js'

/** A view of one message of IEX TOPS 1.6. `type` says which. */
export type Tops16View =
  | SystemEventView
  | SecurityDirectoryView
  | TradingStatusView
  | RetailLiquidityIndicatorView
  | OperationalHaltStatusView
  | ShortSalePriceTestStatusView
  | SecurityEventView
  | QuoteUpdateView
  | TradeReportView
  | OfficialPriceView
  | TradeBreakView
  | AuctionInformationView
  | PriceLevelUpdateBuyView
  | PriceLevelUpdateSellView

/** One message of IEX TOPS 1.6 as a plain object. `type` says which. */
export type Tops16Object =
  | SystemEventObject
  | SecurityDirectoryObject
  | TradingStatusObject
  | RetailLiquidityIndicatorObject
  | OperationalHaltStatusObject
  | ShortSalePriceTestStatusObject
  | SecurityEventObject
  | QuoteUpdateObject
  | TradeReportObject
  | OfficialPriceObject
  | TradeBreakObject
  | AuctionInformationObject
  | PriceLevelUpdateBuyObject
  | PriceLevelUpdateSellObject

/** What can be encoded: any fields of one message of IEX TOPS 1.6. */
export type Tops16Input =
  | (Partial<SystemEventObject> & { readonly type: 'systemEvent' })
  | (Partial<SecurityDirectoryObject> & { readonly type: 'securityDirectory' })
  | (Partial<TradingStatusObject> & { readonly type: 'tradingStatus' })
  | (Partial<RetailLiquidityIndicatorObject> & { readonly type: 'retailLiquidityIndicator' })
  | (Partial<OperationalHaltStatusObject> & { readonly type: 'operationalHaltStatus' })
  | (Partial<ShortSalePriceTestStatusObject> & { readonly type: 'shortSalePriceTestStatus' })
  | (Partial<SecurityEventObject> & { readonly type: 'securityEvent' })
  | (Partial<QuoteUpdateObject> & { readonly type: 'quoteUpdate' })
  | (Partial<TradeReportObject> & { readonly type: 'tradeReport' })
  | (Partial<OfficialPriceObject> & { readonly type: 'officialPrice' })
  | (Partial<TradeBreakObject> & { readonly type: 'tradeBreak' })
  | (Partial<AuctionInformationObject> & { readonly type: 'auctionInformation' })
  | (Partial<PriceLevelUpdateBuyObject> & { readonly type: 'priceLevelUpdateBuy' })
  | (Partial<PriceLevelUpdateSellObject> & { readonly type: 'priceLevelUpdateSell' })

/**
 * What takes messages of IEX TOPS 1.6 by name. All methods may be missing.
 *
 * A message lies in memory that is used again: it is valid only during the call.
 */
export interface Tops16Handler {
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
  /** The best bid and ask of an instrument. */
  onQuoteUpdate?(message: QuoteUpdateView, sequence: number): void
  /** A trade. */
  onTradeReport?(message: TradeReportView, sequence: number): void
  /** The official opening or closing price of a listed instrument. */
  onOfficialPrice?(message: OfficialPriceView, sequence: number): void
  /** A trade is broken. */
  onTradeBreak?(message: TradeBreakView, sequence: number): void
  /** What a coming auction would do. */
  onAuctionInformation?(message: AuctionInformationView, sequence: number): void
  /** The shares at one price of the buy side. */
  onPriceLevelUpdateBuy?(message: PriceLevelUpdateBuyView, sequence: number): void
  /** The shares at one price of the sell side. */
  onPriceLevelUpdateSell?(message: PriceLevelUpdateSellView, sequence: number): void
  /** Takes what has no method of its own: also unknown types, if `onUnknown` is missing. */
  onMessage?(message: Tops16View | UnknownMessageView, sequence: number): void
  /** Takes messages of a type that the protocol does not know. */
  onUnknown?(message: UnknownMessageView, sequence: number): void
}
