import { MARKET_DATA_BYTES } from '../../wire/index.js'
import type { MessageStore } from '../../wire/message-store.js'
import { MOLD_BLOCK_HEADER_BYTES, MOLD_HEADER_BYTES } from '../../wire/moldudp64.js'
import type { SendFraming } from './send-framing.js'

/** UDP over IPv4 carries at most 65,535 - 20 - 8 bytes, trains included. */
export const MAX_PAYLOAD_BYTES = 65507

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

/** The shape with messages of so many bytes at most. */
export function shapeOf(framing: SendFraming, messageBytes: number): DatagramShape {
  const { headerBytes, blockBytes } = DATAGRAM_SHAPES[framing]
  return { headerBytes, blockBytes: blockBytes - MARKET_DATA_BYTES + messageBytes }
}

/** The messages of so many bytes that fit into one datagram. */
export function maxMessagesPerDatagram(
  framing: SendFraming,
  messageBytes = MARKET_DATA_BYTES,
): number {
  const { headerBytes, blockBytes } = shapeOf(framing, messageBytes)
  return Math.floor((MAX_PAYLOAD_BYTES - headerBytes) / blockBytes)
}

/** Where the messages come from that a sender sends. One thread; no allocation. */
export interface Messages {
  /** Time stamp of the messages to come, since the session epoch. A field: an argument would be boxed. */
  sentNs: number
  /** Writes the next message; there must be one. Returns its bytes. */
  write(bytes: DataView, offset: number): number
}

/** How a writer differs from that of a generated market. */
export interface WriterOptions {
  /** Is given every message before it is sent. */
  readonly store?: MessageStore | undefined
  readonly firstSequence?: number | undefined
  /** Bytes of a message at most. */
  readonly messageBytes?: number | undefined
}

/**
 * Writes messages into datagrams of one framing. A loop is given one, and so only ever calls one class.
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
