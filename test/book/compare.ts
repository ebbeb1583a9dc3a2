import assert from 'node:assert/strict'
import type { Book } from '../../src/book/index.js'
import type { Side } from './market-event.js'
import type { ReferenceBook } from './reference.js'

const SIDES: readonly Side[] = ['bid', 'ask']

/** The first difference of levels, orders and queues; undefined if there is none. */
export function levelDifference(
  book: Book,
  reference: ReferenceBook,
  scale: number,
): string | undefined {
  for (let side = 0; side < SIDES.length; side++) {
    const name = SIDES[side] as Side
    const levels = reference.levels(name)
    if (book.depth(side) !== levels.length) {
      return `${name}: ${book.depth(side)} levels instead of ${levels.length}`
    }
    for (let rank = 0; rank < levels.length; rank++) {
      const { price, quantity, orders } = levels[rank] as (typeof levels)[number]
      const at = `${name} ${rank}`
      if (book.priceAt(side, rank) !== price / scale) {
        return `${at}: price ${book.priceAt(side, rank)} instead of ${price / scale}`
      }
      if (book.quantityAt(side, rank) !== quantity) {
        return `${at}: quantity ${book.quantityAt(side, rank)} instead of ${quantity}`
      }
      if (book.ordersAt(side, rank) !== orders.length) {
        return `${at}: ${book.ordersAt(side, rank)} orders instead of ${orders.length}`
      }
      let handle = book.firstOrder(side, rank)
      for (const order of orders) {
        const id = (BigInt(book.orderIdHigh(handle)) << 32n) | BigInt(book.orderIdLow(handle))
        if (id !== order.id) return `${at}: order ${id} where ${order.id} should be`
        if (book.orderQuantity(handle) !== order.quantity) return `${at}: quantity of order ${id}`
        handle = book.nextOrder(handle)
      }
      if (handle !== -1) return `${at}: its queue goes on`
    }
  }
  return undefined
}

/** Compares all that a book tells with what it should be, for a feed of which nothing is missing. */
export function assertEqual(
  book: Book,
  reference: ReferenceBook,
  scale: number,
  what: () => string,
): void {
  const difference = levelDifference(book, reference, scale)
  if (difference !== undefined) assert.fail(`${what()}: ${difference}`)
  const cause = reference.ownCause ?? (reference.crossed ? 'crossed' : undefined)
  const state = cause !== undefined ? 'suspect' : reference.touched ? 'valid' : 'empty'
  const { unknownOrders, overExecuted, crossed } = book.faults
  const trade = book.lastTrade
  const found = [
    ...[book.state, book.suspect?.cause, book.trades, book.volume, book.status],
    ...[trade?.price, trade?.quantity, unknownOrders, overExecuted, crossed],
  ]
  const wanted = [
    ...[state, cause, reference.trades, reference.volume, reference.status],
    ...[reference.lastTrade && reference.lastTrade.price / scale, reference.lastTrade?.quantity],
    ...[reference.unknownOrders, reference.overExecuted, reference.crossings],
  ]
  if (found.some((value, i) => value !== wanted[i])) assert.deepEqual(found, wanted, what())
}
