import { MARKET_DATA_BYTES } from '../wire/index.js'
import { DATAGRAM_SHAPES, type DatagramWriter } from './datagram-writer.js'
import type { Market } from './market.js'
import type { MessageStore } from './message-store.js'

/** Native messages, one behind the other. */
export class RawDatagramWriter implements DatagramWriter {
  readonly shape = DATAGRAM_SHAPES.raw
  readonly firstSequence = 0
  readonly sequenceBits = 32
  readonly #market: Market
  readonly #store: MessageStore | undefined

  constructor(market: Market, store?: MessageStore) {
    this.#market = market
    this.#store = store
  }

  write(bytes: DataView, offset: number, messages: number): number {
    for (let i = 0; i < messages; i++) this.#market.write(bytes, offset + i * MARKET_DATA_BYTES)
    if (this.#store !== undefined) this.#keep(this.#store, bytes, offset, messages)
    return messages * MARKET_DATA_BYTES
  }

  #keep(store: MessageStore, bytes: DataView, offset: number, messages: number): void {
    for (let i = 0; i < messages; i++) {
      store.append(bytes, offset + i * MARKET_DATA_BYTES, MARKET_DATA_BYTES)
    }
    store.publish()
  }
}
