import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deep10Views, Deepplus10Views, Tops16Views } from '../../src/codec/iex/index.js'
import { Itch50Views } from '../../src/codec/itch50/index.js'
import { DatagramPacker } from '../../src/sample/datagram-packer.js'
import { Deepplus10Publisher } from '../../src/sample/deepplus10-publisher.js'
import { Itch50Publisher } from '../../src/sample/itch50-publisher.js'
import { Deep10Publisher, Tops16Publisher } from '../../src/sample/level-publishers.js'
import { Market, type MarketSink } from '../../src/sample/market.js'
import type { Framing } from '../../src/wire/framing.js'
import { IexTpFraming } from '../../src/wire/iex-tp-framing.js'
import { MoldUdp64Framing } from '../../src/wire/moldudp64-framing.js'

const INSTRUMENTS = 7
const STEPS = 8_000

type Publisher = MarketSink & { market: Market | undefined }
type Visit = (bytes: DataView, offset: number, length: number) => void

/** Runs the market of a seed through a publisher and a framing: every message, in sequence. */
function messagesOf(
  seed: number,
  protocol: number | undefined,
  make: (packer: DatagramPacker) => Publisher,
  visit: Visit,
): Market {
  const framing: Framing = protocol === undefined ? new MoldUdp64Framing() : new IexTpFraming()
  let next = 1
  const packer = new DatagramPacker(
    (bytes, length) => {
      assert.ok(length <= 1_400)
      framing.open(bytes, 0, length)
      assert.equal(framing.sequence, next, 'sequences follow one another')
      while (framing.next()) visit(bytes, framing.messageOffset, framing.messageLength)
      next += framing.messageCount
    },
    protocol,
    0n,
  )
  const publisher = make(packer)
  const market = new Market(INSTRUMENTS, seed, publisher)
  publisher.market = market
  market.open()
  for (let i = 0; i < STEPS; i++) market.step()
  market.close()
  packer.finish()
  assert.equal(packer.messages, next - 1)
  return market
}

/** Shares by price and side of each symbol. */
class Levels {
  readonly #books = new Map<string, Map<string, number>>()

  add(symbol: string, side: string, price: number, shares: number): void {
    const levels = this.#of(symbol)
    const key = `${side} ${price}`
    const sum = (levels.get(key) ?? 0) + shares
    assert.ok(sum >= 0, `${symbol} ${key} has ${sum}`)
    if (sum === 0) levels.delete(key)
    else levels.set(key, sum)
  }

  set(symbol: string, side: string, price: number, shares: number): void {
    if (shares === 0) this.#of(symbol).delete(`${side} ${price}`)
    else this.#of(symbol).set(`${side} ${price}`, shares)
  }

  best(symbol: string, side: 'bid' | 'ask'): [number, number] {
    const levels = [...this.#of(symbol)].filter(([key]) => key.startsWith(side))
    const prices = levels.map(([key, shares]): [number, number] => [
      Number(key.split(' ')[1]),
      shares,
    ])
    prices.sort((a, b) => (side === 'bid' ? b[0] - a[0] : a[0] - b[0]))
    return prices[0] ?? [0, 0]
  }

  all(): Record<string, Record<string, number>> {
    const sorted = [...this.#books].filter(([, levels]) => levels.size > 0).sort()
    return Object.fromEntries(
      sorted.map(([symbol, levels]) => [symbol, Object.fromEntries([...levels].sort())]),
    )
  }

  #of(symbol: string): Map<string, number> {
    let levels = this.#books.get(symbol)
    if (levels === undefined) {
      levels = new Map()
      this.#books.set(symbol, levels)
    }
    return levels
  }
}

interface Resting {
  readonly symbol: string
  readonly side: string
  price: number
  shares: number
}

/** Orders by id, kept as simply as can be: an unknown one, or one with too few shares, is a failure. */
class Orders {
  readonly levels = new Levels()
  readonly #orders = new Map<number, Resting>()

  add(id: number, symbol: string, side: string, price: number, shares: number): void {
    assert.ok(!this.#orders.has(id), `order ${id} is new`)
    this.#orders.set(id, { symbol, side, price, shares })
    this.levels.add(symbol, side, price, shares)
  }

  reduce(id: number, shares: number): void {
    const order = this.get(id)
    assert.ok(
      shares > 0 && shares <= order.shares,
      `order ${id} has ${order.shares}, not ${shares}`,
    )
    this.levels.add(order.symbol, order.side, order.price, -shares)
    order.shares -= shares
    if (order.shares === 0) this.#orders.delete(id)
  }

  remove(id: number): Resting {
    const order = { ...this.get(id) }
    this.reduce(id, order.shares)
    return order
  }

  get(id: number): Resting {
    const order = this.#orders.get(id)
    assert.ok(order !== undefined, `order ${id} rests`)
    return order
  }
}

function itchLevels(seed: number): { levels: Levels; types: Set<string> } {
  const views = new Itch50Views()
  const orders = new Orders()
  const types = new Set<string>()
  messagesOf(
    seed,
    undefined,
    (packer) => new Itch50Publisher(packer),
    (bytes, offset, length) => {
      const message = views.select(bytes, offset, length)
      types.add(message.type)
      if (message.type === 'addOrder' || message.type === 'addOrderWithMpid') {
        const side = message.side === 'B' ? 'bid' : 'ask'
        const { orderReferenceNumber, stock, priceMantissa, shares } = message
        orders.add(orderReferenceNumber, stock, side, priceMantissa, shares)
      } else if (
        message.type === 'orderExecuted' ||
        message.type === 'orderExecutedWithPrice' ||
        message.type === 'orderCancel'
      ) {
        orders.reduce(message.orderReferenceNumber, message.shares)
      } else if (message.type === 'orderDelete') orders.remove(message.orderReferenceNumber)
      else if (message.type === 'orderReplace') {
        const { symbol, side } = orders.remove(message.orderReferenceNumber)
        const { newOrderReferenceNumber, priceMantissa, shares } = message
        orders.add(newOrderReferenceNumber, symbol, side, priceMantissa, shares)
      }
    },
  )
  return { levels: orders.levels, types }
}

function deepplusLevels(seed: number): { levels: Levels; types: Set<string> } {
  const views = new Deepplus10Views()
  const orders = new Orders()
  const types = new Set<string>()
  messagesOf(
    seed,
    0x8005,
    (packer) => new Deepplus10Publisher(packer, 0n),
    (bytes, offset, length) => {
      const message = views.select(bytes, offset, length)
      types.add(message.type)
      if (message.type === 'addOrder') {
        const side = message.side === '8' ? 'bid' : 'ask'
        orders.add(message.orderId, message.symbol, side, message.priceMantissa, message.size)
      } else if (message.type === 'orderExecuted') orders.reduce(message.orderId, message.size)
      else if (message.type === 'orderDelete') orders.remove(message.orderId)
      else if (message.type === 'orderModify') {
        const { symbol, side, price } = orders.remove(message.orderId)
        if (message.flags === 1)
          assert.equal(message.priceMantissa, price, 'priority needs the price')
        orders.add(message.orderId, symbol, side, message.priceMantissa, message.size)
      }
    },
  )
  return { levels: orders.levels, types }
}

function deepLevels(seed: number): { levels: Levels; types: Set<string>; unfinished: number } {
  const views = new Deep10Views()
  const levels = new Levels()
  const types = new Set<string>()
  let unfinished = 0
  messagesOf(
    seed,
    0x8004,
    (packer) => new Deep10Publisher(packer, 0n),
    (bytes, offset, length) => {
      const message = views.select(bytes, offset, length)
      types.add(message.type)
      if (message.type !== 'priceLevelUpdateBuy' && message.type !== 'priceLevelUpdateSell') return
      const side = message.type === 'priceLevelUpdateBuy' ? 'bid' : 'ask'
      levels.set(message.symbol, side, message.priceMantissa, message.size)
      if (message.flags === 0) unfinished++
      else {
        const [bid] = levels.best(message.symbol, 'bid')
        const [ask] = levels.best(message.symbol, 'ask')
        assert.ok(ask === 0 || bid < ask, 'no book is crossed at the end of an event')
      }
    },
  )
  return { levels, types, unfinished }
}

for (const seed of [1, 2]) {
  test(`The made-up market of seed ${seed} tells the same book in ITCH, DEEP+ and DEEP`, () => {
    const itch = itchLevels(seed)
    const deepplus = deepplusLevels(seed)
    const deep = deepLevels(seed)
    assert.ok(Object.keys(itch.levels.all()).length === INSTRUMENTS)
    assert.deepEqual(deepplus.levels.all(), itch.levels.all())
    assert.deepEqual(deep.levels.all(), itch.levels.all())
    assert.ok(deep.unfinished > 20, 'events of several levels are there')
  })
}

test('The made-up market has the kinds of messages that a book has to understand', () => {
  const { types } = itchLevels(3)
  for (const type of [
    'systemEvent',
    'stockDirectory',
    'stockTradingAction',
    'addOrder',
    'addOrderWithMpid',
    'orderExecuted',
    'orderExecutedWithPrice',
    'orderCancel',
    'orderDelete',
    'orderReplace',
    'trade',
    'brokenTrade',
    'netOrderImbalance',
  ]) {
    assert.ok(types.has(type), type)
  }
})

test('TOPS of the made-up market ends with the best prices of its DEEP', () => {
  const views = new Tops16Views()
  const quotes = new Map<string, number[]>()
  messagesOf(
    1,
    0x8003,
    (packer) => new Tops16Publisher(packer, 0n),
    (bytes, offset, length) => {
      const message = views.select(bytes, offset, length)
      if (message.type !== 'quoteUpdate') return
      const { bidPriceMantissa, bidSize, askPriceMantissa, askSize } = message
      quotes.set(message.symbol, [bidPriceMantissa, bidSize, askPriceMantissa, askSize])
    },
  )
  const { levels } = deepLevels(1)
  assert.equal(quotes.size, INSTRUMENTS)
  for (const [symbol, quote] of quotes) {
    assert.deepEqual(quote, [...levels.best(symbol, 'bid'), ...levels.best(symbol, 'ask')], symbol)
  }
})
