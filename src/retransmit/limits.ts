import { TickwireError } from '../foundation/errors.js'
import type { AllowanceLimits } from './allowances.js'
import type { ResponseFraming } from './response-framing.js'

/** What a retransmission server gives at most, so that no request draws an unbounded response. */
export interface RetransmissionLimits extends AllowanceLimits {
  /** UDP payload of a response. */
  readonly maxPayloadBytes: number
  /** Datagrams that answer one request; who wants more requests again. */
  readonly maxReplyDatagrams: number
}

/**
 * A payload of 1,400 bytes passes every Ethernet. 25 MB/s over all is a fifth of a gigabit link; one
 * client gets a tenth of that, which is 80,000 native messages a second, and 5 MB at once.
 */
export const DEFAULT_RETRANSMISSION_LIMITS: RetransmissionLimits = {
  maxPayloadBytes: 1400,
  maxReplyDatagrams: 16,
  clientBytesPerSecond: 2_500_000,
  clientBurstBytes: 5_000_000,
  totalBytesPerSecond: 25_000_000,
  totalBurstBytes: 25_000_000,
  maxClients: 1024,
}

/**
 * Datagrams that answer one request, where nobody says how many. MoldUDP64 answers a request with one
 * packet, and its clients request the rest after each: several would draw a request each, and answers to
 * those, without end.
 */
const DEFAULT_DATAGRAMS_PER_REQUEST: Readonly<Record<ResponseFraming, number>> = {
  raw: DEFAULT_RETRANSMISSION_LIMITS.maxReplyDatagrams,
  moldudp64: 1,
  'iex-tp': DEFAULT_RETRANSMISSION_LIMITS.maxReplyDatagrams,
}

/** The longest header of a response, and a block header, leave room for a message from here on. */
const MIN_PAYLOAD_BYTES = 64
/** UDP over IPv4 carries at most 65,535 - 20 - 8 bytes. */
const MAX_PAYLOAD_BYTES = 65507

/**
 * The defaults of a framing, and what was asked for instead.
 *
 * @throws {TickwireError} TW_BAD_OPTION for a limit that is none, or that there is not
 */
export function planRetransmissionLimits(
  wanted: Partial<RetransmissionLimits>,
  framing: ResponseFraming = 'raw',
): RetransmissionLimits {
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined)
  const limits: RetransmissionLimits = {
    ...DEFAULT_RETRANSMISSION_LIMITS,
    maxReplyDatagrams: DEFAULT_DATAGRAMS_PER_REQUEST[framing],
    ...Object.fromEntries(given),
  }
  for (const [name, value] of Object.entries(limits)) {
    if (!(name in DEFAULT_RETRANSMISSION_LIMITS)) throw unknown(name)
    if (!(value >= 1 && value < Number.POSITIVE_INFINITY)) {
      throw bad(name, value, 'Give a number of at least 1.')
    }
  }
  const { maxPayloadBytes } = limits
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
  for (const name of ['clientBurstBytes', 'totalBurstBytes'] as const) {
    if (limits[name] < maxPayloadBytes) {
      throw bad(name, limits[name], `Give at least one response: ${maxPayloadBytes}.`)
    }
  }
  return limits
}

function bad(name: string, value: number, remedy: string): TickwireError {
  return new TickwireError('TW_BAD_OPTION', `The retransmission limit ${name} is ${value}`, remedy)
}

function unknown(name: string): TickwireError {
  const names = Object.keys(DEFAULT_RETRANSMISSION_LIMITS).join(', ')
  return new TickwireError(
    'TW_BAD_OPTION',
    `There is no retransmission limit ${name}`,
    `Choose from: ${names}.`,
  )
}
