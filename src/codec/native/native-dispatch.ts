import { currentEpoch, type SessionEpoch } from '../../foundation/clock.js'
import { MARKET_DATA_BYTES } from '../../wire/market-data-view.js'
import type { MessageDispatch, MessageViews } from '../message-dispatch.js'
import { ignoreMessage } from '../message-method.js'
import { UnknownMessageView } from '../unknown-message-view.js'
import { parseDecimal } from '../value/decimal.js'
import { type MarketDataObject, NativeMessageView } from './native-message-view.js'

/** What takes native messages. */
export interface NativeHandler {
  /** Takes each message. */
  onMarketData?(message: NativeMessageView, sequence: number): void
  /** Does so where `onMarketData` is missing. */
  onMessage?(message: NativeMessageView, sequence: number): void
}

/** What can be encoded: any fields of a native message. */
export type NativeInput = Partial<Omit<MarketDataObject, 'type'>> & { readonly type: string }

/** The view of the native message, to read and write it. Confined to one thread. */
export class NativeViews implements MessageViews {
  readonly marketData: NativeMessageView
  readonly unknown = new UnknownMessageView()

  /** @param epoch what `sentNs` counts from */
  constructor(epoch: SessionEpoch = currentEpoch()) {
    this.marketData = new NativeMessageView(epoch)
  }

  select(bytes: DataView, offset: number, length: number): NativeMessageView | UnknownMessageView {
    if (length < MARKET_DATA_BYTES) return this.unknown.mark(bytes, offset, length, true)
    return this.marketData.wrap(bytes, offset, length)
  }

  encode(object: NativeInput, bytes: DataView, offset = 0): number {
    const view = this.marketData.wrap(bytes, offset, MARKET_DATA_BYTES)
    view.timestampNs = object.timestamp ?? 0n
    view.price = object.price ?? 0
    if (object.priceText !== undefined) {
      bytes.setBigInt64(offset + 8, parseDecimal(object.priceText, 9), true)
    }
    view.sequence = object.sequence ?? 0
    view.instrument = object.instrument ?? 0
    view.quantity = object.quantity ?? 0
    view.side = object.side ?? 0
    return MARKET_DATA_BYTES
  }
}

/** Calls a handler's method for each native message. Confined to one thread. */
export class NativeDispatch implements MessageDispatch {
  messageFaults = 0
  unknownMessages = 0
  private readonly handler: NativeHandler
  private readonly method: (message: NativeMessageView, sequence: number) => void
  private readonly view: NativeMessageView

  /** @param epoch what `sentNs` counts from */
  constructor(handler: NativeHandler, epoch: SessionEpoch = currentEpoch()) {
    this.handler = handler
    this.method = handler.onMarketData ?? handler.onMessage ?? ignoreMessage
    this.view = new NativeMessageView(epoch)
  }

  dispatch(bytes: DataView, offset: number, length: number, sequence: number): void {
    if (length < MARKET_DATA_BYTES) {
      this.messageFaults++
      return
    }
    const message = this.view
    message.bytes = bytes
    message.offset = offset
    message.length = length
    this.method.call(this.handler, message, sequence)
  }
}
