import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BOOK_SIDE, type BookProtocol, Books, CHANGE } from '../../src/book/index.js'
import { Encoder } from './encode.js'
import { type MarketEvent, symbolOf } from './market-event.js'

const INSTRUMENT = 3
const SYMBOL = symbolOf(INSTRUMENT)

/** Books, and events applied to them with sequences that count up unless they are given. */
class Player {
  readonly books: Books
  sequence = 0
  readonly #encoder: Encoder

  constructor(protocol: BookProtocol, options = {}) {
    this.books = new Books(protocol, options)
    this.#encoder = new Encoder(protocol)
  }

  play(event: MarketEvent, sequence = this.sequence + 1, receivedNs = Number.NaN): number {
    const length = this.#encoder.encode(event, 34_200_000_000_123)
    this.books.sequence = sequence
    this.books.receivedNs = receivedNs
    this.sequence = Math.max(sequence, this.sequence)
    return this.books.apply(this.#encoder.bytes, 0, length)
  }

  get book() {
    const book = this.books.get(SYMBOL)
    assert.ok(book, 'the book is there')
    return book
  }
}

function add(id: number, price: number, quantity = 100, side: 'bid' | 'ask' = 'bid'): MarketEvent {
  return { kind: 'add', instrument: INSTRUMENT, side, id: BigInt(id), quantity, price }
}

function level(price: number, quantity: number, complete = true): MarketEvent {
  return { kind: 'level', instrument: INSTRUMENT, side: 'bid', price, quantity, complete }
}

const directory: MarketEvent = { kind: 'directory', instrument: INSTRUMENT }

test('A book is empty until a message touches it, then valid', () => {
  const player = new Player('itch50')
  player.play(directory)
  assert.equal(player.book.state, 'empty')
  player.play(add(1, 10_000))
  assert.equal(player.book.state, 'valid')
  assert.equal(player.books.get('NONE'), undefined)
})

test('A book is there with its first message, also where an event of parts came before it', () => {
  const player = new Player('deep10', { instruments: 1, levels: 2 })
  player.play(level(100, 1))
  player.play(level(200, 1, false))
  // The last one for which there was room, while another one's event is under way.
  player.play({ ...level(300, 1), instrument: 4 } as MarketEvent)
  player.play({ ...level(300, 1), instrument: 5 } as MarketEvent)
  assert.equal(player.books.get(symbolOf(5))?.bidPrice, 0.03)
})

test('A gap makes every book suspect since its first message, until it has been filled in order', () => {
  const player = new Player('itch50')
  player.play(add(1, 10_000))
  player.books.gap(2, 3)
  assert.deepEqual(player.book.suspect, { sinceSequence: 2, cause: 'gap', messages: 3 })
  player.play(add(2, 10_000), 2)
  player.play(add(3, 10_000), 3)
  assert.deepEqual(player.book.suspect, { sinceSequence: 4, cause: 'gap', messages: 1 })
  player.play(add(4, 10_000), 4)
  assert.equal(player.book.state, 'valid')
})

test('A gap shows by itself in the sequence of the next message', () => {
  const player = new Player('deepplus10')
  player.play(add(1, 10_000))
  player.play(add(9, 10_000), 5)
  assert.deepEqual(player.book.suspect, { sinceSequence: 2, cause: 'gap', messages: 3 })
})

test('A late message heals a book that no later one has touched, and leaves another one suspect', () => {
  const player = new Player('itch50')
  const other: MarketEvent = { ...add(5, 10_000), instrument: 4 } as MarketEvent
  player.play(add(1, 10_000))
  player.play(other)
  player.play(add(2, 10_000), 5)
  player.play({ kind: 'delete', instrument: 4, id: 5n }, 3)
  player.play(add(3, 10_000), 4)
  assert.equal(player.books.missing, 0)
  assert.equal(player.books.get(symbolOf(4))?.state, 'valid')
  assert.deepEqual(player.book.suspect, { sinceSequence: 4, cause: 'gap', messages: 1 })
  assert.equal(player.books.faults.late, 1)
})

test('A message that comes a second time is counted and changes nothing', () => {
  const player = new Player('itch50')
  player.play(add(1, 10_000))
  assert.equal(player.play(add(1, 10_000), 1), -1)
  assert.equal(player.book.bidQuantity, 100)
  assert.equal(player.books.faults.duplicates, 1)
  assert.equal(player.book.state, 'valid')
})

test('A feed that is joined late has suspect books from its first message on', () => {
  const player = new Player('itch50')
  player.play(add(1, 10_000), 1000)
  assert.deepEqual(player.book.suspect, { sinceSequence: 1, cause: 'late-start', messages: 999 })
})

test('A restart empties all books, and what was missing no longer matters', () => {
  const player = new Player('deep10')
  player.play(level(10_000, 5))
  player.play(level(9_900, 5), 9)
  player.books.restart()
  assert.equal(player.book.state, 'empty')
  assert.equal(player.books.get(SYMBOL)?.depth(BOOK_SIDE.bid), 0)
  player.play(level(10_000, 7), 1)
  assert.equal(player.book.state, 'valid')
  assert.equal(player.book.bidQuantity, 7)
})

test('A quote heals the top of a book, and an older one that comes late changes nothing', () => {
  const player = new Player('tops16')
  const quote = (bid: number): MarketEvent => {
    return { kind: 'quote', instrument: INSTRUMENT, bid, bidQuantity: 1, ask: 0, askQuantity: 0 }
  }
  player.play(quote(10_000))
  player.books.gap(2, 2)
  assert.equal(player.book.state, 'suspect')
  player.play(quote(10_100), 4)
  assert.equal(player.book.state, 'valid')
  assert.equal(player.play(quote(9_900), 2), -1)
  assert.equal(player.book.bidPrice, 1.01)
  assert.equal(player.book.state, 'valid')
  assert.ok(Number.isNaN(player.book.askPrice))
})

test('A clear heals an order book', () => {
  const player = new Player('deepplus10')
  player.play(add(1, 10_000))
  player.play(add(2, 10_000), 9)
  assert.equal(player.book.state, 'suspect')
  player.play({ kind: 'clear', instrument: INSTRUMENT })
  assert.equal(player.book.state, 'valid')
  assert.equal(player.book.depth(BOOK_SIDE.bid), 0)
  assert.equal(player.books.orderCount, 0)
  assert.equal(player.books.change.has(CHANGE.clear), true)
})

test('What contradicts a book is counted, marks it, and never throws', () => {
  const player = new Player('itch50')
  const execute = (id: bigint, quantity: number): MarketEvent => {
    return { kind: 'execute', instrument: INSTRUMENT, id, quantity, price: null, printable: true }
  }
  player.play(add(1, 10_000, 50))
  player.play(execute(1n, 60))
  assert.deepEqual(player.book.suspect, { sinceSequence: 2, cause: 'over-executed', messages: 1 })
  player.play(execute(1n, 10))
  const replace = { kind: 'replace', id: 77n, newId: 78n, quantity: 1, price: 1 } as const
  player.play({ ...replace, instrument: INSTRUMENT })
  assert.deepEqual(player.book.faults, { unknownOrders: 2, overExecuted: 1, crossed: 0 })
  assert.equal(player.book.suspect?.messages, 3)
  assert.equal(player.book.depth(BOOK_SIDE.bid), 0)
  assert.equal(player.book.volume, 70)
})

test('A crossed book is suspect for as long as it is crossed', () => {
  const player = new Player('itch50')
  player.play(add(1, 10_000, 100, 'ask'))
  player.play(add(2, 10_000))
  assert.equal(player.book.state, 'valid', 'locked is not crossed')
  player.play(add(3, 10_001))
  assert.deepEqual(player.book.suspect, { sinceSequence: 3, cause: 'crossed', messages: 1 })
  player.play({ kind: 'delete', instrument: INSTRUMENT, id: 3n })
  assert.equal(player.book.state, 'valid')
  assert.equal(player.book.faults.crossed, 1)
})

test('A price-level book never shows the half of an event', () => {
  const player = new Player('deep10')
  player.play(level(10_000, 5))
  assert.equal(player.play(level(10_000, 0, false)), -1)
  assert.equal(player.book.bidPrice, 1)
  assert.equal(player.play(level(9_900, 3)), player.book.index)
  assert.equal(player.book.bidPrice, 0.99)
  assert.equal(player.book.depth(BOOK_SIDE.bid), 1)
  assert.equal(player.books.change.levelChanges, 2)
})

test('The change tells the level, and the best before', () => {
  const player = new Player('itch50')
  player.play(add(1, 10_000))
  player.play(add(2, 10_100, 40))
  const { change } = player.books
  assert.equal(change.kinds, CHANGE.level | CHANGE.best)
  assert.deepEqual(
    [change.side, change.levelPrice, change.levelQuantity, change.levelOrders],
    [BOOK_SIDE.bid, 10_100, 40, 1],
  )
  assert.deepEqual([change.previousBid, change.previousBidQuantity], [10_000, 100])
  player.play(add(3, 9_000))
  assert.equal(change.kinds, CHANGE.level)
  player.play({ kind: 'trade', instrument: INSTRUMENT, quantity: 7, price: 10_050 })
  assert.equal(change.kinds, CHANGE.trade)
})

test('A book tells where an order stands in its queue', () => {
  const player = new Player('itch50')
  for (const id of [1, 2, 3]) player.play(add(id, 10_000, id * 10))
  const at = { side: 'bid', price: 1, quantity: 30 } as const
  assert.deepEqual(player.book.queuePosition(3n), { ...at, ordersAhead: 2, quantityAhead: 30 })
  player.play({ kind: 'delete', instrument: INSTRUMENT, id: 1n })
  assert.deepEqual(player.book.queuePosition(3n), { ...at, ordersAhead: 1, quantityAhead: 20 })
  assert.equal(player.book.queuePosition(1n), undefined)
})

test('A hidden trade is volume and touches no book; what is not printable is no volume', () => {
  const player = new Player('itch50')
  player.play(add(1, 10_000))
  player.play({ kind: 'trade', instrument: INSTRUMENT, quantity: 30, price: 9_950 })
  const taken = { kind: 'execute', instrument: INSTRUMENT, id: 1n, quantity: 10 } as const
  player.play({ ...taken, price: 9_990, printable: false })
  player.play({ ...taken, price: 9_980, printable: true })
  assert.equal(player.book.volume, 40)
  assert.equal(player.book.trades, 2)
  assert.deepEqual(player.book.lastTrade, { price: 0.998, quantity: 10, atNs: '34200000000123' })
  assert.equal(player.book.bidQuantity, 80)
})

test('Hashes depend on content alone: not on the way to it, nor on the order of instruments', () => {
  const one = new Player('itch50')
  const two = new Player('itch50')
  const other = { ...add(5, 20_000), instrument: 5 } as MarketEvent
  for (const event of [other, add(1, 10_000), add(2, 9_900)]) one.play(event)
  for (const event of [directory, add(2, 9_900), add(7, 9_950), add(1, 10_000)]) two.play(event)
  two.play({ kind: 'delete', instrument: INSTRUMENT, id: 7n })
  assert.equal(one.book.hash, two.book.hash)
  assert.notEqual(one.books.allHash, two.books.allHash)
  two.play(other)
  assert.equal(one.books.allHash, two.books.allHash)
  two.play({ kind: 'cancel', instrument: INSTRUMENT, id: 1n, quantity: 1 })
  assert.notEqual(one.book.hash, two.book.hash)
})

test('Suspect time is added up by cause', () => {
  const player = new Player('itch50')
  player.play(add(1, 10_000), 1, 1e9)
  player.play({ ...add(1, 10_000), instrument: 4 } as MarketEvent, 2, 2e9)
  player.play(add(2, 10_000), 4, 3e9)
  player.play(add(4, 10_000), 5, 5e9)
  const { instruments, suspect, suspectSeconds, byCause } = player.books.report()
  assert.deepEqual(
    { instruments, suspect, suspectSeconds },
    { instruments: 2, suspect: 2, suspectSeconds: 4 },
  )
  assert.equal(byCause.gap, 4)
})

test('Beyond its bounds a feed of books refuses, says so, and marks', () => {
  const player = new Player('itch50', {
    orders: 2,
    maxOrders: 2,
    instruments: 1,
    maxInstruments: 1,
  })
  player.play(add(1, 10_000))
  player.play(add(2, 10_000))
  assert.equal(player.book.state, 'valid')
  player.play(add(3, 10_000))
  assert.equal(player.book.suspect?.cause, 'gap')
  player.play({ ...add(4, 10_000), instrument: 4 } as MarketEvent)
  assert.equal(player.books.get(symbolOf(4)), undefined)
  assert.equal(player.books.faults.refused, 2)
  player.play({ kind: 'delete', instrument: INSTRUMENT, id: 2n })
  player.play(add(5, 10_000))
  assert.equal(player.books.faults.refused, 2)
  assert.equal(player.books.orderCount, 2)
})

test('Room for 12,000 instruments and 2 million orders takes less than 160 MB', () => {
  const books = new Books('itch50', { instruments: 12_288, orders: 2 ** 21 })
  assert.ok(books.memoryBytes < 160e6, `${books.memoryBytes} bytes`)
})
