import { TWO_POW_32 } from '../../foundation/units.js'
import type { ByteOutput } from './byte-output.js'

/**
 * ```
 * DELTA_BINARY_PACKED: values in a block, miniblocks in one, values in all (varints), the first value
 * (zigzag), then for each block: the least delta (zigzag), a width of bits for each miniblock (bytes),
 * and the miniblocks: deltas above the least one, packed, lowest bit first.
 * ```
 */
const BLOCK_VALUES = 128
const MINIBLOCKS = 4
const MINIBLOCK_VALUES = BLOCK_VALUES / MINIBLOCKS

/** Values that differ by no more than this have deltas, and deltas of deltas, that numbers hold exactly. */
export const DELTA_RANGE = 2 ** 50

const deltas = new Float64Array(BLOCK_VALUES)
const widths = new Uint8Array(MINIBLOCKS)

/**
 * Packs whole numbers by their differences.
 *
 * @param values each within {@link DELTA_RANGE} of 0, counted from `base`
 * @param bits of the type: 32 or 64. Differences of 32 bits wrap, as readers' do
 */
export function encodeDeltas(
  output: ByteOutput,
  values: Float64Array,
  count: number,
  base: bigint,
  bits: 32 | 64,
): void {
  output.varint(BLOCK_VALUES)
  output.varint(MINIBLOCKS)
  output.varint(count)
  output.zigzag64(count === 0 ? 0n : BigInt.asIntN(bits, base + BigInt(values[0])))
  for (let start = 1; start < count; start += BLOCK_VALUES) {
    const length = Math.min(BLOCK_VALUES, count - start)
    encodeBlock(output, length, takeDeltas(values, start, length, bits === 32))
  }
}

/** Computes a block's differences; the least of them is the answer. */
function takeDeltas(values: Float64Array, start: number, length: number, wraps: boolean): number {
  let least = Number.POSITIVE_INFINITY
  let before = values[start - 1]
  for (let i = 0; i < length; i++) {
    const value = values[start + i]
    const delta = wraps ? (value - before) | 0 : value - before
    deltas[i] = delta
    if (delta < least) least = delta
    before = value
  }
  // What fills the last miniblock packs to zeros.
  for (let i = length; i < BLOCK_VALUES; i++) deltas[i] = least
  return least
}

function encodeBlock(output: ByteOutput, length: number, least: number): void {
  output.zigzag(least)
  for (let i = 0; i < MINIBLOCKS; i++) {
    let most = least
    for (let at = i * MINIBLOCK_VALUES; at < (i + 1) * MINIBLOCK_VALUES; at++) {
      if (deltas[at] > most) most = deltas[at]
    }
    widths[i] = bitsOf(most - least)
    output.byte(widths[i])
  }
  for (let i = 0; i * MINIBLOCK_VALUES < length; i++) {
    packMiniblock(output, i * MINIBLOCK_VALUES, least, widths[i])
  }
}

function packMiniblock(output: ByteOutput, start: number, least: number, width: number): void {
  if (width === 0) return
  if (width <= 32) {
    for (let at = start; at < start + MINIBLOCK_VALUES; at++) {
      output.bits((deltas[at] - least) >>> 0, width)
    }
    return
  }
  for (let at = start; at < start + MINIBLOCK_VALUES; at++) {
    const above = deltas[at] - least
    output.bits(above >>> 0, 32)
    output.bits(Math.floor(above / TWO_POW_32), width - 32)
  }
}

/** Bits that hold a whole number below 2^53. */
export function bitsOf(value: number): number {
  if (value < TWO_POW_32) return 32 - Math.clz32(value)
  return 64 - Math.clz32(Math.floor(value / TWO_POW_32))
}

/**
 * Packs small numbers as the hybrid of runs and bit-packed groups of eight does: levels, and places in a
 * dictionary. All equal they are one run, else one sequence of groups.
 */
export function encodeHybrid(
  output: ByteOutput,
  values: Uint32Array | Uint8Array,
  count: number,
  width: number,
): void {
  if (count === 0) return
  let same = 1
  while (same < count && values[same] === values[0]) same++
  if (same >= count) {
    output.varint(2 * count)
    for (let bits = 0; bits < width; bits += 8) output.byte((values[0] >>> bits) & 0xff)
    return
  }
  const groups = Math.ceil(count / 8)
  output.varint(2 * groups + 1)
  for (let i = 0; i < 8 * groups; i++) output.bits(i < count ? values[i] : 0, width)
  output.endBits()
}
