import assert from 'node:assert/strict'
import { PerformanceObserver } from 'node:perf_hooks'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { BOOK_PROTOCOLS, Books } from '../../src/book/index.js'
import { Encoder, MESSAGE_ROOM } from './encode.js'
import { Market } from './market.js'

const MESSAGES = 20_000
/** Of so many rounds even one double that is boxed per message would fill the young generation. */
const ROUNDS = 50
/**
 * The compiler may change its mind once more, or the heap be nearly full of what came before. What makes
 * garbage with each message makes it in every window.
 */
const WINDOWS = 5

for (const protocol of BOOK_PROTOCOLS) {
  test(`${protocol} books collect no garbage over ${MESSAGES * ROUNDS} messages with gaps`, async () => {
    const market = new Market({ protocol, seed: 5, instruments: 50, depth: 20, crossing: 0.01 })
    const encoder = new Encoder(protocol)
    const bytes = new DataView(new ArrayBuffer(MESSAGES * MESSAGE_ROOM))
    const lengths = new Int32Array(MESSAGES)
    for (let i = 0; i < MESSAGES; i++) {
      lengths[i] = encoder.encode(market.next(), i)
      for (let at = 0; at < MESSAGE_ROOM; at++) {
        bytes.setUint8(i * MESSAGE_ROOM + at, encoder.bytes.getUint8(at))
      }
    }
    const books = new Books(protocol)
    let collections = 0
    const observer = new PerformanceObserver((list) => {
      collections += list.getEntries().length
    })
    observer.observe({ entryTypes: ['gc'] })
    const windows: number[] = []
    while (windows.length < WINDOWS && !windows.includes(0)) {
      await entriesDelivered()
      collections = 0
      for (let round = 0; round < ROUNDS; round++) {
        if (round % 10 === 0) books.restart()
        play(books, bytes, lengths, round)
      }
      await entriesDelivered()
      windows.push(collections)
    }
    observer.disconnect()
    assert.ok(windows.includes(0), `collections: ${windows.join(', ')}`)
  })
}

/** Entries of collections come in a turn of the event loop that follows the collection's. */
async function entriesDelivered(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate()
}

/** Plays all messages, a few of them left out, with sequences that go on from round to round. */
function play(books: Books, bytes: DataView, lengths: Int32Array, round: number): void {
  const first = (round % 10) * MESSAGES + 1
  for (let i = 0; i < MESSAGES; i++) {
    if (i % 1000 === 999) continue
    books.sequence = first + i
    books.receivedNs = (first + i) * 1.5
    books.apply(bytes, i * MESSAGE_ROOM, lengths[i] ?? 0)
  }
}
