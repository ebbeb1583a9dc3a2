import type { FramingName } from './framing.js'
import { IEX_TP_HEADER_BYTES, IEX_TP_VERSION } from './iex-tp-framing.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from './market-data-view.js'
import { MDP3_HEADER_BYTES } from './mdp3-framing.js'
import {
  encodeMoldSession,
  MOLD_BLOCK_HEADER_BYTES,
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
 * Writes a valid datagram with one message, for loops that are to be compiled before the first real
 * one comes.
 *
 * @param sequence below 2^32, and not below the framing's `initialSequence`
 * @returns its length; at most 128 bytes
 */
export function writeSampleDatagram(
  framing: FramingName,
  bytes: DataView,
  offset: number,
  sequence: number,
): number {
  if (framing === 'raw') {
    bytes.setUint32(offset + MARKET_DATA_OFFSETS.sequence, sequence, true)
    return MARKET_DATA_BYTES
  }
  if (framing === 'moldudp64') {
    writeMoldHeader(bytes, offset, MOLD_SAMPLE_SESSION, sequence, 1)
    bytes.setUint16(offset + MOLD_HEADER_BYTES, MOLD_SAMPLE_MESSAGE_BYTES)
    return MOLD_HEADER_BYTES + MOLD_BLOCK_HEADER_BYTES + MOLD_SAMPLE_MESSAGE_BYTES
  }
  if (framing === 'mdp3') {
    bytes.setUint32(offset, sequence, true)
    bytes.setUint16(offset + MDP3_HEADER_BYTES, MDP3_SAMPLE_MESSAGE_BYTES, true)
    return MDP3_HEADER_BYTES + MDP3_SAMPLE_MESSAGE_BYTES
  }
  const payloadBytes = 2 + IEX_SAMPLE_MESSAGE_BYTES
  bytes.setUint8(offset, IEX_TP_VERSION)
  bytes.setUint16(offset + 12, payloadBytes, true)
  bytes.setUint16(offset + 14, 1, true)
  bytes.setUint32(offset + 24, sequence, true)
  bytes.setUint32(offset + 28, 0, true)
  bytes.setUint16(offset + IEX_TP_HEADER_BYTES, IEX_SAMPLE_MESSAGE_BYTES, true)
  return IEX_TP_HEADER_BYTES + payloadBytes
}
