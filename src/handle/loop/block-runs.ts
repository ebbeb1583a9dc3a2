import { FEED } from '../../account/feed-counters.js'
import { BLOCK_HEADER_BYTES } from '../../wire/blocks.js'
import { MessageView } from '../../wire/message-view.js'
import type { Handler } from '../handler.js'
import { type OpenRun, SMALL } from '../open-run.js'
import type { RunDelivery } from './run-delivery.js'

// At hand: the engine looks an imported constant up each time, and folds one of the module's own.
const CURRENT_SEQUENCE = FEED.currentSequence
const HEADER_BYTES = BLOCK_HEADER_BYTES
const SMALL_SEQUENCES = SMALL

/** Delivers messages of any layout, each of which lies behind its length. One thread. */
export class BlockRuns implements RunDelivery {
  readonly takesPieces = true
  readonly #run: OpenRun
  readonly #littleEndian: boolean
  readonly #view = new MessageView()
  readonly #handler: Handler

  constructor(run: OpenRun, handler: Handler) {
    this.#run = run
    this.#littleEndian = run.blocks === 'little-endian'
    this.#handler = handler
  }

  deliverRun(count: number): void {
    const run = this.#run
    this.#view.bytes = run.bytes
    if (run.late) {
      this.#deliverLate(count)
      return
    }
    const first = run.first | 0
    if (first === run.first && first < SMALL_SEQUENCES) this.#deliverSmall(first)
    else this.#deliverLarge()
  }

  /** While sequences are integers for the engine too, which makes them cheap to pass on. */
  #deliverSmall(first: number): void {
    const { bytes, counts, pieces, pieceCount } = this.#run
    const view = this.#view
    const handler = this.#handler
    const littleEndian = this.#littleEndian
    let sequence = first
    for (let piece = 0; piece < pieceCount; piece++) {
      let offset = pieces.offsets[piece]
      const end = sequence + pieces.counts[piece]
      for (; sequence < end; sequence++) {
        counts[CURRENT_SEQUENCE] = sequence
        const length = bytes.getUint16(offset, littleEndian)
        offset += HEADER_BYTES
        view.offset = offset
        view.length = length
        handler.onMessage(view, sequence)
        offset += length
      }
    }
  }

  #deliverLarge(): void {
    const { bytes, first, counts, pieces, pieceCount } = this.#run
    const view = this.#view
    const handler = this.#handler
    const littleEndian = this.#littleEndian
    let sequence = first
    for (let piece = 0; piece < pieceCount; piece++) {
      let offset = pieces.offsets[piece]
      for (let left = pieces.counts[piece]; left > 0; left--) {
        counts[CURRENT_SEQUENCE] = sequence
        const length = bytes.getUint16(offset, littleEndian)
        offset += HEADER_BYTES
        view.offset = offset
        view.length = length
        handler.onMessage(view, sequence)
        offset += length
        sequence += 1
      }
    }
  }

  #deliverLate(count: number): void {
    const { bytes, first, counts } = this.#run
    const handler = this.#handler
    let { offset } = this.#run
    for (let i = 0; i < count; i++) {
      counts[CURRENT_SEQUENCE] = first + i
      const length = bytes.getUint16(offset, this.#littleEndian)
      offset += HEADER_BYTES
      this.#view.wrap(bytes, offset, length)
      if (handler.onLate === undefined) handler.onMessage(this.#view, first + i)
      else handler.onLate(this.#view, first + i)
      offset += length
    }
  }
}
