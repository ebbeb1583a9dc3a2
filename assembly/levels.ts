/** The levels of a side: found, made, taken out, and what was told of them. */

import {
  BEST_DIFFERS,
  BEST_TOUCHED,
  CROSSED,
  ENTRIES_USED,
  ENTRY_CAPACITY,
  ENTRY_KEY,
  ENTRY_LEVEL,
  ENTRY_SHIFT,
  FREE_BLOCKS,
  FREE_LEVEL,
  FREE_LEVELS,
  KNOWN_ASK,
  KNOWN_ASK_QUANTITY,
  KNOWN_BID,
  KNOWN_BID_QUANTITY,
  LARGEST_BLOCK,
  LEVEL_COUNT,
  LEVEL_HEAD,
  LEVEL_KEY,
  LEVEL_QUANTITY,
  LEVEL_SIDE,
  LEVEL_TAIL,
  NONE,
  PREVIOUS_ASK,
  PREVIOUS_ASK_QUANTITY,
  PREVIOUS_BID,
  PREVIOUS_BID_QUANTITY,
  REFUSED,
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
} from '../src/book/memory-layout'
import {
  entryAt,
  entryOf,
  freeLevel,
  instrumentAt,
  keyOf,
  levelAt,
  ONE_CHANGE,
  sideAt,
} from './records'
import { noteEntryLimit, SMALLEST, scarcity } from './regions'

const ENTRY_BYTES: u32 = 1 << ENTRY_SHIFT
/** Steps from the best level that a search takes one by one before it halves what is left. */
const NEAR_STEPS = 12

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

/** The level at a price, made if it is not there; NONE if there is no room for it. */
export function obtain(side: i32, price: f64): i32 {
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
export function removeAt(at: usize, position: i32): bool {
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
export function seek(at: usize, key: f64): i32 {
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
export function tell(level: i32): i32 {
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

/**
 * Compares the best of both sides with what they were when this was last asked. If they differ, what they
 * were is told, and what they are is noted.
 */
export function compareBest(instrument: i32): i32 {
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
