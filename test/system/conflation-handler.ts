import assert from 'node:assert/strict'
import { sessionEpoch } from '../../src/foundation/clock.js'
import { Market } from '../../src/send/messages/market.js'
import { MARKET_DATA_BYTES, MarketDataView, SIDE } from '../../src/wire/market-data-view.js'

export const INSTRUMENTS = 8

/** What a watching handler has seen of a feed whose sequences run from 0 to below `count`. */
export interface Seen {
  /** Per sequence: 1 if it was delivered, 2 if it was in a skip; their sum if both, or more than once. */
  readonly marks: readonly number[]
  /** Messages that skips counted, and how often a message or skip came behind a later one. */
  readonly skipped: number
  readonly disorder: number
  /** The last sequence of each instrument's sides, at 4 x instrument + side; -1: none. */
  readonly last: readonly number[]
  /** Bytes in use when the first message came, and at the end. */
  readonly memory: readonly { readonly arrayBuffers: number; readonly heapUsed: number }[]
}

/** The source of a handler that remembers what it was told of, in memory that is made at the start. */
export function watchingHandler(count: number, onMessage = ''): string {
  return `
    const marks = new Uint8Array(${count})
    const last = new Int32Array(${4 * INSTRUMENTS}).fill(-1)
    const memory = []
    let skipped = 0, disorder = 0, next = 0
    const look = () => {
      const { arrayBuffers, heapUsed } = process.memoryUsage()
      memory.push({ arrayBuffers, heapUsed })
    }
    export default {
      onMessage(message, sequence) {
        if (memory.length === 0) look()
        ${onMessage}
        marks[sequence] += 1
        last[4 * message.instrument + message.side] = sequence
        if (sequence < next) disorder++
        next = sequence + 1
      },
      onSkip({ firstSequence, lastSequence, count }) {
        for (let i = firstSequence; i <= lastSequence; i++) marks[i] += 2
        if (count !== lastSequence - firstSequence + 1 || firstSequence < next) disorder++
        skipped += count
        next = lastSequence + 1
      },
      onStop() {
        look()
        write({ marks: [...marks], skipped, disorder, last: [...last], memory })
      },
    }`
}

/** A generated message. */
export interface MarketMessage {
  readonly instrument: number
  readonly side: number
}

/** What \`send\` sends by default. */
export function generatedMarket(count: number): MarketMessage[] {
  const epoch = sessionEpoch(0)
  const market = new Market(INSTRUMENTS, 1, epoch, 0)
  const bytes = new DataView(new ArrayBuffer(MARKET_DATA_BYTES))
  const view = new MarketDataView(epoch)
  view.wrap(bytes, 0, MARKET_DATA_BYTES)
  return Array.from({ length: count }, () => {
    market.write(bytes, 0)
    return { instrument: view.instrument, side: view.side }
  })
}

/** Each message was delivered or told of as skipped, once, in order, where nothing was lost. */
export function assertEachToldOnce(seen: Seen): void {
  const wrong = seen.marks.findIndex((mark) => mark !== 1 && mark !== 2)
  assert.equal(wrong, -1, `message ${wrong} was told of as ${seen.marks[wrong]}`)
  assert.equal(seen.disorder, 0)
  assert.equal(seen.skipped, seen.marks.filter((mark) => mark === 2).length)
}

/** Every trade was delivered, and the last quote of each instrument and side. */
export function assertConflated(seen: Seen, market: readonly MarketMessage[]): void {
  assertEachToldOnce(seen)
  const last = new Array<number>(4 * INSTRUMENTS).fill(-1)
  market.forEach(({ instrument, side }, sequence) => {
    last[4 * instrument + side] = sequence
    if (side === SIDE.trade) assert.equal(seen.marks[sequence], 1, `trade ${sequence}`)
  })
  assert.deepEqual(seen.last, last)
}
