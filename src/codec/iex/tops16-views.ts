// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import type { MessageViews } from '../message-dispatch.js'
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
import type { Tops16Input, Tops16View } from './tops16-handler.js'
import { TradeBreakView } from './trade-break.js'
import { TradeReportView } from './trade-report.js'
import { TradingStatusView } from './trading-status.js'

/**
 * One view of each message of IEX TOPS 1.6, to read and write any of them. Each view is used again
 * for the next message of its kind. Confined to one thread.
 */
export class Tops16Views implements MessageViews {
  readonly systemEvent = new SystemEventView()
  readonly securityDirectory = new SecurityDirectoryView()
  readonly tradingStatus = new TradingStatusView()
  readonly retailLiquidityIndicator = new RetailLiquidityIndicatorView()
  readonly operationalHaltStatus = new OperationalHaltStatusView()
  readonly shortSalePriceTestStatus = new ShortSalePriceTestStatusView()
  readonly securityEvent = new SecurityEventView()
  readonly quoteUpdate = new QuoteUpdateView()
  readonly tradeReport = new TradeReportView()
  readonly officialPrice = new OfficialPriceView()
  readonly tradeBreak = new TradeBreakView()
  readonly auctionInformation = new AuctionInformationView()
  readonly priceLevelUpdateBuy = new PriceLevelUpdateBuyView()
  readonly priceLevelUpdateSell = new PriceLevelUpdateSellView()
  readonly unknown = new UnknownMessageView()

  /**
   * The view of the message at `offset`, moved there. What is of an unknown type, or shorter than
   * its type must be, is shown by `unknown`, whose `fault` tells the two apart.
   */
  select(bytes: DataView, offset: number, length: number): Tops16View | UnknownMessageView {
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
      // Q
      case 0x51:
        if (length < 42) break
        return this.quoteUpdate.wrap(bytes, offset, length)
      // T
      case 0x54:
        if (length < 38) break
        return this.tradeReport.wrap(bytes, offset, length)
      // X
      case 0x58:
        if (length < 26) break
        return this.officialPrice.wrap(bytes, offset, length)
      // B
      case 0x42:
        if (length < 38) break
        return this.tradeBreak.wrap(bytes, offset, length)
      // A
      case 0x41:
        if (length < 80) break
        return this.auctionInformation.wrap(bytes, offset, length)
      // 8
      case 0x38:
        if (length < 30) break
        return this.priceLevelUpdateBuy.wrap(bytes, offset, length)
      // 5
      case 0x35:
        if (length < 30) break
        return this.priceLevelUpdateSell.wrap(bytes, offset, length)
      default:
        return this.unknown.mark(bytes, offset, length, false)
    }
    return this.unknown.mark(bytes, offset, length, true)
  }

  /** Writes a plain object as a message and returns its bytes. Fields that miss are 0 or blank. */
  encode(object: Tops16Input, bytes: DataView, offset = 0): number {
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
      case 'quoteUpdate':
        this.quoteUpdate.init(bytes, offset).assign(object)
        return QuoteUpdateView.LENGTH
      case 'tradeReport':
        this.tradeReport.init(bytes, offset).assign(object)
        return TradeReportView.LENGTH
      case 'officialPrice':
        this.officialPrice.init(bytes, offset).assign(object)
        return OfficialPriceView.LENGTH
      case 'tradeBreak':
        this.tradeBreak.init(bytes, offset).assign(object)
        return TradeBreakView.LENGTH
      case 'auctionInformation':
        this.auctionInformation.init(bytes, offset).assign(object)
        return AuctionInformationView.LENGTH
      case 'priceLevelUpdateBuy':
        this.priceLevelUpdateBuy.init(bytes, offset).assign(object)
        return PriceLevelUpdateBuyView.LENGTH
      case 'priceLevelUpdateSell':
        this.priceLevelUpdateSell.init(bytes, offset).assign(object)
        return PriceLevelUpdateSellView.LENGTH
    }
  }
}
