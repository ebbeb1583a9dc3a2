import { MarketDataView } from '../../wire/market-data-view.js'
import { decimalText } from '../value/decimal.js'
import { exactInt64 } from '../value/exact.js'

/** A native message as a plain object. */
export interface MarketDataObject {
  type: 'marketData'
  timestamp: bigint
  price: number
  priceText: string
  sequence: number
  instrument: number
  quantity: number
  side: number
}

/** The native message's view with what the views of other protocols have too. */
export class NativeMessageView extends MarketDataView {
  get type(): 'marketData' {
    return 'marketData'
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): MarketDataObject {
    return {
      type: 'marketData',
      timestamp: this.timestampNs,
      price: this.price,
      priceText: decimalText(exactInt64(this.bytes, this.offset + 8, true), 9),
      sequence: this.sequence,
      instrument: this.instrument,
      quantity: this.quantity,
      side: this.side,
    }
  }
}
