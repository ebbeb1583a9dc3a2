export const NS_PER_US = 1e3
export const NS_PER_MS = 1e6
export const NS_PER_SECOND = 1e9
/** 2^32, the weight of the high half of a 64-bit integer. */
export const TWO_POW_32 = 4294967296
/** Bytes in a cache line on x86-64 and on most arm64 machines. */
export const CACHE_LINE_BYTES = 64
/**
 * Bytes between two words that different threads write. Two lines, since adjacent-line prefetchers
 * pull lines in pairs.
 */
export const FALSE_SHARING_RANGE_BYTES = 128

/** The next multiple of `alignment` (a power of two) that is not below `value`. */
export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment
}

export function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value > 0 && Number.isInteger(Math.log2(value))
}

/** The smallest power of two that is not below `value`; 1 for anything up to 1. */
export function ceilPowerOfTwo(value: number): number {
  return value <= 1 ? 1 : 2 ** Math.ceil(Math.log2(value))
}

/**
 * A zero that the engine stores as a double, for fields that will hold times. A field that begins as a small
 * integer changes its kind with the first time that is none, and compiled code that knew it is discarded.
 */
export const ZERO_NS = -0
