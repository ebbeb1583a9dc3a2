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
  BEST_DIFFERS,
  BEST_TOUCHED,
  CHANGES_SHIFT,
  CROSSED,
  DUPLICATE,
  END_AT,
  ENTRIES_AT,
  ENTRY_KEY,
  ENTRY_LEVEL,
  ENTRY_SHIFT,
  FREE_LEVELS,
  GROWTHS,
  HEADER_BYTES,
  INSTRUMENT_BEGUN_FROM,
  INSTRUMENT_LAST,
  INSTRUMENT_SHIFT,
  LATE,
  LEVEL_CAPACITY,
  LEVEL_COUNT,
  LEVEL_HEAD,
  LEVEL_KEY,
  LEVEL_QUANTITY,
  LEVEL_SHIFT,
  LEVEL_SIDE,
  LEVEL_TAIL,
  LEVELS_AT,
  MARK,
  MARK_AT,
  MAX_ENTRIES,
  MAX_LEVELS,
  MAX_ORDERS,
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
  PREVIOUS_ASK,
  PREVIOUS_ASK_QUANTITY,
  PREVIOUS_BID,
  PREVIOUS_BID_QUANTITY,
  REFUSED,
  REGIONS,
  SCARCE,
  SIDE_BEST,
  SIDE_CAPACITY,
  SIDE_LENGTH,
  SIDE_SHIFT,
  SIDE_START,
  TOLD_ORDERS,
  TOLD_PRICE,
  TOLD_QUANTITY,
  TOLD_SIDE,
  UNKNOWN,
  WAS_EMPTY,
} from '../src/book/memory-layout'

// Of the header, what nobody else reads.
const BUCKETS_AT = 80
const FREE_LEVEL = 108
const ENTRY_CAPACITY = 112
const ENTRIES_USED = 120
/** Up to this many used, what one message adds has room whatever it is. */
const ENTRY_LIMIT = 124
const LARGEST_BLOCK = 128
const ORDER_CAPACITY = 132
const FREE_ORDER = 140
const MASK = 144
/** The empty bucket at which the last search ended in vain. */
const VACANT = 148
/** The first free block of each size; the next one is in its first entry's level. */
const FREE_BLOCKS = 160

/** Behind the two sides of an instrument: the best as it was last told. */
const KNOWN_BID = 32
const KNOWN_BID_QUANTITY = 40
const KNOWN_ASK = 48
const KNOWN_ASK_QUANTITY = 56

const ENTRY_BYTES: u32 = 1 << ENTRY_SHIFT
const BUCKET_SHIFT = 3
const HASH = 0
const HELD = 4

const ONE_CHANGE: i32 = 1 << CHANGES_SHIFT
/** No message adds more levels; an event of several messages makes room for itself. */
const LEVELS_PER_MESSAGE = 2
/** Entries of the smallest block. */
const SMALLEST = 4
const BLOCK_SIZES = 32
/** Steps from the best level that a search takes one by one before it halves what is left. */
const NEAR_STEPS = 12
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

// Events of one operation.

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

// Parts of an event, between `begin` and `end`.

/** Sets the quantity at a price; 0 takes the level out. */
export function setLevel(side: i32, quantity: u32, price: f64): i32 {
  const at = sideAt(side)
  const key = keyOf(price, side)
  const position = seek(at, key)
  const there =
    position < load<i32>(at, SIDE_LENGTH) && load<f64>(entryOf(at, position), ENTRY_KEY) === key
  if (quantity === 0) {
    if (!there) return UNKNOWN
    const best = removeAt(at, position) ? BEST_TOUCHED : 0
    tellNothing(side, price)
    return best | ONE_CHANGE
  }
  const level = there ? load<i32>(entryOf(at, position), ENTRY_LEVEL) : insert(side, position, key)
  if (level === NONE) return REFUSED
  store<f64>(levelAt(level), <f64>quantity, LEVEL_QUANTITY)
  return tell(level) | scarcity()
}

/** Says anew all that a side with one level has; quantity 0: nothing. */
export function setBest(side: i32, quantity: u32, price: f64): i32 {
  const at = sideAt(side)
  const length = load<i32>(at, SIDE_LENGTH)
  let result = 0
  if (length > 0) {
    removeAt(at, length - 1)
    result = BEST_TOUCHED
  }
  if (quantity !== 0) return result | setLevel(side, quantity, price)
  if (length === 0) return result
  tellNothing(side, price)
  return result | ONE_CHANGE
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

/**
 * Compares the best of both sides with what they were when this was last asked. If they differ, what they
 * were is told, and what they are is noted.
 */
function compareBest(instrument: i32): i32 {
  const at = instrumentAt(instrument)
  const bid = load<i32>(at, SIDE_BEST) - 1
  const ask = load<i32>(at, (1 << SIDE_SHIFT) + SIDE_BEST) - 1
  let bidKey: f64 = 0
  let bidQuantity: f64 = 0
  let askKey: f64 = 0
  let askQuantity: f64 = 0
  if (bid !== NONE) {
    bidKey = load<f64>(levelAt(bid), LEVEL_KEY)
    bidQuantity = load<f64>(levelAt(bid), LEVEL_QUANTITY)
  }
  if (ask !== NONE) {
    askKey = 0 - load<f64>(levelAt(ask), LEVEL_KEY)
    askQuantity = load<f64>(levelAt(ask), LEVEL_QUANTITY)
  }
  if (
    load<f64>(at, KNOWN_BID) === bidKey &&
    load<f64>(at, KNOWN_BID_QUANTITY) === bidQuantity &&
    load<f64>(at, KNOWN_ASK) === askKey &&
    load<f64>(at, KNOWN_ASK_QUANTITY) === askQuantity
  ) {
    return 0
  }
  store<f64>(PREVIOUS_BID, load<f64>(at, KNOWN_BID))
  store<f64>(PREVIOUS_BID_QUANTITY, load<f64>(at, KNOWN_BID_QUANTITY))
  store<f64>(PREVIOUS_ASK, load<f64>(at, KNOWN_ASK))
  store<f64>(PREVIOUS_ASK_QUANTITY, load<f64>(at, KNOWN_ASK_QUANTITY))
  store<f64>(at, bidKey, KNOWN_BID)
  store<f64>(at, bidQuantity, KNOWN_BID_QUANTITY)
  store<f64>(at, askKey, KNOWN_ASK)
  store<f64>(at, askQuantity, KNOWN_ASK_QUANTITY)
  return bid !== NONE && ask !== NONE && bidKey > askKey ? BEST_DIFFERS | CROSSED : BEST_DIFFERS
}

/** The order with this id in the book of an instrument, or NONE. */
export function findOrder(instrument: i32, idHigh: i32, idLow: i32): i32 {
  return find(instrument, idOf(idHigh, idLow))
}

function add(instrument: i32, side: i32, id: u64, quantity: u32, price: f64): i32 {
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
  store<u32>(vacant, hashOf(id), HASH)
  store<i32>(vacant, order + 1, HELD)

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

function reduce(order: i32, quantity: u32): i32 {
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
function remove(order: i32): i32 {
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
function forget(order: i32): void {
  const buckets = load<u32>(BUCKETS_AT)
  const mask = load<u32>(MASK)
  const record = orderAt(order)
  let hole = hashOf(load<u64>(record, ORDER_ID)) & mask
  while (load<i32>(buckets + (hole << BUCKET_SHIFT), HELD) !== order + 1) hole = (hole + 1) & mask
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
  store<i32>(buckets + (hole << BUCKET_SHIFT), 0, HELD)
  store<i32>(record, load<i32>(FREE_ORDER), ORDER_NEXT)
  store<i32>(FREE_ORDER, order)
  store<i32>(ORDER_COUNT, load<i32>(ORDER_COUNT) - 1)
}

function find(instrument: i32, id: u64): i32 {
  const buckets = load<u32>(BUCKETS_AT)
  const orders = load<u32>(ORDERS_AT)
  const mask = load<u32>(MASK)
  const hash = hashOf(id)
  let bucket = hash & mask
  while (true) {
    const at = buckets + (bucket << BUCKET_SHIFT)
    const held = load<i32>(at, HELD)
    if (held === 0) {
      store<u32>(VACANT, bucket)
      return NONE
    }
    if (load<u32>(at, HASH) === hash) {
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

/** The level at a price, made if it is not there; NONE if there is no room for it. */
function obtain(side: i32, price: f64): i32 {
  const at = sideAt(side)
  const key = keyOf(price, side)
  const position = seek(at, key)
  if (position < load<i32>(at, SIDE_LENGTH)) {
    const entry = entryOf(at, position)
    if (load<f64>(entry, ENTRY_KEY) === key) return load<i32>(entry, ENTRY_LEVEL)
  }
  return insert(side, position, key)
}

/** Makes a level at a place of its side. @returns NONE if there is no room for it */
function insert(side: i32, position: i32, key: f64): i32 {
  const at = sideAt(side)
  const length = load<i32>(at, SIDE_LENGTH)
  const level = load<i32>(FREE_LEVEL)
  if (level === NONE || (length === load<i32>(at, SIDE_CAPACITY) && !widen(at))) return NONE
  const record = levelAt(level)
  store<i32>(FREE_LEVEL, load<i32>(record, LEVEL_HEAD))
  store<i32>(FREE_LEVELS, load<i32>(FREE_LEVELS) - 1)
  store<f64>(record, key, LEVEL_KEY)
  store<f64>(record, 0, LEVEL_QUANTITY)
  store<i32>(record, 0, LEVEL_COUNT)
  store<i32>(record, NONE, LEVEL_HEAD)
  store<i32>(record, NONE, LEVEL_TAIL)
  store<i32>(record, side, LEVEL_SIDE)
  const place = entryOf(at, position)
  for (let entry = entryOf(at, length); entry > place; entry -= ENTRY_BYTES) {
    store<f64>(entry, load<f64>(entry - ENTRY_BYTES, ENTRY_KEY), ENTRY_KEY)
    store<i32>(entry, load<i32>(entry - ENTRY_BYTES, ENTRY_LEVEL), ENTRY_LEVEL)
  }
  store<f64>(place, key, ENTRY_KEY)
  store<i32>(place, level, ENTRY_LEVEL)
  store<i32>(at, length + 1, SIDE_LENGTH)
  if (position === length) store<i32>(at, level + 1, SIDE_BEST)
  return level
}

/** Takes the level at a place of its side out. @returns whether it was the best */
function removeAt(at: usize, position: i32): bool {
  const length = load<i32>(at, SIDE_LENGTH) - 1
  const last = entryOf(at, length)
  const place = entryOf(at, position)
  const level = load<i32>(place, ENTRY_LEVEL)
  for (let entry = place; entry < last; entry += ENTRY_BYTES) {
    store<f64>(entry, load<f64>(entry + ENTRY_BYTES, ENTRY_KEY), ENTRY_KEY)
    store<i32>(entry, load<i32>(entry + ENTRY_BYTES, ENTRY_LEVEL), ENTRY_LEVEL)
  }
  store<i32>(at, length, SIDE_LENGTH)
  freeLevel(level)
  if (position !== length) return false
  store<i32>(at, length === 0 ? 0 : load<i32>(last - ENTRY_BYTES, ENTRY_LEVEL) + 1, SIDE_BEST)
  return true
}

/** How many levels of a side have a key below this one. */
function seek(at: usize, key: f64): i32 {
  const length = load<i32>(at, SIDE_LENGTH)
  const first = entryOf(at, 0)
  const near = length > NEAR_STEPS ? length - NEAR_STEPS : 0
  let high = length
  while (high > near && load<f64>(first + ((high - 1) << ENTRY_SHIFT), ENTRY_KEY) >= key) high--
  if (high > near || high === 0) return high
  let low = 0
  while (low < high) {
    const middle = (low + high) >>> 1
    if (load<f64>(first + (middle << ENTRY_SHIFT), ENTRY_KEY) < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Moves a side into a block of twice its capacity. @returns false if there is no room for it */
function widen(at: usize): bool {
  const capacity = load<i32>(at, SIDE_CAPACITY)
  const length = load<i32>(at, SIDE_LENGTH)
  const old = load<i32>(at, SIDE_START)
  const wider = capacity === 0 ? SMALLEST : capacity << 1
  const start = takeBlock(wider)
  if (start === NONE) return false
  memory.copy(entryAt(start), entryAt(old), (<usize>length) << ENTRY_SHIFT)
  if (capacity > 0) {
    const list = FREE_BLOCKS + (ctz(capacity) << 2)
    store<i32>(entryAt(old), load<i32>(list), ENTRY_LEVEL)
    store<i32>(list, old)
  }
  store<i32>(at, start, SIDE_START)
  store<i32>(at, wider, SIDE_CAPACITY)
  return true
}

/** Where a block of entries begins; NONE if there is no room for it. */
function takeBlock(capacity: i32): i32 {
  const list = FREE_BLOCKS + (ctz(capacity) << 2)
  const free = load<i32>(list)
  if (free !== NONE) {
    store<i32>(list, load<i32>(entryAt(free), ENTRY_LEVEL))
    return free
  }
  const start = load<i32>(ENTRIES_USED)
  if (start + capacity > load<i32>(ENTRY_CAPACITY)) return NONE
  store<i32>(ENTRIES_USED, start + capacity)
  if (capacity > load<i32>(LARGEST_BLOCK)) {
    store<i32>(LARGEST_BLOCK, capacity)
    noteEntryLimit()
  }
  return start
}

/** Notes a level as what a change left of it. */
function tell(level: i32): i32 {
  const at = levelAt(level)
  const index = load<i32>(at, LEVEL_SIDE)
  store<i32>(TOLD_SIDE, index & 1)
  store<f64>(TOLD_PRICE, keyOf(load<f64>(at, LEVEL_KEY), index))
  store<f64>(TOLD_QUANTITY, load<f64>(at, LEVEL_QUANTITY))
  store<i32>(TOLD_ORDERS, load<i32>(at, LEVEL_COUNT))
  return load<i32>(sideAt(index), SIDE_BEST) === level + 1 ? ONE_CHANGE | BEST_TOUCHED : ONE_CHANGE
}

/** Notes that nothing is left of the level at a price. */
function tellNothing(side: i32, price: f64): void {
  store<i32>(TOLD_SIDE, side & 1)
  store<f64>(TOLD_PRICE, price)
  store<f64>(TOLD_QUANTITY, 0)
  store<i32>(TOLD_ORDERS, 0)
}

function scarcity(): i32 {
  return hasRoom() ? 0 : SCARCE
}

/** What two operations say together. */
function merge(first: i32, second: i32): i32 {
  const changes = (first & -ONE_CHANGE) + (second & -ONE_CHANGE)
  return changes | ((first | second) & (ONE_CHANGE - 1))
}

function freeLevel(level: i32): void {
  store<i32>(levelAt(level), load<i32>(FREE_LEVEL), LEVEL_HEAD)
  store<i32>(FREE_LEVEL, level)
  store<i32>(FREE_LEVELS, load<i32>(FREE_LEVELS) + 1)
}

/** The key of a price, and the price of a key; 0 and not -0 for an ask at 0. */
function keyOf(price: f64, side: i32): f64 {
  return price * <f64>(1 - ((side & 1) << 1)) + 0
}

function idOf(high: i32, low: i32): u64 {
  return ((<u64>(<u32>high)) << 32) | <u64>(<u32>low)
}

/**
 * The low six bits stay: 64 neighbouring ids lie side by side, on few cache lines and in one page. The rest
 * is mixed.
 */
function hashOf(id: u64): u32 {
  const low = <u32>id
  let mixed = (low >> 6) ^ (<u32>(id >> 32) * 0x9e3779b1)
  mixed = (mixed ^ (mixed >> 16)) * 0x85ebca6b
  mixed ^= mixed >> 13
  return (mixed << 6) | (low & 63)
}

function instrumentAt(instrument: i32): usize {
  return HEADER_BYTES + ((<u32>instrument) << INSTRUMENT_SHIFT)
}

function sideAt(side: i32): usize {
  // The two sides of an instrument lie side by side at the begin of its record.
  return HEADER_BYTES + ((<u32>side >> 1) << INSTRUMENT_SHIFT) + ((<u32>side & 1) << SIDE_SHIFT)
}

function levelAt(level: i32): usize {
  return load<u32>(LEVELS_AT) + ((<u32>level) << LEVEL_SHIFT)
}

function entryAt(entry: i32): usize {
  return load<u32>(ENTRIES_AT) + ((<u32>entry) << ENTRY_SHIFT)
}

/** The entry at a place of a side. */
function entryOf(at: usize, position: i32): usize {
  return entryAt(load<i32>(at, SIDE_START) + position)
}

function orderAt(order: i32): usize {
  return load<u32>(ORDERS_AT) + ((<u32>order) << ORDER_SHIFT)
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

function noteEntryLimit(): void {
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
    while (load<i32>(start + (bucket << BUCKET_SHIFT), HELD) !== 0) bucket = (bucket + 1) & mask
    store<u32>(start + (bucket << BUCKET_SHIFT), hash, HASH)
    store<i32>(start + (bucket << BUCKET_SHIFT), order + 1, HELD)
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
