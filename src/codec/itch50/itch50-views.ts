// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import type { MessageViews } from '../message-dispatch.js'
import { UnknownMessageView } from '../unknown-message-view.js'
import { AddOrderView } from './add-order.js'
import { AddOrderWithMpidView } from './add-order-with-mpid.js'
import { BrokenTradeView } from './broken-trade.js'
import { CrossTradeView } from './cross-trade.js'
import { DirectListingView } from './direct-listing.js'
import { IpoQuotingPeriodUpdateView } from './ipo-quoting-period-update.js'
import type { Itch50Input, Itch50View } from './itch50-handler.js'
import { LuldAuctionCollarView } from './luld-auction-collar.js'
import { MarketParticipantPositionView } from './market-participant-position.js'
import { MwcbDeclineLevelView } from './mwcb-decline-level.js'
import { MwcbStatusView } from './mwcb-status.js'
import { NetOrderImbalanceView } from './net-order-imbalance.js'
import { OperationalHaltView } from './operational-halt.js'
import { OrderCancelView } from './order-cancel.js'
import { OrderDeleteView } from './order-delete.js'
import { OrderExecutedView } from './order-executed.js'
import { OrderExecutedWithPriceView } from './order-executed-with-price.js'
import { OrderReplaceView } from './order-replace.js'
import { RegShoRestrictionView } from './reg-sho-restriction.js'
import { RetailPriceImprovementView } from './retail-price-improvement.js'
import { StockDirectoryView } from './stock-directory.js'
import { StockTradingActionView } from './stock-trading-action.js'
import { SystemEventView } from './system-event.js'
import { TradeView } from './trade.js'

/**
 * One view of each message of NASDAQ TotalView-ITCH 5.0, to read and write any of them. Each view
 * is used again for the next message of its kind. Confined to one thread.
 */
export class Itch50Views implements MessageViews {
  readonly systemEvent = new SystemEventView()
  readonly stockDirectory = new StockDirectoryView()
  readonly stockTradingAction = new StockTradingActionView()
  readonly regShoRestriction = new RegShoRestrictionView()
  readonly marketParticipantPosition = new MarketParticipantPositionView()
  readonly mwcbDeclineLevel = new MwcbDeclineLevelView()
  readonly mwcbStatus = new MwcbStatusView()
  readonly ipoQuotingPeriodUpdate = new IpoQuotingPeriodUpdateView()
  readonly luldAuctionCollar = new LuldAuctionCollarView()
  readonly operationalHalt = new OperationalHaltView()
  readonly addOrder = new AddOrderView()
  readonly addOrderWithMpid = new AddOrderWithMpidView()
  readonly orderExecuted = new OrderExecutedView()
  readonly orderExecutedWithPrice = new OrderExecutedWithPriceView()
  readonly orderCancel = new OrderCancelView()
  readonly orderDelete = new OrderDeleteView()
  readonly orderReplace = new OrderReplaceView()
  readonly trade = new TradeView()
  readonly crossTrade = new CrossTradeView()
  readonly brokenTrade = new BrokenTradeView()
  readonly netOrderImbalance = new NetOrderImbalanceView()
  readonly retailPriceImprovement = new RetailPriceImprovementView()
  readonly directListing = new DirectListingView()
  readonly unknown = new UnknownMessageView()

  /**
   * The view of the message at `offset`, moved there. What is of an unknown type, or shorter than
   * its type must be, is shown by `unknown`, whose `fault` tells the two apart.
   */
  select(bytes: DataView, offset: number, length: number): Itch50View | UnknownMessageView {
    if (length < 1) {
      return this.unknown.mark(bytes, offset, length, true)
    }
    switch (bytes.getUint8(offset)) {
      // S
      case 0x53:
        if (length < 12) break
        return this.systemEvent.wrap(bytes, offset, length)
      // R
      case 0x52:
        if (length < 39) break
        return this.stockDirectory.wrap(bytes, offset, length)
      // H
      case 0x48:
        if (length < 25) break
        return this.stockTradingAction.wrap(bytes, offset, length)
      // Y
      case 0x59:
        if (length < 20) break
        return this.regShoRestriction.wrap(bytes, offset, length)
      // L
      case 0x4c:
        if (length < 26) break
        return this.marketParticipantPosition.wrap(bytes, offset, length)
      // V
      case 0x56:
        if (length < 35) break
        return this.mwcbDeclineLevel.wrap(bytes, offset, length)
      // W
      case 0x57:
        if (length < 12) break
        return this.mwcbStatus.wrap(bytes, offset, length)
      // K
      case 0x4b:
        if (length < 28) break
        return this.ipoQuotingPeriodUpdate.wrap(bytes, offset, length)
      // J
      case 0x4a:
        if (length < 35) break
        return this.luldAuctionCollar.wrap(bytes, offset, length)
      // h
      case 0x68:
        if (length < 21) break
        return this.operationalHalt.wrap(bytes, offset, length)
      // A
      case 0x41:
        if (length < 36) break
        return this.addOrder.wrap(bytes, offset, length)
      // F
      case 0x46:
        if (length < 40) break
        return this.addOrderWithMpid.wrap(bytes, offset, length)
      // E
      case 0x45:
        if (length < 31) break
        return this.orderExecuted.wrap(bytes, offset, length)
      // C
      case 0x43:
        if (length < 36) break
        return this.orderExecutedWithPrice.wrap(bytes, offset, length)
      // X
      case 0x58:
        if (length < 23) break
        return this.orderCancel.wrap(bytes, offset, length)
      // D
      case 0x44:
        if (length < 19) break
        return this.orderDelete.wrap(bytes, offset, length)
      // U
      case 0x55:
        if (length < 35) break
        return this.orderReplace.wrap(bytes, offset, length)
      // P
      case 0x50:
        if (length < 44) break
        return this.trade.wrap(bytes, offset, length)
      // Q
      case 0x51:
        if (length < 40) break
        return this.crossTrade.wrap(bytes, offset, length)
      // B
      case 0x42:
        if (length < 19) break
        return this.brokenTrade.wrap(bytes, offset, length)
      // I
      case 0x49:
        if (length < 50) break
        return this.netOrderImbalance.wrap(bytes, offset, length)
      // N
      case 0x4e:
        if (length < 20) break
        return this.retailPriceImprovement.wrap(bytes, offset, length)
      // O
      case 0x4f:
        if (length < 48) break
        return this.directListing.wrap(bytes, offset, length)
      default:
        return this.unknown.mark(bytes, offset, length, false)
    }
    return this.unknown.mark(bytes, offset, length, true)
  }

  /** Writes a plain object as a message and returns its bytes. Fields that miss are 0 or blank. */
  encode(object: Itch50Input, bytes: DataView, offset = 0): number {
    switch (object.type) {
      case 'systemEvent':
        this.systemEvent.init(bytes, offset).assign(object)
        return SystemEventView.LENGTH
      case 'stockDirectory':
        this.stockDirectory.init(bytes, offset).assign(object)
        return StockDirectoryView.LENGTH
      case 'stockTradingAction':
        this.stockTradingAction.init(bytes, offset).assign(object)
        return StockTradingActionView.LENGTH
      case 'regShoRestriction':
        this.regShoRestriction.init(bytes, offset).assign(object)
        return RegShoRestrictionView.LENGTH
      case 'marketParticipantPosition':
        this.marketParticipantPosition.init(bytes, offset).assign(object)
        return MarketParticipantPositionView.LENGTH
      case 'mwcbDeclineLevel':
        this.mwcbDeclineLevel.init(bytes, offset).assign(object)
        return MwcbDeclineLevelView.LENGTH
      case 'mwcbStatus':
        this.mwcbStatus.init(bytes, offset).assign(object)
        return MwcbStatusView.LENGTH
      case 'ipoQuotingPeriodUpdate':
        this.ipoQuotingPeriodUpdate.init(bytes, offset).assign(object)
        return IpoQuotingPeriodUpdateView.LENGTH
      case 'luldAuctionCollar':
        this.luldAuctionCollar.init(bytes, offset).assign(object)
        return LuldAuctionCollarView.LENGTH
      case 'operationalHalt':
        this.operationalHalt.init(bytes, offset).assign(object)
        return OperationalHaltView.LENGTH
      case 'addOrder':
        this.addOrder.init(bytes, offset).assign(object)
        return AddOrderView.LENGTH
      case 'addOrderWithMpid':
        this.addOrderWithMpid.init(bytes, offset).assign(object)
        return AddOrderWithMpidView.LENGTH
      case 'orderExecuted':
        this.orderExecuted.init(bytes, offset).assign(object)
        return OrderExecutedView.LENGTH
      case 'orderExecutedWithPrice':
        this.orderExecutedWithPrice.init(bytes, offset).assign(object)
        return OrderExecutedWithPriceView.LENGTH
      case 'orderCancel':
        this.orderCancel.init(bytes, offset).assign(object)
        return OrderCancelView.LENGTH
      case 'orderDelete':
        this.orderDelete.init(bytes, offset).assign(object)
        return OrderDeleteView.LENGTH
      case 'orderReplace':
        this.orderReplace.init(bytes, offset).assign(object)
        return OrderReplaceView.LENGTH
      case 'trade':
        this.trade.init(bytes, offset).assign(object)
        return TradeView.LENGTH
      case 'crossTrade':
        this.crossTrade.init(bytes, offset).assign(object)
        return CrossTradeView.LENGTH
      case 'brokenTrade':
        this.brokenTrade.init(bytes, offset).assign(object)
        return BrokenTradeView.LENGTH
      case 'netOrderImbalance':
        this.netOrderImbalance.init(bytes, offset).assign(object)
        return NetOrderImbalanceView.LENGTH
      case 'retailPriceImprovement':
        this.retailPriceImprovement.init(bytes, offset).assign(object)
        return RetailPriceImprovementView.LENGTH
      case 'directListing':
        this.directListing.init(bytes, offset).assign(object)
        return DirectListingView.LENGTH
    }
  }
}
