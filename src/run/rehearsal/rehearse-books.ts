import { BOOK_COUNTERS_BYTES } from '../../account/book-counters.js'
import { TOP_BYTES, TopWriter } from '../../account/top-section.js'
import { BookKeeper } from '../../handle/books/book-keeper.js'
import type { Handler } from '../../handle/handler.js'
import { createRunDelivery } from '../../handle/loop/create-run-delivery.js'
import type { Naming } from '../../handle/loop/naming.js'
import { OpenRun } from '../../handle/open-run.js'
import { FeedState } from '../../handle/state/feed-state.js'
import { BLOCK_HEADER_BYTES } from '../../wire/blocks.js'
import { createFraming } from '../../wire/create-framing.js'
import type { FeedData } from '../memory/feed-data.js'
import { BOOK_MESSAGE_ROOM, BookMessages } from './book-messages.js'
import { pauseForCompiler } from './pause-for-compiler.js'

const MESSAGES = 12_000
/** Every so many messages one is missing, comes late, and the publisher begins again. */
const GAP_EVERY = 331
const RESTART_EVERY = 5_000
const SIZES = { instruments: 64, orders: 1024, levels: 1024 }
const TOPS = ['R00', 'R01']
const RECEIVED_NS = 1e12
const MESSAGE_NS = 1500.5

/**
 * Builds books of a made-up market before the first real message comes, by what builds the real ones, so
 * that they are compiled by then. Books whose protocol only the first datagram tells are not rehearsed: what
 * is compiled for one protocol would have to be discarded for another.
 *
 * @param handlers in the place of the real one, several that differ
 */
export function rehearseBooks(
  data: FeedData,
  naming: Naming | undefined,
  handlers: readonly Handler[],
): void {
  const { books, framing } = data.plan
  if (books === null || books.protocol === 'auto') return
  for (const handler of handlers) {
    const bytes = new DataView(new ArrayBuffer(BLOCK_HEADER_BYTES + BOOK_MESSAGE_ROOM))
    const run = new OpenRun(createFraming(framing), data.epoch, FeedState.create(1).counters, 0)
    const memory = new SharedArrayBuffer(TOPS.length * TOP_BYTES)
    const keeper = new BookKeeper(books.protocol, SIZES, {
      counts: new Float64Array(BOOK_COUNTERS_BYTES / 8),
      tops: books.tops.length === 0 ? [] : TOPS.map((symbol, i) => topAt(symbol, memory, i)),
    })
    const runs = createRunDelivery(run, handler, naming, keeper)
    const listener = keeper.listener({})
    const messages = new BookMessages(books.protocol, bytes, BLOCK_HEADER_BYTES)
    run.bytes = bytes
    let sequence = 1
    for (let i = 1; i <= MESSAGES; i++) {
      bytes.setUint16(0, messages.write(), run.blocks === 'little-endian')
      run.offset = 0
      run.late = i % GAP_EVERY === 3
      run.first = run.late ? sequence - 3 : sequence++
      run.receivedNs = RECEIVED_NS + i * MESSAGE_NS
      run.showOne(1)
      runs.deliverRun(1)
      if (i % GAP_EVERY === 0) sequence++
      if (i % RESTART_EVERY !== 0) continue
      listener.onGap?.({ firstSequence: sequence, count: 1, reason: 'network' })
      listener.onStatus?.({ kind: 'session', line: -1, sequence: 1, count: 0 })
      sequence = 1
    }
    keeper.finish()
    pauseForCompiler()
  }
}

function topAt(symbol: string, memory: SharedArrayBuffer, index: number) {
  return { symbol, writer: new TopWriter(memory, index * TOP_BYTES) }
}
