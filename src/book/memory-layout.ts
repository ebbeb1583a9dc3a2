/**
 * Where the linear memory of books has what. Both compilers read this file: the one of TypeScript, and that of
 * AssemblyScript for `assembly/`. So it has nothing but whole numbers. Offsets are in bytes.
 */

/** Stands for no level, no order. */
export const NONE = -1

// The header begins with a mark of the layout, so that the state of another one is not taken for this one.
export const MARK_AT = 0
export const MARK = 0x31_4b_42_54
/** What an operation says of the last level that it changed. */
export const TOLD_PRICE = 8
export const TOLD_QUANTITY = 16
export const TOLD_ORDERS = 24
export const TOLD_SIDE = 28
/** What the best was before the event that made it another. */
export const PREVIOUS_BID = 32
export const PREVIOUS_BID_QUANTITY = 40
export const PREVIOUS_ASK = 48
export const PREVIOUS_ASK_QUANTITY = 56
/** Where each region begins, a word each, the first one being that of the instruments. */
export const REGIONS = 64
export const LEVELS_AT = 68
export const ENTRIES_AT = 72
export const ORDERS_AT = 76
export const BUCKETS_AT = 80
/** Where the last region ends. */
export const END_AT = 84
// Sizes, bounds, and lists of what is free.
export const LEVEL_CAPACITY = 88
export const FREE_LEVELS = 92
export const ORDER_COUNT = 96
export const GROWTHS = 100
export const MAX_LEVELS = 104
export const FREE_LEVEL = 108
export const ENTRY_CAPACITY = 112
export const MAX_ENTRIES = 116
export const ENTRIES_USED = 120
/** Up to this many used, what one message adds has room whatever it is. */
export const ENTRY_LIMIT = 124
export const LARGEST_BLOCK = 128
export const ORDER_CAPACITY = 132
export const MAX_ORDERS = 136
export const FREE_ORDER = 140
/** Buckets less 1. */
export const MASK = 144
/** The empty bucket at which the last search ended in vain. */
export const VACANT = 148
/** The first free block of each size, a word each; the next one is in its first entry's level. */
export const FREE_BLOCKS = 160
export const BLOCK_SIZES = 32
/** The instruments begin here, on a cache line, and never move. */
export const HEADER_BYTES = 320

// Shifts of the sizes of records.
export const INSTRUMENT_SHIFT = 7
export const SIDE_SHIFT = 4
export const LEVEL_SHIFT = 5
export const ENTRY_SHIFT = 4
export const ORDER_SHIFT = 5
export const BUCKET_SHIFT = 3

// A side: where its entries begin, how many it has and has room for, and the best level plus 1 (0: none).
export const SIDE_START = 0
export const SIDE_LENGTH = 4
export const SIDE_CAPACITY = 8
export const SIDE_BEST = 12

// An instrument: its two sides, the best as last told, and which messages were applied. Two cache lines.
/** The best as last told. */
export const KNOWN_BID = 32
export const KNOWN_BID_QUANTITY = 40
export const KNOWN_ASK = 48
export const KNOWN_ASK_QUANTITY = 56
/** The last message that touched the book's levels, or made older ones irrelevant. */
export const INSTRUMENT_LAST = 64
/** What that was before anything was said about the book. */
export const INSTRUMENT_BEGUN_FROM = 72

// A level: two doubles, four words.
export const LEVEL_KEY = 0
export const LEVEL_QUANTITY = 8
export const LEVEL_COUNT = 16
export const LEVEL_HEAD = 20
export const LEVEL_TAIL = 24
export const LEVEL_SIDE = 28

// An entry of a side: a double, a word.
export const ENTRY_KEY = 0
export const ENTRY_LEVEL = 8

// An order.
export const ORDER_ID = 0
export const ORDER_QUANTITY = 8
export const ORDER_LEVEL = 12
export const ORDER_NEXT = 16
export const ORDER_PREVIOUS = 20
export const ORDER_INSTRUMENT = 24

// A bucket: the hash of an id, and the order plus 1 (0: none).
export const BUCKET_HASH = 0
export const BUCKET_ORDER = 4

/** No message adds more levels; an event of several messages makes room for itself. */
export const LEVELS_PER_MESSAGE = 2

// What an operation returns: bits, and above them how many levels it has changed.
export const BEST_TOUCHED = 1
/** There is no such order, or no such level. */
export const UNKNOWN = 2
/** More was taken from an order than it had. */
export const OVER = 4
/** An order of the same id was there, and is no more. */
export const DUPLICATE = 8
/** There was no room. */
export const REFUSED = 16
/** There may be no room for what the next message adds. */
export const SCARCE = 32
/** A later message about the same book was applied before: nothing was done. */
export const LATE = 64
/** Nothing had been said about the book. */
export const WAS_EMPTY = 128
/** The best bid or ask has another price or quantity than before the event, which are told. */
export const BEST_DIFFERS = 256
/** If so: the best bid is above the best ask. */
export const CROSSED = 512
export const CHANGES_SHIFT = 10
