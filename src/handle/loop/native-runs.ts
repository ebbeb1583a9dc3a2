import { FEED } from '../../account/feed-counters.js'
import { MARKET_DATA_BYTES, MarketDataView } from '../../wire/market-data-view.js'
import type { Handler } from '../handler.js'
import type { OpenRun } from '../open-run.js'
import type { RunDelivery } from './run-delivery.js'

/** Delivers native messages, which lie back to back. One thread. */
export class NativeRuns implements RunDelivery {
  readonly #run: OpenRun
  readonly #view: MarketDataView
  readonly #handler: Handler
  readonly #onMessage: Handler['onMessage']
  /** As `onMessage`, where late messages have no method of their own. */
  readonly #onLate: Handler['onMessage']

  constructor(run: OpenRun, handler: Handler) {
    this.#run = run
    this.#view = new MarketDataView(run.epoch)
    this.#handler = handler
    // Looked up once: the classes of handlers differ, and so would the looking up.
    this.#onMessage = handler.onMessage
    this.#onLate = handler.onLate ?? handler.onMessage
  }

  deliverRun(count: number): void {
    const run = this.#run
    if (run.late) {
      this.#deliverLate(count)
      return
    }
    const { first, counts } = run
    const view = this.#view
    const handler = this.#handler
    const onMessage = this.#onMessage
    let offset = run.offset
    view.wrap(run.bytes, offset, MARKET_DATA_BYTES)
    for (let i = 0; i < count; i++) {
      const sequence = first + i
      counts[FEED.currentSequence] = sequence
      view.offset = offset
      onMessage.call(handler, view, sequence)
      offset += MARKET_DATA_BYTES
    }
  }

  #deliverLate(count: number): void {
    const { bytes, offset, first, counts } = this.#run
    for (let i = 0; i < count; i++) {
      counts[FEED.currentSequence] = first + i
      this.#view.wrap(bytes, offset + i * MARKET_DATA_BYTES, MARKET_DATA_BYTES)
      this.#onLate.call(this.#handler, this.#view, first + i)
    }
  }
}
