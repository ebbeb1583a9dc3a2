import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BOOK_PROTOCOLS, type BookProtocol, Books } from '../../src/book/index.js'
import { proof } from '../kit/proof.js'
import { assertEqual } from './compare.js'
import { Encoder } from './encode.js'
import { Market, type MarketOptions } from './market.js'
import { symbolOf } from './market-event.js'

/** 80,000 messages in all, or 4 million. */
const PARTS = proof(1, 50)

const WORLDS: readonly (Omit<MarketOptions, 'protocol'> & { readonly messages: number })[] = [
  { seed: 1, instruments: 3, depth: 30, messages: 8_000 * PARTS },
  {
    ...{ seed: 2, instruments: 40, depth: 8, messages: 10_000 * PARTS },
    ...{ faults: 0.02, crossing: 0.01, clears: 0.0005 },
  },
  { seed: 3, instruments: 1, depth: 150, faults: 0.001, messages: 2_000 * PARTS },
]

/** Plays a market to books that start small, and compares after every message. */
function play(protocol: BookProtocol, options: MarketOptions, messages: number): Books {
  const market = new Market(options)
  const encoder = new Encoder(protocol)
  const books = new Books(protocol, { instruments: 2, orders: 4, levels: 2 })
  for (let sequence = 1; sequence <= messages; sequence++) {
    const event = market.next()
    const length = encoder.encode(event, sequence)
    books.sequence = sequence
    books.apply(encoder.bytes, 0, length)
    const what = () =>
      `seed ${options.seed}, message ${sequence}: ${JSON.stringify(event, bigints)}`
    if ('instrument' in event) compare(books, market, event.instrument, what)
    else for (let i = 0; i < market.books.length; i++) compare(books, market, i, what)
  }
  return books
}

function compare(books: Books, market: Market, instrument: number, what: () => string): void {
  const book = books.get(symbolOf(instrument))
  const reference = market.book(instrument)
  if (book !== undefined) assertEqual(book, reference, books.priceScale, what)
  else if (reference.orders.length > 0 || reference.trades > 0) assert.fail(`${what()}: no book`)
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

for (const protocol of BOOK_PROTOCOLS) {
  for (const world of WORLDS) {
    const { seed, messages } = world
    test(`${protocol} books equal naive ones after each of ${messages} messages, seed ${seed}`, () => {
      const books = play(protocol, { ...world, protocol }, messages)
      assert.ok(books.growths > 0, 'memory grew on the way')
    })
  }
}
