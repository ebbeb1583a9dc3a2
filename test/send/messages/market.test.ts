import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sessionEpoch } from '../../../src/foundation/clock.js'
import { Market } from '../../../src/send/messages/market.js'
import { MARKET_DATA_BYTES, MarketDataView, SIDE } from '../../../src/wire/index.js'

const EPOCH = sessionEpoch(1_700_000_000)

interface Message {
  readonly sequence: number
  readonly instrument: number
  readonly side: number
  readonly quantity: number
  readonly price: number
  readonly sentNs: number
}

/** The first messages of a market as bytes, one behind the other. */
function bytesOfMarket(count: number, instruments: number, seed: number, first = 0): DataView {
  const bytes = new DataView(new ArrayBuffer(count * MARKET_DATA_BYTES))
  const market = new Market(instruments, seed, EPOCH, first)
  for (let i = 0; i < count; i++) {
    market.sentNs = i * 1000
    market.write(bytes, i * MARKET_DATA_BYTES)
  }
  return bytes
}

function messagesOf(bytes: DataView): Message[] {
  return Array.from({ length: bytes.byteLength / MARKET_DATA_BYTES }, (_, i) => {
    const view = new MarketDataView(EPOCH).wrap(bytes, i * MARKET_DATA_BYTES, MARKET_DATA_BYTES)
    const { sequence, instrument, side, quantity, price, sentNs } = view
    return { sequence, instrument, side, quantity, price, sentNs }
  })
}

/** The same market by the book: 32-bit words as BigInt, prices in ticks of a hundredth. */
function* slowMarket(instruments: number, seed: number): Generator<Omit<Message, 'sentNs'>> {
  const word = 0xffff_ffffn
  let state = (BigInt(seed + 1) * 0x9e3779b1n) & word
  if (state === 0n) state = 1n
  const next = (below: number): number => {
    state ^= (state << 13n) & word
    state ^= state >> 17n
    state ^= (state << 5n) & word
    return Number((state >> 1n) % BigInt(below))
  }
  const ticks = Array.from({ length: instruments }, (_, i) => 10_000 + (i % 1000) * 2_500)
  for (let sequence = 0; ; sequence++) {
    const instrument = next(instruments)
    const now = Math.max(100, (ticks[instrument] ?? 0) + next(3) - 1)
    ticks[instrument] = now
    const side = 1 + next(3)
    const spread = 1 + next(4)
    const away = side === SIDE.bid ? -spread : side === SIDE.ask ? spread : 0
    const quantity = 100 * (1 + next(20))
    yield { sequence, instrument, side, quantity, price: (now + away) / 100 }
  }
}

test('Market writes the messages that its arithmetic says, whatever the seed', () => {
  const seeds = fc.oneof(fc.constantFrom(0, 1, -1, 2 ** 31, 2 ** 32 - 1), fc.integer())
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 2000 }), (seed, instruments) => {
      const slow = slowMarket(instruments, seed)
      for (const { sentNs: _, ...message } of messagesOf(bytesOfMarket(50, instruments, seed))) {
        assert.deepEqual(message, slow.next().value)
      }
    }),
  )
})

const GOLDEN: readonly Message[] = [
  { sequence: 0, instrument: 1, side: SIDE.trade, quantity: 100, price: 125, sentNs: 0 },
  { sequence: 1, instrument: 6, side: SIDE.trade, quantity: 1700, price: 250, sentNs: 1000 },
  { sequence: 2, instrument: 0, side: SIDE.bid, quantity: 1400, price: 99.99, sentNs: 2000 },
]

test('Market with seed 1 starts as it always has', () => {
  assert.deepEqual(messagesOf(bytesOfMarket(3, 8, 1)), GOLDEN)
})

test('Market repeats itself to the byte with the same seed, and differs with another', () => {
  const bytes = (seed: number) => Buffer.from(bytesOfMarket(1000, 8, seed).buffer)
  for (const seed of [0, 1, 2, 3, 4294967295]) {
    assert.deepEqual(bytes(seed), bytes(seed))
    assert.notDeepEqual(bytes(seed), bytes(seed + 1))
  }
})

test('Market counts its sequence on, past 32 bits', () => {
  const sequences = messagesOf(bytesOfMarket(4, 8, 1, 2 ** 32 - 2)).map(({ sequence }) => sequence)
  assert.deepEqual(sequences, [2 ** 32 - 2, 2 ** 32 - 1, 0, 1])
})

test('Market quotes every instrument on every side at plausible prices', () => {
  const messages = messagesOf(bytesOfMarket(20_000, 5, 42))
  assert.deepEqual(new Set(messages.map((one) => one.instrument)), new Set([0, 1, 2, 3, 4]))
  assert.deepEqual(new Set(messages.map((one) => one.side)), new Set([1, 2, 3]))
  for (const { price, quantity } of messages) {
    assert.ok(price > 0.95 && Number.isInteger(Math.round(price * 1e9) / 1e7), `price ${price}`)
    assert.ok(quantity >= 100 && quantity <= 2000 && quantity % 100 === 0, `quantity ${quantity}`)
  }
})
