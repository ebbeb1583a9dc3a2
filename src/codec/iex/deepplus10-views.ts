// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import type { MessageViews } from '../message-dispatch.js'
import { UnknownMessageView } from '../unknown-message-view.js'
import { AddOrderView } from './add-order.js'
import { ClearBookView } from './clear-book.js'
import type { Deepplus10Input, Deepplus10View } from './deepplus10-handler.js'
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
 * One view of each message of IEX DEEP+ 1.0, to read and write any of them. Each view is used again
 * for the next message of its kind. Confined to one thread.
 */
export class Deepplus10Views implements MessageViews {
  readonly systemEvent = new SystemEventView()
  readonly securityDirectory = new SecurityDirectoryView()
  readonly tradingStatus = new TradingStatusView()
  readonly retailLiquidityIndicator = new RetailLiquidityIndicatorView()
  readonly operationalHaltStatus = new OperationalHaltStatusView()
  readonly shortSalePriceTestStatus = new ShortSalePriceTestStatusView()
  readonly securityEvent = new SecurityEventView()
  readonly addOrder = new AddOrderView()
  readonly orderModify = new OrderModifyView()
  readonly orderDelete = new OrderDeleteView()
  readonly orderExecuted = new OrderExecutedView()
  readonly trade = new TradeView()
  readonly tradeBreak = new TradeBreakView()
  readonly clearBook = new ClearBookView()
  readonly unknown = new UnknownMessageView()

  /**
   * The view of the message at `offset`, moved there. What is of an unknown type, or shorter than
   * its type must be, is shown by `unknown`, whose `fault` tells the two apart.
   */
  select(bytes: DataView, offset: number, length: number): Deepplus10View | UnknownMessageView {
    if (length < 1) {
      return this.unknown.mark(bytes, offset, length, true)
    }
    switch (bytes.getUint8(offset)) {
      // S
      case 0x53:
        if (length < 10) break
        return this.systemEvent.wrap(bytes, offset, length)
      // D
      case 0x44:
        if (length < 31) break
        return this.securityDirectory.wrap(bytes, offset, length)
      // H
      case 0x48:
        if (length < 22) break
        return this.tradingStatus.wrap(bytes, offset, length)
      // I
      case 0x49:
        if (length < 18) break
        return this.retailLiquidityIndicator.wrap(bytes, offset, length)
      // O
      case 0x4f:
        if (length < 18) break
        return this.operationalHaltStatus.wrap(bytes, offset, length)
      // P
      case 0x50:
        if (length < 19) break
        return this.shortSalePriceTestStatus.wrap(bytes, offset, length)
      // E
      case 0x45:
        if (length < 18) break
        return this.securityEvent.wrap(bytes, offset, length)
      // a
      case 0x61:
        if (length < 38) break
        return this.addOrder.wrap(bytes, offset, length)
      // M
      case 0x4d:
        if (length < 38) break
        return this.orderModify.wrap(bytes, offset, length)
      // R
      case 0x52:
        if (length < 26) break
        return this.orderDelete.wrap(bytes, offset, length)
      // L
      case 0x4c:
        if (length < 46) break
        return this.orderExecuted.wrap(bytes, offset, length)
      // T
      case 0x54:
        if (length < 38) break
        return this.trade.wrap(bytes, offset, length)
      // B
      case 0x42:
        if (length < 38) break
        return this.tradeBreak.wrap(bytes, offset, length)
      // C
      case 0x43:
        if (length < 18) break
        return this.clearBook.wrap(bytes, offset, length)
      default:
        return this.unknown.mark(bytes, offset, length, false)
    }
    return this.unknown.mark(bytes, offset, length, true)
  }

  /** Writes a plain object as a message and returns its bytes. Fields that miss are 0 or blank. */
  encode(object: Deepplus10Input, bytes: DataView, offset = 0): number {
    switch (object.type) {
      case 'systemEvent':
        this.systemEvent.init(bytes, offset).assign(object)
        return SystemEventView.LENGTH
      case 'securityDirectory':
        this.securityDirectory.init(bytes, offset).assign(object)
        return SecurityDirectoryView.LENGTH
      case 'tradingStatus':
        this.tradingStatus.init(bytes, offset).assign(object)
        return TradingStatusView.LENGTH
      case 'retailLiquidityIndicator':
        this.retailLiquidityIndicator.init(bytes, offset).assign(object)
        return RetailLiquidityIndicatorView.LENGTH
      case 'operationalHaltStatus':
        this.operationalHaltStatus.init(bytes, offset).assign(object)
        return OperationalHaltStatusView.LENGTH
      case 'shortSalePriceTestStatus':
        this.shortSalePriceTestStatus.init(bytes, offset).assign(object)
        return ShortSalePriceTestStatusView.LENGTH
      case 'securityEvent':
        this.securityEvent.init(bytes, offset).assign(object)
        return SecurityEventView.LENGTH
      case 'addOrder':
        this.addOrder.init(bytes, offset).assign(object)
        return AddOrderView.LENGTH
      case 'orderModify':
        this.orderModify.init(bytes, offset).assign(object)
        return OrderModifyView.LENGTH
      case 'orderDelete':
        this.orderDelete.init(bytes, offset).assign(object)
        return OrderDeleteView.LENGTH
      case 'orderExecuted':
        this.orderExecuted.init(bytes, offset).assign(object)
        return OrderExecutedView.LENGTH
      case 'trade':
        this.trade.init(bytes, offset).assign(object)
        return TradeView.LENGTH
      case 'tradeBreak':
        this.tradeBreak.init(bytes, offset).assign(object)
        return TradeBreakView.LENGTH
      case 'clearBook':
        this.clearBook.init(bytes, offset).assign(object)
        return ClearBookView.LENGTH
    }
  }
}
