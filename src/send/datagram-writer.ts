import { MARKET_DATA_BYTES } from '../wire/index.js'
import { MOLD_BLOCK_HEADER_BYTES, MOLD_HEADER_BYTES } from '../wire/moldudp64.js'

/** UDP over IPv4 carries at most 65,535 - 20 - 8 bytes, trains included. */
export const MAX_PAYLOAD_BYTES = 65507

export const SEND_FRAMINGS = ['raw', 'moldudp64'] as const
export type SendFraming = (typeof SEND_FRAMINGS)[number]

/** What a datagram of a framing takes: once, and for each message in it. */
export interface DatagramShape {
  readonly headerBytes: number
  readonly blockBytes: number
}

export const DATAGRAM_SHAPES: Readonly<Record<SendFraming, DatagramShape>> = {
  raw: { headerBytes: 0, blockBytes: MARKET_DATA_BYTES },
  moldudp64: {
    headerBytes: MOLD_HEADER_BYTES,
    blockBytes: MOLD_BLOCK_HEADER_BYTES + MARKET_DATA_BYTES,
  },
}

/** The native messages that fit into one datagram. */
export function maxMessagesPerDatagram(framing: SendFraming): number {
  const { headerBytes, blockBytes } = DATAGRAM_SHAPES[framing]
  return Math.floor((MAX_PAYLOAD_BYTES - headerBytes) / blockBytes)
}

/**
 * Writes a market into datagrams of one framing. A loop is given one, and so only ever calls one class.
 * One thread; no allocation.
 */
export interface DatagramWriter {
  readonly shape: DatagramShape
  /** Of the first message, and how many bits a sequence has on the wire. */
  readonly firstSequence: number
  readonly sequenceBits: 32 | 53
  /**
   * Writes the next messages as one datagram.
   *
   * @returns its bytes
   */
  write(bytes: DataView, offset: number, messages: number): number
}
