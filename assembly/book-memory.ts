/**
 * The price levels and live orders of all books of a feed, in one linear memory.
 *
 * AssemblyScript: the part of the books that every message touches, compiled to WebAssembly by
 * `npm run generate`. `src/book/book-memory.ts` calls it and reads the same memory.
 *
 * ```
 *   header      what was told last, sizes, lists of free records, where each region begins
 *   instruments [ bid side | ask side | best as last told | last, begun from | -- ]      128 bytes each
 *   levels      [ key f64 | quantity f64 | count | head | tail | side ]                  32 bytes each
 *   entries     [ key f64 | level | -- ]                                                 16 bytes each
 *   orders      [ id u64 | quantity | level | next | previous | instrument | -- ]        32 bytes each
 *   buckets     [ hash | order + 1 ]                                                      8 bytes each
 * ```
 *
 * A side is a sorted array of entries, each a key and a level. The best is at the end, where almost all
 * changes are, so that inserting and removing move few entries. The key is the price for bids and its
 * negative for asks: the best has the highest key on both sides, and one search serves both. The array
 * lies in a block of 4, 8, 16, … entries; a block that is given back is kept for the next side that needs
 * one of its size, so taking one is a matter of a few instructions.
 *
 * An order is identified by its id AND its instrument. So what happens to one book can never depend on
 * another one, whatever was lost: with a key of the id alone, an id that is used again in a second book
 * would take the order out of the first. Neighbouring ids have neighbouring buckets, since publishers
 * count upwards; the rest of the id is mixed, so that ids with a pattern do no harm. Open addressing, at
 * most half full.
 *
 * A region that grows moves those behind it: nothing is held twice, and nothing has an address but here.
 * `side` below is `instrument * 2 + side`, with 0 for bids and 1 for asks.
 */

import {
  BEST_TOUCHED,
  ENTRY_LEVEL,
  INSTRUMENT_BEGUN_FROM,
  INSTRUMENT_LAST,
  LATE,
  LEVEL_HEAD,
  LEVEL_KEY,
  LEVEL_QUANTITY,
  LEVEL_SIDE,
  NONE,
  ORDER_LEVEL,
  ORDER_NEXT,
  ORDER_QUANTITY,
  SIDE_BEST,
  SIDE_LENGTH,
  UNKNOWN,
  WAS_EMPTY,
} from '../src/book/memory-layout'
import { compareBest, setLevel, tell } from './levels'
import { add, find, forget, merge, reduce, remove } from './orders'
import { entryOf, freeLevel, instrumentAt, keyOf, levelAt, orderAt, sideAt } from './records'

export { setBest, setLevel } from './levels'
export { create, growInstruments, hasRoom, reserve } from './regions'

/**
 * Begins an event of a book by the message with this sequence, in the order of that book's messages.
 *
 * @returns LATE if a later one was applied before
 */
export function begin(instrument: i32, sequence: f64): i32 {
  const at = instrumentAt(instrument)
  const last = load<f64>(at, INSTRUMENT_LAST)
  if (sequence < last) return LATE
  store<f64>(at, sequence, INSTRUMENT_LAST)
  return last === load<f64>(at, INSTRUMENT_BEGUN_FROM) ? WAS_EMPTY : 0
}

/** Ends an event. @returns what it did in all, given what its operations said */
export function end(instrument: i32, result: i32): i32 {
  return (result & BEST_TOUCHED) !== 0 ? result | compareBest(instrument) : result
}

/** Adds an order at the end of the queue at its price. One of the same id in the same book is taken out. */
export function addOrder(
  instrument: i32,
  sequence: f64,
  side: i32,
  idHigh: i32,
  idLow: i32,
  quantity: u32,
  price: f64,
): i32 {
  const begun = begin(instrument, sequence)
  if (begun === LATE) return LATE
  return end(instrument, begun | add(instrument, side, idOf(idHigh, idLow), quantity, price))
}

/** Takes `quantity` away from an order, which keeps its place, and the order out if nothing is left. */
export function reduceOrder(
  instrument: i32,
  sequence: f64,
  idHigh: i32,
  idLow: i32,
  quantity: u32,
): i32 {
  const begun = begin(instrument, sequence)
  if (begun === LATE) return LATE
  const order = find(instrument, idOf(idHigh, idLow))
  return end(instrument, begun | (order === NONE ? UNKNOWN : reduce(order, quantity)))
}

/** Takes an order out. */
export function deleteOrder(instrument: i32, sequence: f64, idHigh: i32, idLow: i32): i32 {
  const begun = begin(instrument, sequence)
  if (begun === LATE) return LATE
  const order = find(instrument, idOf(idHigh, idLow))
  return end(instrument, begun | (order === NONE ? UNKNOWN : remove(order)))
}

/** Puts a new order in the place of one whose side it takes over. */
export function replaceOrder(
  instrument: i32,
  sequence: f64,
  oldHigh: i32,
  oldLow: i32,
  newHigh: i32,
  newLow: i32,
  quantity: u32,
  price: f64,
): i32 {
  const begun = begin(instrument, sequence)
  if (begun === LATE) return LATE
  const order = find(instrument, idOf(oldHigh, oldLow))
  if (order === NONE) return begun | UNKNOWN
  const side = load<i32>(levelAt(load<i32>(orderAt(order), ORDER_LEVEL)), LEVEL_SIDE) & 1
  const removed = remove(order)
  const added = add(instrument, side, idOf(newHigh, newLow), quantity, price)
  return end(instrument, begun | merge(removed, added))
}

/** Gives an order another quantity and price. It keeps its place in the queue only at its price. */
export function modifyOrder(
  instrument: i32,
  sequence: f64,
  idHigh: i32,
  idLow: i32,
  quantity: u32,
  price: f64,
  keepsPriority: bool,
): i32 {
  const begun = begin(instrument, sequence)
  if (begun === LATE) return LATE
  const id = idOf(idHigh, idLow)
  const order = find(instrument, id)
  if (order === NONE) return begun | UNKNOWN
  const record = orderAt(order)
  const level = load<i32>(record, ORDER_LEVEL)
  const at = levelAt(level)
  const side = load<i32>(at, LEVEL_SIDE) & 1
  if (keepsPriority && load<f64>(at, LEVEL_KEY) === keyOf(price, side)) {
    const more = <f64>quantity - <f64>load<u32>(record, ORDER_QUANTITY)
    store<u32>(record, quantity, ORDER_QUANTITY)
    store<f64>(at, load<f64>(at, LEVEL_QUANTITY) + more, LEVEL_QUANTITY)
    return end(instrument, begun | tell(level))
  }
  const removed = remove(order)
  return end(instrument, begun | merge(removed, add(instrument, side, id, quantity, price)))
}

/** Sets the quantity at a price; 0 takes the level out. */
export function setOneLevel(
  instrument: i32,
  sequence: f64,
  side: i32,
  quantity: u32,
  price: f64,
): i32 {
  const begun = begin(instrument, sequence)
  if (begun === LATE) return LATE
  return end(instrument, begun | setLevel((instrument << 1) | side, quantity, price))
}

/** Takes all levels and orders out of a side. @returns how many levels there were */
export function clearSide(side: i32): i32 {
  const at = sideAt(side)
  const length = load<i32>(at, SIDE_LENGTH)
  for (let position = length - 1; position >= 0; position--) {
    const level = load<i32>(entryOf(at, position), ENTRY_LEVEL)
    let order = load<i32>(levelAt(level), LEVEL_HEAD)
    while (order !== NONE) {
      const next = load<i32>(orderAt(order), ORDER_NEXT)
      forget(order)
      order = next
    }
    freeLevel(level)
  }
  store<i32>(at, 0, SIDE_LENGTH)
  store<i32>(at, 0, SIDE_BEST)
  return length
}

/** The order with this id in the book of an instrument, or NONE. */
export function findOrder(instrument: i32, idHigh: i32, idLow: i32): i32 {
  return find(instrument, idOf(idHigh, idLow))
}

function idOf(high: i32, low: i32): u64 {
  return ((<u64>(<u32>high)) << 32) | <u64>(<u32>low)
}
