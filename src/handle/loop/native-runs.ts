import { FEED } from '../../account/feed-counters.js'
import { MARKET_DATA_BYTES, MarketDataView } from '../../wire/market-data-view.js'
import type { Handler } from '../handler.js'
import { type OpenRun, SMALL } from '../open-run.js'
import type { RunDelivery } from './run-delivery.js'

// At hand: the engine looks an imported constant up each time, and folds one of the module's own.
const CURRENT_SEQUENCE = FEED.currentSequence
const MESSAGE_BYTES = MARKET_DATA_BYTES
const SMALL_SEQUENCES = SMALL

/** Delivers native messages, which lie back to back. One thread. */
export class NativeRuns implements RunDelivery {
  readonly takesPieces = true
  readonly #run: OpenRun
  readonly #view: MarketDataView
  readonly #handler: Handler

  constructor(run: OpenRun, handler: Handler) {
    this.#run = run
    this.#view = new MarketDataView(run.epoch)
    this.#handler = handler
  }

  deliverRun(count: number): void {
    const run = this.#run
    if (run.late) {
      this.#deliverLate(count)
      return
    }
    this.#view.wrap(run.bytes, run.offset, MESSAGE_BYTES)
    const first = run.first | 0
    if (first === run.first && first < SMALL_SEQUENCES) this.#deliverSmall(first)
    else this.#deliverLarge()
  }

  /** While sequences are integers for the engine too, which makes them cheap to pass on. */
  #deliverSmall(first: number): void {
    const { counts, pieces, pieceCount } = this.#run
    const view = this.#view
    const handler = this.#handler
    let sequence = first
    for (let piece = 0; piece < pieceCount; piece++) {
      let offset = pieces.offsets[piece]
      const end = sequence + pieces.counts[piece]
      for (; sequence < end; sequence++) {
        counts[CURRENT_SEQUENCE] = sequence
        view.offset = offset
        handler.onMessage(view, sequence)
        offset += MESSAGE_BYTES
      }
    }
  }

  #deliverLarge(): void {
    const { first, counts, pieces, pieceCount } = this.#run
    const view = this.#view
    const handler = this.#handler
    let sequence = first
    for (let piece = 0; piece < pieceCount; piece++) {
      let offset = pieces.offsets[piece]
      for (let left = pieces.counts[piece]; left > 0; left--) {
        counts[CURRENT_SEQUENCE] = sequence
        view.offset = offset
        handler.onMessage(view, sequence)
        offset += MESSAGE_BYTES
        sequence += 1
      }
    }
  }

  #deliverLate(count: number): void {
    const { bytes, offset, first, counts } = this.#run
    const handler = this.#handler
    for (let i = 0; i < count; i++) {
      counts[CURRENT_SEQUENCE] = first + i
      this.#view.wrap(bytes, offset + i * MESSAGE_BYTES, MESSAGE_BYTES)
      if (handler.onLate === undefined) handler.onMessage(this.#view, first + i)
      else handler.onLate(this.#view, first + i)
    }
  }
}
