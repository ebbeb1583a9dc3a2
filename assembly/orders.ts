/** The orders of a book: found by id, and in the queue of their level. */

import {
  BUCKET_HASH,
  BUCKET_ORDER,
  BUCKET_SHIFT,
  BUCKETS_AT,
  DUPLICATE,
  FREE_ORDER,
  LEVEL_COUNT,
  LEVEL_HEAD,
  LEVEL_KEY,
  LEVEL_QUANTITY,
  LEVEL_SIDE,
  LEVEL_TAIL,
  MASK,
  NONE,
  ORDER_COUNT,
  ORDER_ID,
  ORDER_INSTRUMENT,
  ORDER_LEVEL,
  ORDER_NEXT,
  ORDER_PREVIOUS,
  ORDER_QUANTITY,
  ORDER_SHIFT,
  ORDERS_AT,
  OVER,
  REFUSED,
  TOLD_QUANTITY,
  VACANT,
} from '../src/book/memory-layout'
import { obtain, removeAt, seek, tell } from './levels'
import { hashOf, levelAt, ONE_CHANGE, orderAt, sideAt } from './records'
import { scarcity } from './regions'

export function find(instrument: i32, id: u64): i32 {
  const buckets = load<u32>(BUCKETS_AT)
  const orders = load<u32>(ORDERS_AT)
  const mask = load<u32>(MASK)
  const hash = hashOf(id)
  let bucket = hash & mask
  while (true) {
    const at = buckets + (bucket << BUCKET_SHIFT)
    const held = load<i32>(at, BUCKET_ORDER)
    if (held === 0) {
      store<u32>(VACANT, bucket)
      return NONE
    }
    if (load<u32>(at, BUCKET_HASH) === hash) {
      const record = orders + ((<u32>(held - 1)) << ORDER_SHIFT)
      if (
        load<u64>(record, ORDER_ID) === id &&
        load<i32>(record, ORDER_INSTRUMENT) === instrument
      ) {
        return held - 1
      }
    }
    bucket = (bucket + 1) & mask
  }
}

export function add(instrument: i32, side: i32, id: u64, quantity: u32, price: f64): i32 {
  let result = 0
  const known = find(instrument, id)
  if (known !== NONE) {
    result = DUPLICATE | remove(known)
    find(instrument, id)
  }
  const order = load<i32>(FREE_ORDER)
  const level = order === NONE ? NONE : obtain((instrument << 1) | side, price)
  if (level === NONE) return result | REFUSED
  const record = orderAt(order)
  store<i32>(FREE_ORDER, load<i32>(record, ORDER_NEXT))
  store<i32>(ORDER_COUNT, load<i32>(ORDER_COUNT) + 1)
  const vacant = load<u32>(BUCKETS_AT) + (load<u32>(VACANT) << BUCKET_SHIFT)
  store<u32>(vacant, hashOf(id), BUCKET_HASH)
  store<i32>(vacant, order + 1, BUCKET_ORDER)

  const at = levelAt(level)
  const tail = load<i32>(at, LEVEL_TAIL)
  store<u64>(record, id, ORDER_ID)
  store<u32>(record, quantity, ORDER_QUANTITY)
  store<i32>(record, level, ORDER_LEVEL)
  store<i32>(record, NONE, ORDER_NEXT)
  store<i32>(record, tail, ORDER_PREVIOUS)
  store<i32>(record, instrument, ORDER_INSTRUMENT)
  store<i32>(at, order, LEVEL_TAIL)
  store<i32>(at, load<i32>(at, LEVEL_COUNT) + 1, LEVEL_COUNT)
  store<f64>(at, load<f64>(at, LEVEL_QUANTITY) + <f64>quantity, LEVEL_QUANTITY)
  if (tail === NONE) store<i32>(at, order, LEVEL_HEAD)
  else store<i32>(orderAt(tail), order, ORDER_NEXT)
  return merge(result, tell(level)) | scarcity()
}

export function reduce(order: i32, quantity: u32): i32 {
  const record = orderAt(order)
  const held = load<u32>(record, ORDER_QUANTITY)
  if (quantity >= held) return (quantity > held ? OVER : 0) | remove(order)
  store<u32>(record, held - quantity, ORDER_QUANTITY)
  const level = load<i32>(record, ORDER_LEVEL)
  const at = levelAt(level)
  store<f64>(at, load<f64>(at, LEVEL_QUANTITY) - <f64>quantity, LEVEL_QUANTITY)
  return tell(level)
}

/** Forgets an order, and takes its level out of the book if it was the last one there. */
export function remove(order: i32): i32 {
  const record = orderAt(order)
  const level = load<i32>(record, ORDER_LEVEL)
  const at = levelAt(level)
  const next = load<i32>(record, ORDER_NEXT)
  const previous = load<i32>(record, ORDER_PREVIOUS)
  if (previous === NONE) store<i32>(at, next, LEVEL_HEAD)
  else store<i32>(orderAt(previous), next, ORDER_NEXT)
  if (next === NONE) store<i32>(at, previous, LEVEL_TAIL)
  else store<i32>(orderAt(next), previous, ORDER_PREVIOUS)
  const quantity = load<f64>(at, LEVEL_QUANTITY) - <f64>load<u32>(record, ORDER_QUANTITY)
  const left = load<i32>(at, LEVEL_COUNT) - 1
  store<f64>(at, quantity, LEVEL_QUANTITY)
  store<i32>(at, left, LEVEL_COUNT)
  forget(order)
  const result = tell(level)
  if (left !== 0) return result
  // Not what is left of rounding.
  store<f64>(TOLD_QUANTITY, 0)
  const side = sideAt(load<i32>(at, LEVEL_SIDE))
  removeAt(side, seek(side, load<f64>(at, LEVEL_KEY)))
  return result
}

/** Forgets an order that is in no queue. Closes the hole in the buckets: Knuth, vol. 3, 6.4, algorithm R. */
export function forget(order: i32): void {
  const buckets = load<u32>(BUCKETS_AT)
  const mask = load<u32>(MASK)
  const record = orderAt(order)
  let hole = hashOf(load<u64>(record, ORDER_ID)) & mask
  while (load<i32>(buckets + (hole << BUCKET_SHIFT), BUCKET_ORDER) !== order + 1)
    hole = (hole + 1) & mask
  let at = (hole + 1) & mask
  while (true) {
    const bucket = load<u64>(buckets + (at << BUCKET_SHIFT))
    if (bucket >> 32 === 0) break
    const home = <u32>bucket & mask
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      store<u64>(buckets + (hole << BUCKET_SHIFT), bucket)
      hole = at
    }
    at = (at + 1) & mask
  }
  store<i32>(buckets + (hole << BUCKET_SHIFT), 0, BUCKET_ORDER)
  store<i32>(record, load<i32>(FREE_ORDER), ORDER_NEXT)
  store<i32>(FREE_ORDER, order)
  store<i32>(ORDER_COUNT, load<i32>(ORDER_COUNT) - 1)
}

/** What two operations say together. */
export function merge(first: i32, second: i32): i32 {
  const changes = (first & -ONE_CHANGE) + (second & -ONE_CHANGE)
  return changes | ((first | second) & (ONE_CHANGE - 1))
}
