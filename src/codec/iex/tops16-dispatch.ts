// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import type { MessageDispatch } from '../message-dispatch.js'
import { callMethod, ignoreMessage, type MessageMethod, methodOr } from '../message-method.js'
import { UnknownMessageView } from '../unknown-message-view.js'
import { AuctionInformationView } from './auction-information.js'
import { OfficialPriceView } from './official-price.js'
import { OperationalHaltStatusView } from './operational-halt-status.js'
import { PriceLevelUpdateBuyView } from './price-level-update-buy.js'
import { PriceLevelUpdateSellView } from './price-level-update-sell.js'
import { QuoteUpdateView } from './quote-update.js'
import { RetailLiquidityIndicatorView } from './retail-liquidity-indicator.js'
import { SecurityDirectoryView } from './security-directory.js'
import { SecurityEventView } from './security-event.js'
import { ShortSalePriceTestStatusView } from './short-sale-price-test-status.js'
import { SystemEventView } from './system-event.js'
import type { Tops16Handler } from './tops16-handler.js'
import { TradeBreakView } from './trade-break.js'
import { TradeReportView } from './trade-report.js'
import { TradingStatusView } from './trading-status.js'

/**
 * Calls a handler's method for each message of IEX TOPS 1.6.
 *
 * Which methods there are is looked up once, when the dispatch is made. Nothing is allocated per
 * message. Confined to one thread.
 */
export class Tops16Dispatch implements MessageDispatch {
  messageFaults = 0
  unknownMessages = 0
  private readonly handler: Tops16Handler
  private readonly onSystemEvent: MessageMethod
  private readonly onSecurityDirectory: MessageMethod
  private readonly onTradingStatus: MessageMethod
  private readonly onRetailLiquidityIndicator: MessageMethod
  private readonly onOperationalHaltStatus: MessageMethod
  private readonly onShortSalePriceTestStatus: MessageMethod
  private readonly onSecurityEvent: MessageMethod
  private readonly onQuoteUpdate: MessageMethod
  private readonly onTradeReport: MessageMethod
  private readonly onOfficialPrice: MessageMethod
  private readonly onTradeBreak: MessageMethod
  private readonly onAuctionInformation: MessageMethod
  private readonly onPriceLevelUpdateBuy: MessageMethod
  private readonly onPriceLevelUpdateSell: MessageMethod
  private readonly onUnknown: MessageMethod
  private readonly systemEvent = new SystemEventView()
  private readonly securityDirectory = new SecurityDirectoryView()
  private readonly tradingStatus = new TradingStatusView()
  private readonly retailLiquidityIndicator = new RetailLiquidityIndicatorView()
  private readonly operationalHaltStatus = new OperationalHaltStatusView()
  private readonly shortSalePriceTestStatus = new ShortSalePriceTestStatusView()
  private readonly securityEvent = new SecurityEventView()
  private readonly quoteUpdate = new QuoteUpdateView()
  private readonly tradeReport = new TradeReportView()
  private readonly officialPrice = new OfficialPriceView()
  private readonly tradeBreak = new TradeBreakView()
  private readonly auctionInformation = new AuctionInformationView()
  private readonly priceLevelUpdateBuy = new PriceLevelUpdateBuyView()
  private readonly priceLevelUpdateSell = new PriceLevelUpdateSellView()
  private readonly unknown = new UnknownMessageView()

  constructor(handler: Tops16Handler) {
    const rest = handler.onMessage ?? ignoreMessage
    this.handler = handler
    this.onSystemEvent = methodOr(handler.onSystemEvent, rest)
    this.onSecurityDirectory = methodOr(handler.onSecurityDirectory, rest)
    this.onTradingStatus = methodOr(handler.onTradingStatus, rest)
    this.onRetailLiquidityIndicator = methodOr(handler.onRetailLiquidityIndicator, rest)
    this.onOperationalHaltStatus = methodOr(handler.onOperationalHaltStatus, rest)
    this.onShortSalePriceTestStatus = methodOr(handler.onShortSalePriceTestStatus, rest)
    this.onSecurityEvent = methodOr(handler.onSecurityEvent, rest)
    this.onQuoteUpdate = methodOr(handler.onQuoteUpdate, rest)
    this.onTradeReport = methodOr(handler.onTradeReport, rest)
    this.onOfficialPrice = methodOr(handler.onOfficialPrice, rest)
    this.onTradeBreak = methodOr(handler.onTradeBreak, rest)
    this.onAuctionInformation = methodOr(handler.onAuctionInformation, rest)
    this.onPriceLevelUpdateBuy = methodOr(handler.onPriceLevelUpdateBuy, rest)
    this.onPriceLevelUpdateSell = methodOr(handler.onPriceLevelUpdateSell, rest)
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
      // Q
      case 0x51: {
        if (length < 42) break
        const message = this.quoteUpdate
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onQuoteUpdate, this.handler, message, sequence)
        return
      }
      // T
      case 0x54: {
        if (length < 38) break
        const message = this.tradeReport
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onTradeReport, this.handler, message, sequence)
        return
      }
      // X
      case 0x58: {
        if (length < 26) break
        const message = this.officialPrice
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onOfficialPrice, this.handler, message, sequence)
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
      // A
      case 0x41: {
        if (length < 80) break
        const message = this.auctionInformation
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onAuctionInformation, this.handler, message, sequence)
        return
      }
      // 8
      case 0x38: {
        if (length < 30) break
        const message = this.priceLevelUpdateBuy
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onPriceLevelUpdateBuy, this.handler, message, sequence)
        return
      }
      // 5
      case 0x35: {
        if (length < 30) break
        const message = this.priceLevelUpdateSell
        message.bytes = bytes
        message.offset = offset
        message.length = length
        callMethod(this.onPriceLevelUpdateSell, this.handler, message, sequence)
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
