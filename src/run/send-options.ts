import { TickwireError } from '../foundation/errors.js'
import { DEFAULT_ENDPOINT, type Endpoint, parseEndpoint } from '../transport/endpoint.js'
import { MARKET_DATA_BYTES } from '../wire/index.js'
import { oneOf, optionalCpu, whole } from './whole.js'

/** UDP over IPv4 carries at most 65,535 - 20 - 8 bytes. */
const MAX_PAYLOAD_BYTES = 65507
const MAX_PER_DATAGRAM = Math.floor(MAX_PAYLOAD_BYTES / MARKET_DATA_BYTES)
/** sendmmsg takes at most UIO_MAXIOV messages: sendmmsg(2). */
const MAX_BATCH = 1024

export const SEND_TRANSPORTS = ['auto', 'socket', 'portable'] as const
export type SendTransport = (typeof SEND_TRANSPORTS)[number]
export const STAMPS = ['sent', 'due'] as const
export type Stamp = (typeof STAMPS)[number]
export const SEND_FRAMINGS = ['raw'] as const

/** How to send a generated market. Everything has a default. */
export interface SendOptions {
  /** Where to. Default `udp://127.0.0.1:9001`. */
  readonly endpoint?: string | undefined
  readonly framing?: (typeof SEND_FRAMINGS)[number] | undefined
  /** Default `auto`: `socket` on Linux, else `portable`. */
  readonly transport?: SendTransport | undefined
  /** Messages in all. Default 10,000. */
  readonly count?: number | undefined
  /** Messages per second; 0: as fast as possible. Default 1,000. */
  readonly rate?: number | undefined
  /** Messages back to back; the mean rate stays. Default 1. */
  readonly burst?: number | undefined
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

/** The same, checked and complete. */
export interface SendPlan {
  readonly endpoint: Endpoint
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
}

/** @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT */
export function planSend(options: SendOptions): SendPlan {
  oneOf('framing', options.framing ?? 'raw', SEND_FRAMINGS)
  const rate = options.rate ?? 1000
  if (!(rate >= 0 && rate < Number.POSITIVE_INFINITY)) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `rate is ${rate}`,
      'Give messages per second, or 0 for as fast as possible.',
    )
  }
  return {
    endpoint: destination(options.endpoint ?? DEFAULT_ENDPOINT),
    transport: oneOf('transport', options.transport ?? 'auto', SEND_TRANSPORTS),
    count: whole('count', options.count ?? 10_000, 1),
    rate,
    burst: whole('burst', options.burst ?? 1, 1),
    messagesPerDatagram: whole(
      'messages-per-datagram',
      options.messagesPerDatagram ?? 1,
      1,
      MAX_PER_DATAGRAM,
    ),
    instruments: whole('instruments', options.instruments ?? 8, 1, 1e6),
    seed: whole('seed', options.seed ?? 1, 0),
    batch: whole('batch', options.batch ?? 32, 1, MAX_BATCH),
    gso: options.gso ?? false,
    stamp: oneOf('stamp', options.stamp ?? 'sent', STAMPS),
    cpu: optionalCpu('cpu', options.cpu),
    startDelayMs: whole('start-delay-ms', options.startDelayMs ?? 0, 0),
  }
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
