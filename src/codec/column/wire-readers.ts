import { TWO_POW_32 } from '../../foundation/units.js'
import type { FieldType } from '../table/field-table.js'

/** Reads a number: exact, or the nearest one beyond 2^53. */
export type WireReader = (bytes: DataView, offset: number) => number

/** What reads a type in one byte order. A `text` has no number; its first byte stands for it. */
export function readerOf(type: FieldType, little: boolean): WireReader {
  const high = little ? 4 : 0
  const low = little ? 0 : 4
  switch (type) {
    case 'u8':
    case 'char':
    case 'text':
      return (bytes, offset) => bytes.getUint8(offset)
    case 'u16':
      return (bytes, offset) => bytes.getUint16(offset, little)
    case 'u32':
      return (bytes, offset) => bytes.getUint32(offset, little)
    case 'u48':
      return (bytes, offset) =>
        bytes.getUint16(offset + (little ? 4 : 0), little) * TWO_POW_32 +
        bytes.getUint32(offset + (little ? 0 : 2), little)
    case 'u64':
      return (bytes, offset) =>
        bytes.getUint32(offset + high, little) * TWO_POW_32 + bytes.getUint32(offset + low, little)
    case 'i8':
      return (bytes, offset) => bytes.getInt8(offset)
    case 'i16':
      return (bytes, offset) => bytes.getInt16(offset, little)
    case 'i32':
      return (bytes, offset) => bytes.getInt32(offset, little)
    case 'i64':
      return (bytes, offset) =>
        bytes.getInt32(offset + high, little) * TWO_POW_32 + bytes.getUint32(offset + low, little)
    case 'f32':
      return (bytes, offset) => bytes.getFloat32(offset, little)
    case 'f64':
      return (bytes, offset) => bytes.getFloat64(offset, little)
  }
}
