/** Where the records of the books' memory are, and what their keys and hashes are. */

import {
  CHANGES_SHIFT,
  ENTRIES_AT,
  ENTRY_SHIFT,
  FREE_LEVEL,
  FREE_LEVELS,
  HEADER_BYTES,
  INSTRUMENT_SHIFT,
  LEVEL_HEAD,
  LEVEL_SHIFT,
  LEVELS_AT,
  ORDER_SHIFT,
  ORDERS_AT,
  SIDE_SHIFT,
  SIDE_START,
} from '../src/book/memory-layout'

/** What an operation returns for a level that it has changed. */
export const ONE_CHANGE: i32 = 1 << CHANGES_SHIFT

export function instrumentAt(instrument: i32): usize {
  return HEADER_BYTES + ((<u32>instrument) << INSTRUMENT_SHIFT)
}

export function sideAt(side: i32): usize {
  // The two sides of an instrument lie side by side at the begin of its record.
  return HEADER_BYTES + ((<u32>side >> 1) << INSTRUMENT_SHIFT) + ((<u32>side & 1) << SIDE_SHIFT)
}

export function levelAt(level: i32): usize {
  return load<u32>(LEVELS_AT) + ((<u32>level) << LEVEL_SHIFT)
}

export function entryAt(entry: i32): usize {
  return load<u32>(ENTRIES_AT) + ((<u32>entry) << ENTRY_SHIFT)
}

/** The entry at a place of a side. */
export function entryOf(at: usize, position: i32): usize {
  return entryAt(load<i32>(at, SIDE_START) + position)
}

export function orderAt(order: i32): usize {
  return load<u32>(ORDERS_AT) + ((<u32>order) << ORDER_SHIFT)
}

export function freeLevel(level: i32): void {
  store<i32>(levelAt(level), load<i32>(FREE_LEVEL), LEVEL_HEAD)
  store<i32>(FREE_LEVEL, level)
  store<i32>(FREE_LEVELS, load<i32>(FREE_LEVELS) + 1)
}

/** The key of a price, and the price of a key; 0 and not -0 for an ask at 0. */
export function keyOf(price: f64, side: i32): f64 {
  return price * <f64>(1 - ((side & 1) << 1)) + 0
}

/**
 * The low six bits stay: 64 neighbouring ids lie side by side, on few cache lines and in one page. The rest
 * is mixed.
 */
export function hashOf(id: u64): u32 {
  const low = <u32>id
  let mixed = (low >> 6) ^ (<u32>(id >> 32) * 0x9e3779b1)
  mixed = (mixed ^ (mixed >> 16)) * 0x85ebca6b
  mixed ^= mixed >> 13
  return (mixed << 6) | (low & 63)
}
