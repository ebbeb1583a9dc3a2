// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import type { MessageDispatch } from '../message-dispatch.js'
import { callMethod, ignoreMessage, type MessageMethod, methodOr } from '../message-method.js'
import { UnknownMessageView } from '../unknown-message-view.js'
import { AddOrderView } from './add-order.js'
import { AddOrderWithMpidView } from './add-order-with-mpid.js'
import { BrokenTradeView } from './broken-trade.js'
import { CrossTradeView } from './cross-trade.js'
import { DirectListingView } from './direct-listing.js'
import { IpoQuotingPeriodUpdateView } from './ipo-quoting-period-update.js'
import type { Itch50Handler } from './itch50-handler.js'
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
 * Calls a handler's method for each message of NASDAQ TotalView-ITCH 5.0.
 *
 * Which methods there are is looked up once, when the dispatch is made. Nothing is allocated per
 * message. Confined to one thread.
 */
export class Itch50Dispatch implements MessageDispatch {
  messageFaults = 0
  unknownMessages = 0
  private readonly handler: Itch50Handler
  private readonly onSystemEvent: MessageMethod
  private readonly onStockDirectory: MessageMethod
  private readonly onStockTradingAction: MessageMethod
  private readonly onRegShoRestriction: MessageMethod
  private readonly onMarketParticipantPosition: MessageMethod
  private readonly onMwcbDeclineLevel: MessageMethod
  private readonly onMwcbStatus: MessageMethod
  private readonly onIpoQuotingPeriodUpdate: MessageMethod
  private readonly onLuldAuctionCollar: MessageMethod
  private readonly onOperationalHalt: MessageMethod
  private readonly onAddOrder: MessageMethod
  private readonly onAddOrderWithMpid: MessageMethod
  private readonly onOrderExecuted: MessageMethod
  private readonly onOrderExecutedWithPrice: MessageMethod
  private readonly onOrderCancel: MessageMethod
  private readonly onOrderDelete: MessageMethod
  private readonly onOrderReplace: MessageMethod
  private readonly onTrade: MessageMethod
  private readonly onCrossTrade: MessageMethod
  private readonly onBrokenTrade: MessageMethod
  private readonly onNetOrderImbalance: MessageMethod
  private readonly onRetailPriceImprovement: MessageMethod
  private readonly onDirectListing: MessageMethod
  private readonly onUnknown: MessageMethod
  private readonly systemEvent = new SystemEventView()
  private readonly stockDirectory = new StockDirectoryView()
  private readonly stockTradingAction = new StockTradingActionView()
  private readonly regShoRestriction = new RegShoRestrictionView()
  private readonly marketParticipantPosition = new MarketParticipantPositionView()
  private readonly mwcbDeclineLevel = new MwcbDeclineLevelView()
  private readonly mwcbStatus = new MwcbStatusView()
  private readonly ipoQuotingPeriodUpdate = new IpoQuotingPeriodUpdateView()
  private readonly luldAuctionCollar = new LuldAuctionCollarView()
  private readonly operationalHalt = new OperationalHaltView()
  private readonly addOrder = new AddOrderView()
  private readonly addOrderWithMpid = new AddOrderWithMpidView()
  private readonly orderExecuted = new OrderExecutedView()
  private readonly orderExecutedWithPrice = new OrderExecutedWithPriceView()
  private readonly orderCancel = new OrderCancelView()
  private readonly orderDelete = new OrderDeleteView()
  private readonly orderReplace = new OrderReplaceView()
  private readonly trade = new TradeView()
  private readonly crossTrade = new CrossTradeView()
  private readonly brokenTrade = new BrokenTradeView()
  private readonly netOrderImbalance = new NetOrderImbalanceView()
  private readonly retailPriceImprovement = new RetailPriceImprovementView()
  private readonly directListing = new DirectListingView()
  private readonly unknown = new UnknownMessageView()

  constructor(handler: Itch50Handler) {
    const rest = handler.onMessage ?? ignoreMessage
    this.handler = handler
    this.onSystemEvent = methodOr(handler.onSystemEvent, rest)
    this.onStockDirectory = methodOr(handler.onStockDirectory, rest)
    this.onStockTradingAction = methodOr(handler.onStockTradingAction, rest)
    this.onRegShoRestriction = methodOr(handler.onRegShoRestriction, rest)
    this.onMarketParticipantPosition = methodOr(handler.onMarketParticipantPosition, rest)
    this.onMwcbDeclineLevel = methodOr(handler.onMwcbDeclineLevel, rest)
    this.onMwcbStatus = methodOr(handler.onMwcbStatus, rest)
    this.onIpoQuotingPeriodUpdate = methodOr(handler.onIpoQuotingPeriodUpdate, rest)
    this.onLuldAuctionCollar = methodOr(handler.onLuldAuctionCollar, rest)
    this.onOperationalHalt = methodOr(handler.onOperationalHalt, rest)
    this.onAddOrder = methodOr(handler.onAddOrder, rest)
    this.onAddOrderWithMpid = methodOr(handler.onAddOrderWithMpid, rest)
    this.onOrderExecuted = methodOr(handler.onOrderExecuted, rest)
    this.onOrderExecutedWithPrice = methodOr(handler.onOrderExecutedWithPrice, rest)
    this.onOrderCancel = methodOr(handler.onOrderCancel, rest)
    this.onOrderDelete = methodOr(handler.onOrderDelete, rest)
    this.onOrderReplace = methodOr(handler.onOrderReplace, rest)
    this.onTrade = methodOr(handler.onTrade, rest)
    this.onCrossTrade = methodOr(handler.onCrossTrade, rest)
    this.onBrokenTrade = methodOr(handler.onBrokenTrade, rest)
    this.onNetOrderImbalance = methodOr(handler.onNetOrderImbalance, rest)
    this.onRetailPriceImprovement = methodOr(handler.onRetailPriceImprovement, rest)
    this.onDirectListing = methodOr(handler.onDirectListing, rest)
    this.onUnknown = methodOr(handler.onUnknown, rest)
  }

  dispatch(bytes: DataView, offset: number, length: number, sequence: number): void {
    if (length < 1) {
      this.messageFaults++
      return
    }
    switch (bytes.getUint8(offset)) {
      // S
      case 0x53: {
        if (length < 12) break
        const message = this.systemEvent
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onSystemEvent, this.handler, message, sequence)
        return
      }
      // R
      case 0x52: {
        if (length < 39) break
        const message = this.stockDirectory
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onStockDirectory, this.handler, message, sequence)
        return
      }
      // H
      case 0x48: {
        if (length < 25) break
        const message = this.stockTradingAction
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onStockTradingAction, this.handler, message, sequence)
        return
      }
      // Y
      case 0x59: {
        if (length < 20) break
        const message = this.regShoRestriction
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onRegShoRestriction, this.handler, message, sequence)
        return
      }
      // L
      case 0x4c: {
        if (length < 26) break
        const message = this.marketParticipantPosition
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onMarketParticipantPosition, this.handler, message, sequence)
        return
      }
      // V
      case 0x56: {
        if (length < 35) break
        const message = this.mwcbDeclineLevel
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onMwcbDeclineLevel, this.handler, message, sequence)
        return
      }
      // W
      case 0x57: {
        if (length < 12) break
        const message = this.mwcbStatus
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onMwcbStatus, this.handler, message, sequence)
        return
      }
      // K
      case 0x4b: {
        if (length < 28) break
        const message = this.ipoQuotingPeriodUpdate
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onIpoQuotingPeriodUpdate, this.handler, message, sequence)
        return
      }
      // J
      case 0x4a: {
        if (length < 35) break
        const message = this.luldAuctionCollar
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onLuldAuctionCollar, this.handler, message, sequence)
        return
      }
      // h
      case 0x68: {
        if (length < 21) break
        const message = this.operationalHalt
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOperationalHalt, this.handler, message, sequence)
        return
      }
      // A
      case 0x41: {
        if (length < 36) break
        const message = this.addOrder
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onAddOrder, this.handler, message, sequence)
        return
      }
      // F
      case 0x46: {
        if (length < 40) break
        const message = this.addOrderWithMpid
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onAddOrderWithMpid, this.handler, message, sequence)
        return
      }
      // E
      case 0x45: {
        if (length < 31) break
        const message = this.orderExecuted
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOrderExecuted, this.handler, message, sequence)
        return
      }
      // C
      case 0x43: {
        if (length < 36) break
        const message = this.orderExecutedWithPrice
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOrderExecutedWithPrice, this.handler, message, sequence)
        return
      }
      // X
      case 0x58: {
        if (length < 23) break
        const message = this.orderCancel
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOrderCancel, this.handler, message, sequence)
        return
      }
      // D
      case 0x44: {
        if (length < 19) break
        const message = this.orderDelete
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOrderDelete, this.handler, message, sequence)
        return
      }
      // U
      case 0x55: {
        if (length < 35) break
        const message = this.orderReplace
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOrderReplace, this.handler, message, sequence)
        return
      }
      // P
      case 0x50: {
        if (length < 44) break
        const message = this.trade
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onTrade, this.handler, message, sequence)
        return
      }
      // Q
      case 0x51: {
        if (length < 40) break
        const message = this.crossTrade
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onCrossTrade, this.handler, message, sequence)
        return
      }
      // B
      case 0x42: {
        if (length < 19) break
        const message = this.brokenTrade
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onBrokenTrade, this.handler, message, sequence)
        return
      }
      // I
      case 0x49: {
        if (length < 50) break
        const message = this.netOrderImbalance
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onNetOrderImbalance, this.handler, message, sequence)
        return
      }
      // N
      case 0x4e: {
        if (length < 20) break
        const message = this.retailPriceImprovement
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onRetailPriceImprovement, this.handler, message, sequence)
        return
      }
      // O
      case 0x4f: {
        if (length < 48) break
        const message = this.directListing
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onDirectListing, this.handler, message, sequence)
        return
      }
      default: {
        this.unknownMessages++
        const message = this.unknown.mark(bytes, offset, length, false)
        callMethod(this.onUnknown, this.handler, message, sequence)
        return
      }
    }
    this.messageFaults++
  }
}
