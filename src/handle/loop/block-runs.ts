import { FEED } from '../../account/feed-counters.js'
import { BLOCK_HEADER_BYTES } from '../../wire/blocks.js'
import { MessageView } from '../../wire/message-view.js'
import type { Handler } from '../handler.js'
import type { OpenRun } from '../open-run.js'
import type { RunDelivery } from './run-delivery.js'

/** Delivers messages of any layout, each of which lies behind its length. One thread. */
export class BlockRuns implements RunDelivery {
  readonly #run: OpenRun
  readonly #littleEndian: boolean
  readonly #view = new MessageView()
  readonly #handler: Handler
  readonly #onMessage: Handler['onMessage']
  /** As `onMessage`, where late messages have no method of their own. */
  readonly #onLate: Handler['onMessage']

  constructor(run: OpenRun, handler: Handler) {
    this.#run = run
    this.#littleEndian = run.blocks === 'little-endian'
    this.#handler = handler
    // Looked up once: the classes of handlers differ, and so would the looking up.
    this.#onMessage = handler.onMessage
    this.#onLate = handler.onLate ?? handler.onMessage
  }

  deliverRun(count: number): void {
    const { bytes, first, counts, late } = this.#run
    const view = this.#view
    const handler = this.#handler
    const onMessage = late ? this.#onLate : this.#onMessage
    const littleEndian = this.#littleEndian
    let { offset } = this.#run
    view.bytes = bytes
    for (let i = 0; i < count; i++) {
      const sequence = first + i
      counts[FEED.currentSequence] = sequence
      const length = bytes.getUint16(offset, littleEndian)
      offset += BLOCK_HEADER_BYTES
      view.offset = offset
      view.length = length
      onMessage.call(handler, view, sequence)
      offset += length
    }
  }
}
