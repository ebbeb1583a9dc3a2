import { TickwireError } from '../../foundation/errors.js'
import { MAX_LINES } from '../../foundation/limits.js'
import type { CreditPlan } from '../../send/credit/credit.js'
import {
  maxMessagesPerDatagram,
  SEND_FRAMINGS,
  type SendFraming,
} from '../../send/datagrams/datagram-writer.js'
import { DEFAULT_ENDPOINT, type Endpoint, parseEndpoint } from '../../transport/endpoint.js'
import { encodeMoldSession } from '../../wire/moldudp64.js'
import { oneOf, optionalCpu, whole } from './checks.js'
import { planSendFlow, type SendFlowOptions } from './flow-options.js'
import {
  planRetransmission,
  type RetransmissionPlan,
  type SendRetransmissionOptions,
} from './retransmission-options.js'

/** sendmmsg takes at most UIO_MAXIOV messages: sendmmsg(2). */
const MAX_BATCH = 1024

export const SEND_TRANSPORTS = ['auto', 'socket', 'portable'] as const
export type SendTransport = (typeof SEND_TRANSPORTS)[number]
export const STAMPS = ['sent', 'due'] as const
export type Stamp = (typeof STAMPS)[number]
const DEFAULT_SESSION = 'TICKWIRE01'
const DEFAULT_HEARTBEAT_MS = 1000
const DEFAULT_LINGER_MS = 200
/** The same where messages can be asked for again: time for the tail. */
const RETRANSMIT_LINGER_MS = 1000
/** setTimeout takes no more. */
const MAX_LINGER_MS = 2 ** 31 - 1

/** How to send a generated market. Everything has a default. */
export interface SendOptions extends SendRetransmissionOptions, SendFlowOptions {
  /** Where to; several are lines that get the same datagrams. Default `udp://127.0.0.1:9001`. */
  readonly endpoint?: string | readonly string[] | undefined
  /** How messages lie in a datagram. Default `raw`: 29-byte messages, one or more. */
  readonly framing?: SendFraming | undefined
  /** Default `auto`: `socket` on Linux, else `portable`. */
  readonly transport?: SendTransport | undefined
  /** Messages in all. Default 10,000. */
  readonly count?: number | undefined
  /** Messages per second; 0: as fast as possible. Default 1,000. */
  readonly rate?: number | undefined
  /** Messages back to back; the mean rate stays. Default 1. */
  readonly burst?: number | undefined
  /** MoldUDP64: the name of the session, from 1 to 10 printable ASCII characters. Default `TICKWIRE01`. */
  readonly session?: string | undefined
  /** MoldUDP64: silence after which a heartbeat is sent; 0: none. Default 1,000. */
  readonly heartbeatMs?: number | undefined
  /**
   * How long the sender stays after its last message: MoldUDP64 repeats the end of the session (0: it is
   * sent once), and what was sent can be asked for. Default 1,000 with `retransmit`, else 200.
   */
  readonly lingerMs?: number | undefined
  /** Default 1. */
  readonly messagesPerDatagram?: number | undefined
  /** Default 8. */
  readonly instruments?: number | undefined
  /** The same seed, the same messages, but for their time stamps. Default 1. */
  readonly seed?: number | undefined
  /** Datagrams per system call at most. Default 32. */
  readonly batch?: number | undefined
  /** Hand trains of datagrams to the kernel, which cuts them (UDP_SEGMENT). Default false. */
  readonly gso?: boolean | undefined
  /**
   * What a message's time stamp says: when it is `sent` (the default), or when it was `due`, so that
   * lateness of the sender counts as latency and a stall hides nothing (coordinated omission).
   */
  readonly stamp?: Stamp | undefined
  /** CPU to be pinned to; null: none. Default 1. */
  readonly cpu?: number | null | undefined
  /** Wait before the first message. Default 0. */
  readonly startDelayMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: ((warning: string) => void) | undefined
}

/** What a session of MoldUDP64 is called, and when it is heard without a message. */
export interface SessionPlan {
  readonly name: string
  readonly heartbeatMs: number
  readonly lingerMs: number
}

/** The same, checked and complete. */
export interface SendPlan {
  readonly endpoints: readonly Endpoint[]
  readonly framing: SendFraming
  /** Null where the framing has none. */
  readonly session: SessionPlan | null
  /** Null if nothing can be asked for again. */
  readonly retransmission: RetransmissionPlan | null
  /** How long the sender stays after its last message. */
  readonly lingerMs: number
  readonly transport: SendTransport
  readonly count: number
  readonly rate: number
  readonly burst: number
  readonly messagesPerDatagram: number
  readonly instruments: number
  readonly seed: number
  readonly batch: number
  readonly gso: boolean
  readonly stamp: Stamp
  readonly cpu: number | null | undefined
  readonly startDelayMs: number
  /** Null: nothing but the rate controls the sender. */
  readonly credit: CreditPlan | null
}

/** @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT */
export function planSend(options: SendOptions): SendPlan {
  const framing = oneOf('framing', options.framing ?? 'raw', SEND_FRAMINGS)
  const rate = options.rate ?? 1000
  if (!(rate >= 0 && rate < Number.POSITIVE_INFINITY)) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `rate is ${rate}`,
      'Give messages per second, or 0 for as fast as possible.',
    )
  }
  const retransmission = planRetransmission(options, framing)
  const lingerMs = planLingerMs(framing, options)
  return {
    endpoints: destinations(options.endpoint ?? DEFAULT_ENDPOINT),
    framing,
    session: planSession(framing, options, lingerMs),
    retransmission,
    lingerMs,
    transport: oneOf('transport', options.transport ?? 'auto', SEND_TRANSPORTS),
    count: whole('count', options.count ?? 10_000, 1),
    rate,
    burst: whole('burst', options.burst ?? 1, 1),
    messagesPerDatagram: whole(
      'messages-per-datagram',
      options.messagesPerDatagram ?? 1,
      1,
      maxMessagesPerDatagram(framing),
    ),
    instruments: whole('instruments', options.instruments ?? 8, 1, 1e6),
    seed: whole('seed', options.seed ?? 1, 0),
    batch: whole('batch', options.batch ?? 32, 1, MAX_BATCH),
    gso: options.gso ?? false,
    stamp: oneOf('stamp', options.stamp ?? 'sent', STAMPS),
    cpu: optionalCpu('cpu', options.cpu),
    startDelayMs: whole('start-delay-ms', options.startDelayMs ?? 0, 0),
    credit: planSendFlow(options),
  }
}

function planLingerMs(framing: SendFraming, options: SendOptions): number {
  const { lingerMs, retransmit } = options
  const recoverable = retransmit !== undefined
  if (framing === 'raw' && !recoverable) {
    if (lingerMs === undefined) return 0
    throw new TickwireError(
      'TW_BAD_OPTION',
      `linger-ms is ${lingerMs}, but the framing raw has no sessions, and nothing can be asked for again`,
      'Choose the framing moldudp64, give --retransmit, or leave it out.',
    )
  }
  const fallback = recoverable ? RETRANSMIT_LINGER_MS : DEFAULT_LINGER_MS
  return whole('linger-ms', lingerMs ?? fallback, 0, MAX_LINGER_MS)
}

function planSession(
  framing: SendFraming,
  options: SendOptions,
  lingerMs: number,
): SessionPlan | null {
  const { session, heartbeatMs } = options
  if (framing === 'moldudp64') {
    const name = session ?? DEFAULT_SESSION
    encodeMoldSession(name)
    return {
      name,
      heartbeatMs: whole('heartbeat-ms', heartbeatMs ?? DEFAULT_HEARTBEAT_MS, 0),
      lingerMs,
    }
  }
  for (const [name, value] of Object.entries({ session, heartbeatMs })) {
    if (value === undefined) continue
    throw new TickwireError(
      'TW_BAD_OPTION',
      `${name} is ${value}, but the framing ${framing} has no sessions`,
      'Choose the framing moldudp64, or leave it out.',
    )
  }
  return null
}

function destinations(texts: string | readonly string[]): readonly Endpoint[] {
  const endpoints = (typeof texts === 'string' ? [texts] : texts).map(destination)
  if (endpoints.length === 0 || endpoints.length > MAX_LINES) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `${endpoints.length} endpoints were given`,
      `Give from 1 to ${MAX_LINES}.`,
    )
  }
  return endpoints
}

/** An endpoint that can be sent to. */
export function destination(text: string): Endpoint {
  const endpoint = parseEndpoint(text)
  if (endpoint.port === 0) {
    throw new TickwireError(
      'TW_BAD_ENDPOINT',
      `The endpoint "${text}" has port 0, which cannot be sent to`,
      'Give the port that the receiver has bound.',
    )
  }
  return endpoint
}
