/** The regions of the books' memory: how they are laid out, how much room they have, and how they grow. */

import {
  BLOCK_SIZES,
  BUCKET_HASH,
  BUCKET_ORDER,
  BUCKET_SHIFT,
  BUCKETS_AT,
  END_AT,
  ENTRIES_AT,
  ENTRIES_USED,
  ENTRY_CAPACITY,
  ENTRY_LIMIT,
  ENTRY_SHIFT,
  FREE_BLOCKS,
  FREE_LEVEL,
  FREE_LEVELS,
  FREE_ORDER,
  GROWTHS,
  HEADER_BYTES,
  INSTRUMENT_SHIFT,
  LARGEST_BLOCK,
  LEVEL_CAPACITY,
  LEVEL_SHIFT,
  LEVELS_AT,
  LEVELS_PER_MESSAGE,
  MARK,
  MARK_AT,
  MASK,
  MAX_ENTRIES,
  MAX_LEVELS,
  MAX_ORDERS,
  NONE,
  ORDER_CAPACITY,
  ORDER_ID,
  ORDER_NEXT,
  ORDER_SHIFT,
  ORDERS_AT,
  REGIONS,
  SCARCE,
} from '../src/book/memory-layout'
import { freeLevel, hashOf, orderAt } from './records'

/** Entries of the smallest block. */
export const SMALLEST = 4
const PAGE_SHIFT: u64 = 16
const MAX_PAGES: u64 = 65_535

/** Lays the memory out. @returns false if there is no room for it */
export function create(
  instruments: i32,
  levels: i32,
  maxLevels: i32,
  orders: i32,
  maxOrders: i32,
): bool {
  store<i32>(MARK_AT, MARK)
  for (let at = REGIONS; at <= END_AT; at += 4) store<i32>(at, HEADER_BYTES)
  for (let size = 0; size < BLOCK_SIZES; size++) store<i32>(FREE_BLOCKS + (size << 2), NONE)
  store<i32>(MAX_LEVELS, maxLevels)
  store<i32>(MAX_ENTRIES, maxLevels > 0x7ff_ffff ? 0x7fff_ffff : maxLevels * 16)
  store<i32>(MAX_ORDERS, maxOrders)
  store<i32>(FREE_LEVEL, NONE)
  store<i32>(FREE_ORDER, NONE)
  store<i32>(LARGEST_BLOCK, SMALLEST)
  return (
    growInstruments(instruments) &&
    growEntries(levels > 0x7ff_ffff ? 0x7fff_ffff : levels * 4) &&
    growLevels(levels) &&
    growOrders(orders)
  )
}

/** Makes room for as many instruments. @returns false if there is none */
export function growInstruments(capacity: i32): bool {
  return resize(REGIONS, (<u64>capacity) << INSTRUMENT_SHIFT)
}

/** Whether as many levels and orders as one message adds fit without growing. */
export function hasRoom(): bool {
  return (
    load<i32>(FREE_LEVELS) >= LEVELS_PER_MESSAGE &&
    load<i32>(ENTRIES_USED) <= load<i32>(ENTRY_LIMIT) &&
    load<i32>(FREE_ORDER) !== NONE
  )
}

export function scarcity(): i32 {
  return hasRoom() ? 0 : SCARCE
}

/** Makes sure that `count` levels and one order can be added. @returns false if the bounds do not allow it */
export function reserve(count: i32): bool {
  if (!reserveEntries(count) || !reserveLevels(count)) return false
  if (load<i32>(FREE_ORDER) !== NONE) return true
  const capacity = load<i32>(ORDER_CAPACITY)
  const most = load<i32>(MAX_ORDERS)
  if (capacity >= most) return false
  if (!growOrders(capacity > most >> 1 ? most : capacity << 1)) return false
  countGrowth()
  return true
}

function reserveLevels(count: i32): bool {
  if (load<i32>(FREE_LEVELS) >= count) return true
  const capacity = load<i32>(LEVEL_CAPACITY)
  const live = capacity - load<i32>(FREE_LEVELS)
  const most = load<i32>(MAX_LEVELS)
  let wider: i64 = (<i64>capacity) << 1
  while (wider < <i64>live + count) wider <<= 1
  if (wider > <i64>most) wider = most
  if (wider < <i64>live + count) return false
  if (!growLevels(<i32>wider)) return false
  countGrowth()
  return true
}

function growLevels(capacity: i32): bool {
  if (!resize(LEVELS_AT, (<u64>capacity) << LEVEL_SHIFT)) return false
  const old = load<i32>(LEVEL_CAPACITY)
  for (let level = capacity - 1; level >= old; level--) freeLevel(level)
  store<i32>(LEVEL_CAPACITY, capacity)
  return true
}

/** Both sides of an instrument may double until they hold `count` more, each block being taken anew. */
function worstCase(count: i32): i32 {
  return 8 * (load<i32>(LARGEST_BLOCK) + count)
}

export function noteEntryLimit(): void {
  store<i32>(ENTRY_LIMIT, load<i32>(ENTRY_CAPACITY) - worstCase(LEVELS_PER_MESSAGE))
}

function reserveEntries(count: i32): bool {
  const needed = <i64>load<i32>(ENTRIES_USED) + worstCase(count)
  const capacity = load<i32>(ENTRY_CAPACITY)
  if (needed <= <i64>capacity) return true
  const most = load<i32>(MAX_ENTRIES)
  let wider: i64 = (<i64>capacity) << 1
  while (wider < needed) wider <<= 1
  if (wider > <i64>most) wider = most
  return wider >= needed && growEntries(<i32>wider)
}

function growEntries(capacity: i32): bool {
  if (!resize(ENTRIES_AT, (<u64>capacity) << ENTRY_SHIFT)) return false
  store<i32>(ENTRY_CAPACITY, capacity)
  noteEntryLimit()
  return true
}

/** Makes room for more orders. None is free then, so that every record is a live one. */
function growOrders(capacity: i32): bool {
  let buckets: u64 = 1
  while (buckets < (<u64>capacity) << 1) buckets <<= 1
  if (!resize(ORDERS_AT, (<u64>capacity) << ORDER_SHIFT)) return false
  if (!resize(BUCKETS_AT, buckets << BUCKET_SHIFT)) return false
  const old = load<i32>(ORDER_CAPACITY)
  const mask = <u32>buckets - 1
  store<u32>(MASK, mask)
  store<i32>(ORDER_CAPACITY, capacity)
  const start = load<u32>(BUCKETS_AT)
  memory.fill(start, 0, <usize>(buckets << BUCKET_SHIFT))
  for (let order = 0; order < old; order++) {
    const hash = hashOf(load<u64>(orderAt(order), ORDER_ID))
    let bucket = hash & mask
    while (load<i32>(start + (bucket << BUCKET_SHIFT), BUCKET_ORDER) !== 0)
      bucket = (bucket + 1) & mask
    store<u32>(start + (bucket << BUCKET_SHIFT), hash, BUCKET_HASH)
    store<i32>(start + (bucket << BUCKET_SHIFT), order + 1, BUCKET_ORDER)
  }
  for (let order = capacity - 1; order >= old; order--) {
    store<i32>(orderAt(order), load<i32>(FREE_ORDER), ORDER_NEXT)
    store<i32>(FREE_ORDER, order)
  }
  return true
}

function countGrowth(): void {
  store<i32>(GROWTHS, load<i32>(GROWTHS) + 1)
}

/**
 * Makes a region larger: what is behind it moves. What is new in it is 0, as pages are that the memory gets: these
 * stay untouched. @returns false without memory
 */
function resize(region: i32, bytes: u64): bool {
  const next = load<u32>(region, 4)
  const end = load<u32>(END_AT)
  const has = <u64>(next - load<u32>(region))
  // After a growth of which the second region found no memory.
  if (bytes <= has) return true
  const more = bytes - has
  const pages = (<u64>end + more + ((1 << PAGE_SHIFT) - 1)) >> PAGE_SHIFT
  const held = <u64>memory.size()
  if (pages > MAX_PAGES) return false
  if (pages > held && memory.grow(<i32>(pages - held)) < 0) return false
  memory.copy(next + <u32>more, next, end - next)
  const used = (held << PAGE_SHIFT) - <u64>next
  memory.fill(next, 0, <usize>(more < used ? more : used))
  for (let at = region + 4; at <= END_AT; at += 4) store<u32>(at, load<u32>(at) + <u32>more)
  return true
}
