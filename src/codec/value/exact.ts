/** An integer that loses nothing: a number up to 2^53, a bigint beyond. */
export type ExactInteger = number | bigint

const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER)

/** An unsigned 64-bit integer, exactly. Allocates: for the edge, not for a hot path. */
export function exactUint64(bytes: DataView, offset: number, littleEndian: boolean): ExactInteger {
  return exactInteger(bytes.getBigUint64(offset, littleEndian))
}

/** A signed 64-bit integer, exactly. Allocates: for the edge, not for a hot path. */
export function exactInt64(bytes: DataView, offset: number, littleEndian: boolean): ExactInteger {
  return exactInteger(bytes.getBigInt64(offset, littleEndian))
}

function exactInteger(value: bigint): ExactInteger {
  return value <= MAX_EXACT && value >= -MAX_EXACT ? Number(value) : value
}
