import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { CHANGE } from '../../src/book/book-change.js'
import { BookMemory } from '../../src/book/book-memory.js'
import { BookStore } from '../../src/book/book-store.js'
import { BEST_DIFFERS, REFUSED, SCARCE, UNKNOWN } from '../../src/book/memory-layout.js'
import { StateReader, type StateTransfer, StateWriter } from '../../src/book/state-transfer.js'

const SIZES = { instruments: 4, levels: 8, maxLevels: 64, orders: 8, maxOrders: 64 }

function newMemory(sizes = {}): BookMemory {
  return new BookMemory({ ...SIZES, ...sizes })
}

test('The WebAssembly in the tree is what its source says today: else run npm run generate', () => {
  const text = execFileSync(process.execPath, ['scripts/assemble-books.js', '--print'], {
    encoding: 'utf8',
  })
  assert.equal(readFileSync('src/book/memory-code.ts', 'utf8'), text)
})

test('What has grown is where it was, and a region that moves takes its content along', () => {
  const memory = newMemory()
  for (let id = 1; id <= 8; id++) memory.code.addOrder(1, id, 0, 0, id, 10 * id, 100 - id)
  assert.ok(memory.reserve(40))
  memory.reserveInstruments(100_000)
  assert.equal(memory.growths, 2)
  assert.equal(memory.orderCount, 8)
  assert.deepEqual(
    Array.from({ length: 8 }, (_, rank) => memory.priceOf(memory.nth(2, rank))),
    [99, 98, 97, 96, 95, 94, 93, 92],
  )
  for (let id = 1; id <= 8; id++) {
    assert.equal(memory.orderQuantity(memory.findOrder(1, 0, id)), 10 * id)
  }
  memory.code.addOrder(99_999, 9, 1, 0, 9, 5, 7)
  assert.equal(memory.priceOf(memory.best(2 * 99_999 + 1)), 7)
})

test('A memory that is full refuses, and takes again what there is room for once something is gone', () => {
  const memory = newMemory({ orders: 2, maxOrders: 2 })
  const add = (id: number) => memory.code.addOrder(0, id, 0, 0, id, 1, 50 + id)
  assert.equal(add(1) & REFUSED, 0)
  assert.equal(add(2) & (REFUSED | SCARCE), SCARCE)
  assert.equal(memory.reserve(2), false)
  assert.equal(add(3) & REFUSED, REFUSED)
  assert.equal(memory.code.deleteOrder(0, 4, 0, 3) & UNKNOWN, UNKNOWN)
  assert.equal(memory.code.deleteOrder(0, 5, 0, 2) & (UNKNOWN | BEST_DIFFERS), BEST_DIFFERS)
  assert.equal(memory.reserve(2), true)
  assert.equal(add(6) & REFUSED, 0)
  assert.equal(memory.orderCount, 2)
})

test('A memory goes on from the state of a larger one', () => {
  const from = newMemory({ orders: 4096, maxOrders: 4096, maxLevels: 4096 })
  for (let id = 1; id <= 1000; id++) {
    from.reserve(2)
    from.code.addOrder(id & 3, id, id & 1, 0, id, id, 1000 + (id % 50))
  }
  const writer = new StateWriter()
  from.transfer(writer)
  const to = newMemory()
  const reader = new StateReader(writer.bytes())
  to.transfer(reader)
  assert.ok(reader.ended)
  assert.equal(to.orderCount, 1000)
  assert.equal(to.levelCount, from.levelCount)
  const best = (memory: BookMemory) =>
    Array.from({ length: 8 }, (_, side) => memory.priceOf(memory.best(side)))
  assert.deepEqual(best(to), best(from))
  assert.equal(to.code.reduceOrder(1, 1001, 0, 1, 1) & UNKNOWN, 0)
  assert.equal(to.orderCount, 999)
})

test('A state that is none, or that is cut, is not taken', () => {
  const memory = newMemory()
  const giving = (bytes: Uint8Array<ArrayBuffer>) =>
    ({ uint8: () => bytes }) as unknown as StateTransfer
  for (const length of [0, 4, 1024]) {
    const none = giving(new Uint8Array(length))
    assert.throws(() => memory.transfer(none), /has a memory of books/)
  }
  const writer = new StateWriter()
  memory.transfer(writer)
  const state = writer.bytes().slice(8)
  assert.throws(() => memory.transfer(giving(state.slice(0, -4))), /memory of books is whole/)
})

test('Bounds that no memory reaches bound nothing, and sizes that it does not have are refused', () => {
  for (const bound of [2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    const memory = newMemory({ maxOrders: bound, maxLevels: bound })
    for (let id = 1; id <= 100; id++) {
      assert.ok(memory.reserve(2))
      memory.code.addOrder(0, id, 0, 0, id, 1, id)
    }
    assert.equal(memory.orderCount, 100)
    for (const size of ['instruments', 'levels', 'orders']) {
      assert.throws(() => newMemory({ [size]: bound, maxLevels: bound, maxOrders: bound }), {
        code: 'TW_SYSTEM',
      })
    }
  }
})

test('A memory that goes on from a state keeps its own bounds', () => {
  const writer = new StateWriter()
  newMemory({ maxOrders: 8 }).transfer(writer)
  const memory = newMemory({ maxOrders: 16 })
  memory.transfer(new StateReader(writer.bytes()))
  for (let id = 1; id <= 20; id++) {
    memory.reserve(2)
    memory.code.addOrder(0, id, 0, 0, id, 1, id)
  }
  assert.equal(memory.orderCount, 16)
})

test('A memory is read at addresses beyond 2 GiB, and when it is full nothing grows in part', (t) => {
  // Pages that nothing is written to take no memory.
  const store = storeOrSkip(t)
  if (store === undefined) return
  const { memory, instruments } = store
  for (let index = 0; index < instruments.capacity; index++) {
    assert.equal(store.open(instruments.obtain(1, index)), index)
  }
  memory.code.addOrder(16_383, 1, 1, -1, 5, 0xffff_ffff, 7)
  const order = memory.findOrder(16_383, -1, 5)
  assert.deepEqual(
    [memory.orderIdHigh(order), memory.orderIdLow(order), memory.orderQuantity(order)],
    [-1, 5, 0xffff_ffff],
  )
  assert.equal(memory.priceOf(memory.nth(2 * 16_383 + 1, 0)), 7)
  store.reserveInstrument()
  assert.equal(instruments.capacity, 16_384)
  assert.equal(store.open(instruments.obtain(2, 0)), -1)
  assert.equal(store.faults.refused, 1)
  assert.equal(memory.orderQuantity(order), 0xffff_ffff)
})

/** A store whose entries, once reserved, leave no room for twice the instruments. */
function storeOrSkip(t: TestContext): BookStore | undefined {
  const store = new BookStore({
    ...{ instruments: 16_384, maxInstruments: 32_768, orders: 8, maxOrders: 64 },
    ...{ levels: 1023, maxLevels: 2 ** 27 },
  })
  store.reserve(20_000_000)
  if (store.memory.bytes > 0xff00_0000) return store
  t.skip('this machine does not have 4 GiB of addresses')
  return undefined
}

test('A book of more levels than are counted is emptied and told of like any other', () => {
  const levels = 2_100_000
  const store = new BookStore({
    ...{ instruments: 1, maxInstruments: 1, orders: 1, maxOrders: 1 },
    ...{ levels, maxLevels: levels },
  })
  const { validity, change, memory } = store
  const instrument = store.open(store.instruments.obtain(1, 1))
  validity.sequence = 1
  store.quantity = 1
  for (store.price = 0; store.price < levels; store.price++) store.setOneLevel(instrument, 0)
  assert.equal(memory.levelCount, levels)
  change.kinds = 0
  assert.ok(store.begin(instrument))
  store.clearBook(instrument)
  store.end(instrument)
  assert.equal(memory.levelCount, 0)
  assert.ok(change.has(CHANGE.clear) && change.has(CHANGE.level) && change.has(CHANGE.best))
  assert.equal(change.levelChanges, 2 ** 20)
})
