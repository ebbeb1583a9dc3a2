import { TickwireError } from '../foundation/errors.js'

/** What a retransmission server gives at most, so that no request draws an unbounded answer. */
export interface RetransmissionLimits {
  /** UDP payload of a reply. */
  readonly maxPayloadBytes: number
  /** Replies to one request; who wants more asks again. */
  readonly maxReplyDatagrams: number
  /** To one client, in the long run and at once. */
  readonly clientMessagesPerSecond: number
  readonly clientBurstMessages: number
  /** To all clients together, in the long run and at once; UDP payload. */
  readonly totalBytesPerSecond: number
  readonly totalBurstBytes: number
  /** Clients that are told from each other; beyond them, the longest silent one is forgotten. */
  readonly maxClients: number
}

/**
 * A payload of 1,400 bytes passes every Ethernet; 16 of them bring some 700 small messages. A client
 * may catch up on a burst of 200,000 messages; 25 MB/s over all is a fifth of a gigabit link.
 */
export const DEFAULT_RETRANSMISSION_LIMITS: RetransmissionLimits = {
  maxPayloadBytes: 1400,
  maxReplyDatagrams: 16,
  clientMessagesPerSecond: 100_000,
  clientBurstMessages: 200_000,
  totalBytesPerSecond: 25_000_000,
  totalBurstBytes: 25_000_000,
  maxClients: 1024,
}

/** The longest header of a reply, and a block header, leave room for a message from here on. */
const MIN_PAYLOAD_BYTES = 64
/** UDP over IPv4 carries at most 65,535 - 20 - 8 bytes. */
const MAX_PAYLOAD_BYTES = 65507

/**
 * The defaults, and what was asked for instead.
 *
 * @throws {TickwireError} TW_BAD_OPTION for a limit that is none
 */
export function planRetransmissionLimits(
  wanted: Partial<RetransmissionLimits>,
): RetransmissionLimits {
  const limits = { ...DEFAULT_RETRANSMISSION_LIMITS, ...wanted }
  for (const [name, value] of Object.entries(limits)) {
    if (!(value >= 1 && value < Number.POSITIVE_INFINITY)) {
      throw bad(name, value, 'Give a number of at least 1.')
    }
  }
  const { maxPayloadBytes, totalBurstBytes } = limits
  if (
    !Number.isInteger(maxPayloadBytes) ||
    maxPayloadBytes < MIN_PAYLOAD_BYTES ||
    maxPayloadBytes > MAX_PAYLOAD_BYTES
  ) {
    throw bad(
      'maxPayloadBytes',
      maxPayloadBytes,
      `Give a whole number from ${MIN_PAYLOAD_BYTES} to ${MAX_PAYLOAD_BYTES}.`,
    )
  }
  if (totalBurstBytes < maxPayloadBytes) {
    throw bad('totalBurstBytes', totalBurstBytes, `Give at least one reply: ${maxPayloadBytes}.`)
  }
  return limits
}

function bad(name: string, value: number, remedy: string): TickwireError {
  return new TickwireError('TW_BAD_OPTION', `The retransmission limit ${name} is ${value}`, remedy)
}
