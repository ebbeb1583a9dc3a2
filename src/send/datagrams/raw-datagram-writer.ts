import { MARKET_DATA_BYTES } from '../../wire/index.js'
import type { MessageStore } from '../../wire/message-store.js'
import {
  DATAGRAM_SHAPES,
  type DatagramWriter,
  type Messages,
  type WriterOptions,
} from './datagram-writer.js'

/** Native messages, one behind the other. */
export class RawDatagramWriter implements DatagramWriter {
  readonly shape = DATAGRAM_SHAPES.raw
  readonly firstSequence: number
  readonly sequenceBits = 32
  readonly #source: Messages
  readonly #store: MessageStore | undefined

  /** @param source writes each message with its sequence */
  constructor(source: Messages, { store, firstSequence }: WriterOptions = {}) {
    this.firstSequence = firstSequence ?? 0
    this.#source = source
    this.#store = store
  }

  write(bytes: DataView, offset: number, messages: number): number {
    for (let i = 0; i < messages; i++) this.#source.write(bytes, offset + i * MARKET_DATA_BYTES)
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
