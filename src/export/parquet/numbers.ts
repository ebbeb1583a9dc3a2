import type { FieldPlace } from '../../codec/column/column.js'
import { readerOf } from '../../codec/column/wire-readers.js'
import { TWO_POW_32 } from '../../foundation/units.js'
import { DELTA_RANGE } from './encodings.js'
import type { RowStore } from './row-store.js'

/** Values of one column, counted from `base`. Their memory is used again by the column after it. */
export interface Numbers {
  readonly values: Float64Array
  readonly base: bigint
}

/** Half of what deltas may span: high words this near to the first one are near enough. */
const NEAR_HIGH = DELTA_RANGE / 2 / TWO_POW_32

/**
 * Takes a number of 32 bits or less, or of 48, from the messages of a group.
 *
 * @param values gets them
 */
export function takeNarrow(store: RowStore, place: FieldPlace, values: Float64Array): void {
  const { view, offsets, rows } = store
  const { offset, type, little } = place
  if (type === 'u32') {
    for (let row = 0; row < rows; row++) values[row] = view.getUint32(offsets[row] + offset, little)
    return
  }
  const read = readerOf(type, little)
  for (let row = 0; row < rows; row++) values[row] = read(view, offsets[row] + offset)
}

/**
 * Takes a number of 64 bits from the messages of a group, counted from the first.
 *
 * @returns what the values count from; undefined if they lie too far apart
 */
export function takeWide(
  store: RowStore,
  place: FieldPlace,
  values: Float64Array,
): bigint | undefined {
  const { view, offsets, rows } = store
  const { offset, little } = place
  const high = offset + (little ? 4 : 0)
  const low = offset + (little ? 0 : 4)
  const firstHigh = view.getInt32(offsets[0] + high, little)
  const firstLow = view.getUint32(offsets[0] + low, little)
  for (let row = 0; row < rows; row++) {
    const at = offsets[row]
    const above = (view.getInt32(at + high, little) - firstHigh) | 0
    if (above > NEAR_HIGH || above < -NEAR_HIGH) return undefined
    values[row] = above * TWO_POW_32 + (view.getUint32(at + low, little) - firstLow)
  }
  return view.getBigInt64(offsets[0] + offset, little)
}

/** The same with numbers that are in an array. */
export function takeFromArray(
  from: BigInt64Array,
  count: number,
  values: Float64Array,
): bigint | undefined {
  // Machines that Node.js runs on have the low half first.
  const words = new Uint32Array(from.buffer, from.byteOffset, 2 * count)
  const firstLow = words[0]
  const firstHigh = words[1]
  for (let i = 0; i < count; i++) {
    const above = (words[2 * i + 1] - firstHigh) | 0
    if (above > NEAR_HIGH || above < -NEAR_HIGH) return undefined
    values[i] = above * TWO_POW_32 + (words[2 * i] - firstLow)
  }
  return from[0]
}
