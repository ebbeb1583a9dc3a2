// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import type { MessageDispatch } from '../message-dispatch.js'
import { callMethod, ignoreMessage, type MessageMethod, methodOr } from '../message-method.js'
import { UnknownMessageView } from '../unknown-message-view.js'
import { AddOrderView } from './add-order.js'
import { ClearBookView } from './clear-book.js'
import type { Deepplus10Handler } from './deepplus10-handler.js'
import { OperationalHaltStatusView } from './operational-halt-status.js'
import { OrderDeleteView } from './order-delete.js'
import { OrderExecutedView } from './order-executed.js'
import { OrderModifyView } from './order-modify.js'
import { RetailLiquidityIndicatorView } from './retail-liquidity-indicator.js'
import { SecurityDirectoryView } from './security-directory.js'
import { SecurityEventView } from './security-event.js'
import { ShortSalePriceTestStatusView } from './short-sale-price-test-status.js'
import { SystemEventView } from './system-event.js'
import { TradeView } from './trade.js'
import { TradeBreakView } from './trade-break.js'
import { TradingStatusView } from './trading-status.js'

/**
 * Calls a handler's method for each message of IEX DEEP+ 1.0.
 *
 * Which methods there are is looked up once, when the dispatch is made. Nothing is allocated per
 * message. Confined to one thread.
 */
export class Deepplus10Dispatch implements MessageDispatch {
  messageFaults = 0
  unknownMessages = 0
  private readonly handler: Deepplus10Handler
  private readonly onSystemEvent: MessageMethod
  private readonly onSecurityDirectory: MessageMethod
  private readonly onTradingStatus: MessageMethod
  private readonly onRetailLiquidityIndicator: MessageMethod
  private readonly onOperationalHaltStatus: MessageMethod
  private readonly onShortSalePriceTestStatus: MessageMethod
  private readonly onSecurityEvent: MessageMethod
  private readonly onAddOrder: MessageMethod
  private readonly onOrderModify: MessageMethod
  private readonly onOrderDelete: MessageMethod
  private readonly onOrderExecuted: MessageMethod
  private readonly onTrade: MessageMethod
  private readonly onTradeBreak: MessageMethod
  private readonly onClearBook: MessageMethod
  private readonly onUnknown: MessageMethod
  private readonly systemEvent = new SystemEventView()
  private readonly securityDirectory = new SecurityDirectoryView()
  private readonly tradingStatus = new TradingStatusView()
  private readonly retailLiquidityIndicator = new RetailLiquidityIndicatorView()
  private readonly operationalHaltStatus = new OperationalHaltStatusView()
  private readonly shortSalePriceTestStatus = new ShortSalePriceTestStatusView()
  private readonly securityEvent = new SecurityEventView()
  private readonly addOrder = new AddOrderView()
  private readonly orderModify = new OrderModifyView()
  private readonly orderDelete = new OrderDeleteView()
  private readonly orderExecuted = new OrderExecutedView()
  private readonly trade = new TradeView()
  private readonly tradeBreak = new TradeBreakView()
  private readonly clearBook = new ClearBookView()
  private readonly unknown = new UnknownMessageView()

  constructor(handler: Deepplus10Handler) {
    const rest = handler.onMessage ?? ignoreMessage
    this.handler = handler
    this.onSystemEvent = methodOr(handler.onSystemEvent, rest)
    this.onSecurityDirectory = methodOr(handler.onSecurityDirectory, rest)
    this.onTradingStatus = methodOr(handler.onTradingStatus, rest)
    this.onRetailLiquidityIndicator = methodOr(handler.onRetailLiquidityIndicator, rest)
    this.onOperationalHaltStatus = methodOr(handler.onOperationalHaltStatus, rest)
    this.onShortSalePriceTestStatus = methodOr(handler.onShortSalePriceTestStatus, rest)
    this.onSecurityEvent = methodOr(handler.onSecurityEvent, rest)
    this.onAddOrder = methodOr(handler.onAddOrder, rest)
    this.onOrderModify = methodOr(handler.onOrderModify, rest)
    this.onOrderDelete = methodOr(handler.onOrderDelete, rest)
    this.onOrderExecuted = methodOr(handler.onOrderExecuted, rest)
    this.onTrade = methodOr(handler.onTrade, rest)
    this.onTradeBreak = methodOr(handler.onTradeBreak, rest)
    this.onClearBook = methodOr(handler.onClearBook, rest)
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
        if (length < 10) break
        const message = this.systemEvent
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onSystemEvent, this.handler, message, sequence)
        return
      }
      // D
      case 0x44: {
        if (length < 31) break
        const message = this.securityDirectory
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onSecurityDirectory, this.handler, message, sequence)
        return
      }
      // H
      case 0x48: {
        if (length < 22) break
        const message = this.tradingStatus
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onTradingStatus, this.handler, message, sequence)
        return
      }
      // I
      case 0x49: {
        if (length < 18) break
        const message = this.retailLiquidityIndicator
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onRetailLiquidityIndicator, this.handler, message, sequence)
        return
      }
      // O
      case 0x4f: {
        if (length < 18) break
        const message = this.operationalHaltStatus
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOperationalHaltStatus, this.handler, message, sequence)
        return
      }
      // P
      case 0x50: {
        if (length < 19) break
        const message = this.shortSalePriceTestStatus
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onShortSalePriceTestStatus, this.handler, message, sequence)
        return
      }
      // E
      case 0x45: {
        if (length < 18) break
        const message = this.securityEvent
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onSecurityEvent, this.handler, message, sequence)
        return
      }
      // a
      case 0x61: {
        if (length < 38) break
        const message = this.addOrder
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onAddOrder, this.handler, message, sequence)
        return
      }
      // M
      case 0x4d: {
        if (length < 38) break
        const message = this.orderModify
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOrderModify, this.handler, message, sequence)
        return
      }
      // R
      case 0x52: {
        if (length < 26) break
        const message = this.orderDelete
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOrderDelete, this.handler, message, sequence)
        return
      }
      // L
      case 0x4c: {
        if (length < 46) break
        const message = this.orderExecuted
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOrderExecuted, this.handler, message, sequence)
        return
      }
      // T
      case 0x54: {
        if (length < 38) break
        const message = this.trade
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onTrade, this.handler, message, sequence)
        return
      }
      // B
      case 0x42: {
        if (length < 38) break
        const message = this.tradeBreak
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onTradeBreak, this.handler, message, sequence)
        return
      }
      // C
      case 0x43: {
        if (length < 18) break
        const message = this.clearBook
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onClearBook, this.handler, message, sequence)
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
