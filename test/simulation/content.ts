import type { ResponseFraming } from '../../src/retransmit/response-framing.js'

/**
 * What is in the simulated messages: which stream of the publisher's they are of, which sequence, and
 * on which way this copy came, so that a delivered message tells where it is from.
 *
 * ```
 *   raw (29)        0 stream   4 mark   8 way   16 sequence   20 mark
 *   blocks (16 +)   0 stream   4 sequence   8 way   9 mark (u16)   12 … mark, as long as it says
 * ```
 */
export interface Content {
  readonly stream: number
  /** Modulo 2^32. */
  readonly sequence: number
  /** The line that brought this copy, or ANSWERED. */
  readonly way: number
  /** Whether every octet is what the publisher wrote. */
  readonly intact: boolean
}

/** The way of what came from the request server. */
export const ANSWERED = 99

const RAW_BYTES = 29
const BLOCK_BYTES = 16
const EXTRA_BYTES = 16
export const HEADER_BYTES: Readonly<Record<ResponseFraming, number>> = {
  raw: 0,
  moldudp64: 20,
  'iex-tp': 40,
}
/** The longest message with its block header. */
export const MAX_MESSAGE_BYTES = 2 + BLOCK_BYTES + EXTRA_BYTES

function markOf(stream: number, sequence: number): number {
  let mark = Math.imul(stream + 1, 0x9e3779b1) ^ Math.imul(sequence | 0, 0x85ebca6b)
  mark ^= mark >>> 15
  return Math.imul(mark, 0xc2b2ae35) >>> 0
}

export function messageBytes(framing: ResponseFraming, stream: number, sequence: number): number {
  if (framing === 'raw') return RAW_BYTES
  return BLOCK_BYTES + (markOf(stream, sequence) % (EXTRA_BYTES + 1))
}

/** Writes a message without a block header; returns its length. */
export function writeMessage(
  framing: ResponseFraming,
  bytes: DataView,
  offset: number,
  stream: number,
  sequence: number,
): number {
  const mark = markOf(stream, sequence)
  const length = messageBytes(framing, stream, sequence)
  bytes.setUint32(offset, stream, true)
  if (framing === 'raw') {
    bytes.setUint32(offset + 4, mark, true)
    bytes.setUint32(offset + 8, 0, true)
    bytes.setUint32(offset + 12, 0, true)
    bytes.setUint32(offset + 16, sequence % 2 ** 32, true)
    bytes.setUint32(offset + 20, mark, true)
    bytes.setUint32(offset + 24, mark, true)
    bytes.setUint8(offset + 28, mark)
    return length
  }
  bytes.setUint32(offset + 4, sequence % 2 ** 32, true)
  bytes.setUint8(offset + 8, 0)
  bytes.setUint16(offset + 9, mark, true)
  for (let i = 11; i < length; i++) bytes.setUint8(offset + i, mark + i)
  return length
}

/** Reads a message that was delivered. */
export function readMessage(
  framing: ResponseFraming,
  bytes: DataView,
  offset: number,
  length: number,
): Content {
  const stream = bytes.getUint32(offset, true)
  const raw = framing === 'raw'
  const sequence = bytes.getUint32(offset + (raw ? 16 : 4), true)
  const mark = markOf(stream, sequence)
  const way = bytes.getUint8(offset + 8)
  let intact = length === messageBytes(framing, stream, sequence)
  if (raw) {
    intact &&= bytes.getUint32(offset + 4, true) === mark
    intact &&= bytes.getUint32(offset + 20, true) === mark
  } else {
    intact &&= bytes.getUint16(offset + 9, true) === (mark & 0xffff)
    for (let i = 11; intact && i < length; i++) {
      intact = bytes.getUint8(offset + i) === ((mark + i) & 0xff)
    }
  }
  return { stream, sequence, way, intact }
}

/** Notes in all messages of a datagram on which way this copy comes. */
export function stampWay(framing: ResponseFraming, datagram: Uint8Array, way: number): void {
  if (framing === 'raw') {
    for (let at = 8; at < datagram.length; at += RAW_BYTES) datagram[at] = way
    return
  }
  const big = framing === 'moldudp64'
  let at = HEADER_BYTES[framing]
  while (at + 2 < datagram.length) {
    const first = datagram[at] ?? 0
    const second = datagram[at + 1] ?? 0
    const length = big ? first * 256 + second : second * 256 + first
    if (length >= BLOCK_BYTES && at + 10 < datagram.length) datagram[at + 10] = way
    at += 2 + length
  }
}
