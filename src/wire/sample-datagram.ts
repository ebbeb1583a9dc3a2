import { BLOCK_HEADER_BYTES } from './blocks.js'
import type { FramingName } from './framing.js'
import { IEX_TP_HEADER_BYTES, IEX_TP_VERSION } from './iex-tp-framing.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from './market-data-view.js'
import { MDP3_HEADER_BYTES } from './mdp3-framing.js'
import {
  encodeMoldSession,
  MOLD_END_OF_SESSION,
  MOLD_HEADER_BYTES,
  writeMoldHeader,
} from './moldudp64.js'

const IEX_SAMPLE_MESSAGE_BYTES = 38
const MOLD_SAMPLE_MESSAGE_BYTES = 36
const MDP3_SAMPLE_MESSAGE_BYTES = 40
/** The sessions of sample datagrams, as they are given to `createFraming`. */
export const SAMPLE_SESSIONS = {
  raw: undefined,
  moldudp64: 'REHEARSAL',
  'iex-tp': '0',
  mdp3: undefined,
} as const
const MOLD_SAMPLE_SESSION = encodeMoldSession(SAMPLE_SESSIONS.moldudp64)

/** What of a sample datagram is no message: nothing is sent at the moment, or nothing will be any more. */
export type SampleStatus = 'heartbeat' | 'end-of-session'

/**
 * Writes a valid datagram without a message, of a framing that has such.
 *
 * @param sequence of the next message
 * @returns its length
 */
export function writeSampleStatus(
  framing: 'moldudp64' | 'iex-tp',
  bytes: DataView,
  offset: number,
  sequence: number,
  status: SampleStatus,
): number {
  if (framing === 'moldudp64') {
    const count = status === 'heartbeat' ? 0 : MOLD_END_OF_SESSION
    writeMoldHeader(bytes, offset, MOLD_SAMPLE_SESSION, sequence, count)
    return MOLD_HEADER_BYTES
  }
  writeSampleDatagram(framing, bytes, offset, sequence)
  bytes.setUint32(offset + 12, 0, true)
  return IEX_TP_HEADER_BYTES
}

/**
 * Writes a valid datagram, for loops that are to be compiled before the first real one comes.
 *
 * @param sequence below 2^32, and not below the framing's `initialSequence`
 * @param count of messages; with `mdp3` they share the sequence
 * @returns its length; with up to four messages at most 256 bytes
 */
export function writeSampleDatagram(
  framing: FramingName,
  bytes: DataView,
  offset: number,
  sequence: number,
  count = 1,
): number {
  if (framing === 'raw') {
    for (let i = 0; i < count; i++) {
      const at = offset + i * MARKET_DATA_BYTES + MARKET_DATA_OFFSETS.sequence
      bytes.setUint32(at, sequence + i, true)
    }
    return count * MARKET_DATA_BYTES
  }
  if (framing === 'moldudp64') {
    writeMoldHeader(bytes, offset, MOLD_SAMPLE_SESSION, sequence, count)
    const at = MOLD_HEADER_BYTES
    return at + writeBlocks(bytes, offset + at, MOLD_SAMPLE_MESSAGE_BYTES, count, false)
  }
  if (framing === 'mdp3') {
    bytes.setUint32(offset, sequence, true)
    const at = MDP3_HEADER_BYTES
    // Its lengths count themselves.
    const length = MDP3_SAMPLE_MESSAGE_BYTES
    for (let i = 0; i < count; i++) bytes.setUint16(offset + at + i * length, length, true)
    return at + count * length
  }
  const at = offset + IEX_TP_HEADER_BYTES
  const payloadBytes = writeBlocks(bytes, at, IEX_SAMPLE_MESSAGE_BYTES, count, true)
  bytes.setUint8(offset, IEX_TP_VERSION)
  bytes.setUint16(offset + 12, payloadBytes, true)
  bytes.setUint16(offset + 14, count, true)
  bytes.setUint32(offset + 24, sequence, true)
  bytes.setUint32(offset + 28, 0, true)
  return IEX_TP_HEADER_BYTES + payloadBytes
}

/** The lengths of so many messages, each before its message; returns the bytes of all. */
function writeBlocks(
  bytes: DataView,
  offset: number,
  length: number,
  count: number,
  littleEndian: boolean,
): number {
  const distance = BLOCK_HEADER_BYTES + length
  for (let i = 0; i < count; i++) bytes.setUint16(offset + i * distance, length, littleEndian)
  return count * distance
}
