import { assert } from '../../foundation/assert.js'
import { TWO_POW_32 } from '../../foundation/units.js'

const SPACE = 0x20

/**
 * Writes a 64-bit integer, signed or not: the low 64 bits of two's complement are the same. A number
 * must be whole; beyond 2^53 only a bigint is exact.
 */
export function writeInt64(
  bytes: DataView,
  offset: number,
  value: number | bigint,
  littleEndian: boolean,
): void {
  if (typeof value === 'bigint') {
    bytes.setBigInt64(offset, value, littleEndian)
    return
  }
  // Flooring, not truncating, makes two's complement of a negative: low is never below zero.
  const high = Math.floor(value / TWO_POW_32)
  bytes.setUint32(offset + (littleEndian ? 4 : 0), high, littleEndian)
  bytes.setUint32(offset + (littleEndian ? 0 : 4), value - high * TWO_POW_32, littleEndian)
}

/** Writes a whole number of 48 bits, without a sign. */
export function writeUint48(
  bytes: DataView,
  offset: number,
  value: number,
  littleEndian: boolean,
): void {
  const high = Math.floor(value / TWO_POW_32)
  bytes.setUint16(offset + (littleEndian ? 4 : 0), high, littleEndian)
  bytes.setUint32(offset + (littleEndian ? 0 : 2), value - high * TWO_POW_32, littleEndian)
}

/** Writes a text of one byte to a character and fills it with blanks. */
export function writeText(bytes: DataView, offset: number, length: number, text: string): void {
  assert(text.length <= length, `"${text}" is longer than its field of ${length} characters`)
  for (let at = 0; at < length; at++) {
    bytes.setUint8(offset + at, at < text.length ? text.charCodeAt(at) : SPACE)
  }
}

/** Writes zeros. */
export function writeZeros(bytes: DataView, offset: number, length: number): void {
  for (let at = 0; at < length; at++) bytes.setUint8(offset + at, 0)
}
