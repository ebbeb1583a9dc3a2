import type {
  AddOrderView,
  AddOrderWithMpidView,
  BrokenTradeView,
  Itch50Handler,
  NetOrderImbalanceView,
  OrderCancelView,
  OrderDeleteView,
  OrderExecutedView,
  OrderExecutedWithPriceView,
  OrderReplaceView,
  TradeView,
} from '../../../codec/itch50/index.js'
import type { MessageView } from '../../../wire/message-view.js'

const MPID = 36

/**
 * Looks at every field of the messages of a trading day, as `itch.c` does: adds all up, modulo 2^32, and keeps the
 * latest time. Each method reads its own view, so that the engine sees one class in each place. What comes once a day for each instrument counts with its length.
 */
export class ItchFields implements Itch50Handler {
  sum = 0
  /** No whole number at first: the engine then keeps a double there from the start. */
  latestNs = -0.5
  messages = 0

  onAddOrder(m: AddOrderView): void {
    this.messages += 1
    let sum = (this.sum + m.stockLocate + m.trackingNumber) | 0
    sum = (sum + m.orderReferenceNumberHigh) | 0
    sum = (sum + m.orderReferenceNumberLow) | 0
    sum = (sum + m.sideCode) | 0
    sum = (sum + m.shares) | 0
    sum = (sum + m.stockHigh) | 0
    sum = (sum + m.stockLow) | 0
    sum = (sum + m.priceMantissa) | 0
    this.sum = sum
    if (m.timestamp > this.latestNs) this.latestNs = m.timestamp
  }

  onAddOrderWithMpid(m: AddOrderWithMpidView): void {
    this.messages += 1
    let sum = (this.sum + m.stockLocate + m.trackingNumber) | 0
    sum = (sum + m.orderReferenceNumberHigh) | 0
    sum = (sum + m.orderReferenceNumberLow) | 0
    sum = (sum + m.sideCode) | 0
    sum = (sum + m.shares) | 0
    sum = (sum + m.stockHigh) | 0
    sum = (sum + m.stockLow) | 0
    sum = (sum + m.priceMantissa) | 0
    sum = (sum + m.bytes.getUint32(m.offset + MPID)) | 0
    this.sum = sum
    if (m.timestamp > this.latestNs) this.latestNs = m.timestamp
  }

  onOrderExecuted(m: OrderExecutedView): void {
    this.messages += 1
    let sum = (this.sum + m.stockLocate + m.trackingNumber) | 0
    sum = (sum + m.orderReferenceNumberHigh) | 0
    sum = (sum + m.orderReferenceNumberLow) | 0
    sum = (sum + m.shares) | 0
    sum = (sum + m.matchNumberHigh) | 0
    sum = (sum + m.matchNumberLow) | 0
    this.sum = sum
    if (m.timestamp > this.latestNs) this.latestNs = m.timestamp
  }

  onOrderExecutedWithPrice(m: OrderExecutedWithPriceView): void {
    this.messages += 1
    let sum = (this.sum + m.stockLocate + m.trackingNumber) | 0
    sum = (sum + m.orderReferenceNumberHigh) | 0
    sum = (sum + m.orderReferenceNumberLow) | 0
    sum = (sum + m.shares) | 0
    sum = (sum + m.matchNumberHigh) | 0
    sum = (sum + m.matchNumberLow) | 0
    sum = (sum + m.printableCode) | 0
    sum = (sum + m.priceMantissa) | 0
    this.sum = sum
    if (m.timestamp > this.latestNs) this.latestNs = m.timestamp
  }

  onOrderCancel(m: OrderCancelView): void {
    this.messages += 1
    let sum = (this.sum + m.stockLocate + m.trackingNumber) | 0
    sum = (sum + m.orderReferenceNumberHigh) | 0
    sum = (sum + m.orderReferenceNumberLow) | 0
    sum = (sum + m.shares) | 0
    this.sum = sum
    if (m.timestamp > this.latestNs) this.latestNs = m.timestamp
  }

  onOrderDelete(m: OrderDeleteView): void {
    this.messages += 1
    let sum = (this.sum + m.stockLocate + m.trackingNumber) | 0
    sum = (sum + m.orderReferenceNumberHigh) | 0
    sum = (sum + m.orderReferenceNumberLow) | 0
    this.sum = sum
    if (m.timestamp > this.latestNs) this.latestNs = m.timestamp
  }

  onOrderReplace(m: OrderReplaceView): void {
    this.messages += 1
    let sum = (this.sum + m.stockLocate + m.trackingNumber) | 0
    sum = (sum + m.orderReferenceNumberHigh) | 0
    sum = (sum + m.orderReferenceNumberLow) | 0
    sum = (sum + m.newOrderReferenceNumberHigh) | 0
    sum = (sum + m.newOrderReferenceNumberLow) | 0
    sum = (sum + m.shares) | 0
    sum = (sum + m.priceMantissa) | 0
    this.sum = sum
    if (m.timestamp > this.latestNs) this.latestNs = m.timestamp
  }

  onTrade(m: TradeView): void {
    this.messages += 1
    let sum = (this.sum + m.stockLocate + m.trackingNumber) | 0
    sum = (sum + m.orderReferenceNumberHigh) | 0
    sum = (sum + m.orderReferenceNumberLow) | 0
    sum = (sum + m.sideCode) | 0
    sum = (sum + m.shares) | 0
    sum = (sum + m.stockHigh) | 0
    sum = (sum + m.stockLow) | 0
    sum = (sum + m.priceMantissa) | 0
    sum = (sum + m.matchNumberHigh) | 0
    sum = (sum + m.matchNumberLow) | 0
    this.sum = sum
    if (m.timestamp > this.latestNs) this.latestNs = m.timestamp
  }

  onBrokenTrade(m: BrokenTradeView): void {
    this.messages += 1
    let sum = (this.sum + m.stockLocate + m.trackingNumber) | 0
    sum = (sum + m.matchNumberHigh) | 0
    sum = (sum + m.matchNumberLow) | 0
    this.sum = sum
    if (m.timestamp > this.latestNs) this.latestNs = m.timestamp
  }

  onNetOrderImbalance(m: NetOrderImbalanceView): void {
    this.messages += 1
    let sum = (this.sum + m.stockLocate + m.trackingNumber) | 0
    sum = (sum + m.pairedSharesHigh) | 0
    sum = (sum + m.pairedSharesLow) | 0
    sum = (sum + m.imbalanceSharesHigh) | 0
    sum = (sum + m.imbalanceSharesLow) | 0
    sum = (sum + m.imbalanceDirectionCode) | 0
    sum = (sum + m.stockHigh) | 0
    sum = (sum + m.stockLow) | 0
    sum = (sum + m.farPriceMantissa) | 0
    sum = (sum + m.nearPriceMantissa) | 0
    sum = (sum + m.currentReferencePriceMantissa) | 0
    sum = (sum + m.crossTypeCode) | 0
    sum = (sum + m.priceVariationIndicatorCode) | 0
    this.sum = sum
    if (m.timestamp > this.latestNs) this.latestNs = m.timestamp
  }

  onMessage(m: MessageView): void {
    this.messages += 1
    this.sum = (this.sum + m.length) | 0
  }
}
