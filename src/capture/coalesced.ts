import { IEX_TP_HEADER_BYTES } from '../wire/iex-tp-framing.js'
import {
  MOLD_BLOCK_HEADER_BYTES,
  MOLD_COUNT_OFFSET,
  MOLD_END_OF_SESSION,
  MOLD_HEADER_BYTES,
  MOLD_SEQUENCE_OFFSET,
  MOLD_SESSION_BYTES,
} from '../wire/moldudp64.js'

/**
 * Bytes of the first datagram in a payload, where what follows is the next one of the same stream: a
 * capture behind a card or kernel that coalesces datagrams (GRO, LRO) has several in one packet. They are
 * cut only where a header of the same session with exactly the next sequence stands. Never throws.
 *
 * @returns `length` where the payload is one datagram, or nobody can tell
 */
export type FirstDatagram = (view: DataView, offset: number, length: number) => number

/** For the framing of that name; undefined where datagrams that follow one another are one again. */
export function firstDatagramOf(framing: string | undefined): FirstDatagram | undefined {
  if (framing === 'moldudp64') return firstMoldUdp64
  if (framing === 'iex-tp') return firstIexTp
  return undefined
}

const firstMoldUdp64: FirstDatagram = (view, offset, length) => {
  if (length < 2 * MOLD_HEADER_BYTES) return length
  const wireCount = view.getUint16(offset + MOLD_COUNT_OFFSET)
  const count = wireCount === MOLD_END_OF_SESSION ? 0 : wireCount
  const end = offset + length
  let at = offset + MOLD_HEADER_BYTES
  for (let i = 0; i < count; i++) {
    if (end - at < MOLD_BLOCK_HEADER_BYTES + MOLD_HEADER_BYTES) return length
    at += MOLD_BLOCK_HEADER_BYTES + view.getUint16(at)
  }
  if (end - at < MOLD_HEADER_BYTES) return length
  for (let i = 0; i < MOLD_SESSION_BYTES; i++) {
    if (view.getUint8(at + i) !== view.getUint8(offset + i)) return length
  }
  return follows(view, offset + MOLD_SEQUENCE_OFFSET, at + MOLD_SEQUENCE_OFFSET, count, false)
    ? at - offset
    : length
}

/** version u8, -, protocol u16, channel u32, session u32, payload length u16, count u16. */
const IDENTITY_BYTES = 12
const PAYLOAD_BYTES = 12
const MESSAGE_COUNT = 14
const FIRST_SEQUENCE = 24

const firstIexTp: FirstDatagram = (view, offset, length) => {
  if (length < 2 * IEX_TP_HEADER_BYTES) return length
  const at = offset + IEX_TP_HEADER_BYTES + view.getUint16(offset + PAYLOAD_BYTES, true)
  if (offset + length - at < IEX_TP_HEADER_BYTES) return length
  for (let i = 0; i < IDENTITY_BYTES; i += 4) {
    if (view.getUint32(at + i) !== view.getUint32(offset + i)) return length
  }
  const count = view.getUint16(offset + MESSAGE_COUNT, true)
  return follows(view, offset + FIRST_SEQUENCE, at + FIRST_SEQUENCE, count, true)
    ? at - offset
    : length
}

/** Whether the u64 at `next` is the one at `first` plus `count`, in its low 32 bits; the high ones fit. */
function follows(
  view: DataView,
  first: number,
  next: number,
  count: number,
  littleEndian: boolean,
): boolean {
  const low = littleEndian ? 0 : 4
  const sum = view.getUint32(first + low, littleEndian) + count
  const carry = sum > 0xffffffff ? 1 : 0
  return (
    view.getUint32(next + low, littleEndian) === sum >>> 0 &&
    view.getUint32(next + 4 - low, littleEndian) ===
      view.getUint32(first + 4 - low, littleEndian) + carry
  )
}
