import type { FramingName } from './framing.js'
import { IEX_TP_HEADER_BYTES, IEX_TP_VERSION } from './iex-tp-framing.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from './market-data-view.js'

const IEX_SAMPLE_MESSAGE_BYTES = 38

/**
 * Writes a valid datagram with one message, for loops that are to be compiled before the first real
 * one comes.
 *
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
  const payloadBytes = 2 + IEX_SAMPLE_MESSAGE_BYTES
  bytes.setUint8(offset, IEX_TP_VERSION)
  bytes.setUint16(offset + 12, payloadBytes, true)
  bytes.setUint16(offset + 14, 1, true)
  bytes.setUint32(offset + 24, sequence, true)
  bytes.setUint32(offset + 28, 0, true)
  bytes.setUint16(offset + IEX_TP_HEADER_BYTES, IEX_SAMPLE_MESSAGE_BYTES, true)
  return IEX_TP_HEADER_BYTES + payloadBytes
}
