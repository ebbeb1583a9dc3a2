import type { RetransmissionLimits } from '../../retransmit/limits.js'
import { FLOW_GROUPS, type FlowGroup } from '../../send/credit/flow-group.js'
import { SEND_FRAMINGS, type SendFraming } from '../../send/datagrams/send-framing.js'
import type { TableOf, WithDefaults } from './declaration.js'
import type { Endpoints } from './endpoint-names.js'
import { MAX_CPU } from './receive-options.js'

export const SEND_TRANSPORTS = ['auto', 'socket', 'portable'] as const
export type SendTransport = (typeof SEND_TRANSPORTS)[number]
export const STAMPS = ['sent', 'due'] as const
export type Stamp = (typeof STAMPS)[number]
/** sendmmsg takes at most UIO_MAXIOV messages: sendmmsg(2). */
const MAX_BATCH = 1024
/** setTimeout takes no more. */
export const MAX_LINGER_MS = 2 ** 31 - 1

export const SEND_FLOWS = ['rate', 'credit'] as const
export type SendFlow = (typeof SEND_FLOWS)[number]

/** What of the options of a sender is about flow control. */
export interface SendFlowOptions {
  /**
   * `credit`: never send more than receivers say that they can hold, and start when the first one shows
   * up. `rate` (the default): send what is due, whoever listens.
   */
  readonly flow?: SendFlow | undefined
  /** With credit, whose window counts: the smallest (`min`, the default) or the largest (`max`). */
  readonly flowGroup?: FlowGroup | undefined
  /**
   * With credit, how long to wait while there is no receiver, in milliseconds; 0: as long as it takes.
   * Default 10,000. After that the run ends with TW_NO_RECEIVER.
   */
  readonly flowWaitMs?: number | undefined
}

/** What of the options of a sender is about messages that are asked for again. */
export interface SendRetransmissionOptions {
  /** Where messages can be asked for again, as `udp://ADDRESS:PORT`; default nowhere. */
  readonly retransmit?: string | undefined
  /** Bytes of the store of what can be asked for. Default 64 MiB. */
  readonly retransmitStoreBytes?: number | undefined
  /** Datagrams that answer one request. Default 1 for `moldudp64`, else 16. */
  readonly datagramsPerRequest?: number | undefined
  readonly retransmitLimits?: Partial<RetransmissionLimits> | undefined
}

export const RETRANSMISSION_OPTIONS = {
  retransmit: {
    kind: 'text',
    value: 'url',
    help: 'answer requests for messages at this address: udp://ADDRESS:PORT',
  },
  retransmitStoreBytes: {
    kind: 'whole',
    min: 1,
    otherwise: '67108864',
    help: 'keep this much of what was sent for requests',
  },
  datagramsPerRequest: {
    kind: 'whole',
    min: 1,
    // With the smallest payloads, what a few megabytes take.
    max: 65_536,
    otherwise: '1 for moldudp64, else 16',
    help: 'answer a request with this many datagrams at most',
  },
  retransmitLimits: { kind: 'program' },
} as const satisfies TableOf<SendRetransmissionOptions>

/** How to send a generated market. Everything has a default. */
export interface SendOptions extends SendRetransmissionOptions, SendFlowOptions {
  /**
   * Where to; several are lines that get the same datagrams. A number is a port of `udp://127.0.0.1`, a host
   * name is looked up once at the start. Default `udp://127.0.0.1:9001`.
   */
  readonly endpoint?: Endpoints | undefined
  /** The same: either name will do. */
  readonly endpoints?: Endpoints | undefined
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
  /** What metrics, counters and reports call the feed. Default: the first endpoint. */
  readonly name?: string | undefined
  /** A file for the run's counters, which others can read; `off`: none. Default: one in a folder for all. */
  readonly counters?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: ((warning: string) => void) | undefined
}

/** Each option of `send` once: its bounds, its default, and what the help text says. */
export const SEND_OPTIONS = {
  endpoint: { kind: 'program' },
  endpoints: { kind: 'program' },
  count: { kind: 'whole', min: 1, default: 10_000, help: 'send this many messages in all' },
  rate: {
    kind: 'number',
    min: 0,
    default: 1000,
    help: 'send this many messages per second; 0: as fast as possible',
  },
  burst: {
    kind: 'whole',
    min: 1,
    default: 1,
    help: 'send this many messages back to back; the mean rate stays',
  },
  framing: {
    kind: 'choice',
    choices: SEND_FRAMINGS,
    default: 'raw',
    help: 'say how messages lie in a datagram',
  },
  messagesPerDatagram: {
    kind: 'whole',
    min: 1,
    default: 1,
    help: 'put this many messages into a datagram',
  },
  name: {
    kind: 'text',
    value: 'name',
    otherwise: 'the first endpoint',
    help: 'call the feed this in metrics, counters and reports',
  },
  session: {
    kind: 'text',
    value: 'name',
    otherwise: 'TICKWIRE01',
    help: 'call the session of moldudp64 this, up to 10 characters',
  },
  heartbeatMs: {
    kind: 'whole',
    min: 0,
    otherwise: '1000',
    help: 'send a heartbeat of moldudp64 after this long a silence; 0: never',
  },
  lingerMs: {
    kind: 'whole',
    min: 0,
    max: MAX_LINGER_MS,
    otherwise: '1000 with --retransmit, else 200',
    help: 'stay for so long after the last message',
  },
  ...RETRANSMISSION_OPTIONS,
  instruments: {
    kind: 'whole',
    min: 1,
    max: 1_000_000,
    default: 8,
    help: 'generate a market of this many instruments',
  },
  seed: {
    kind: 'whole',
    min: 0,
    default: 1,
    help: 'generate the market from this seed: the same seed, the same messages',
  },
  batch: {
    kind: 'whole',
    min: 1,
    max: MAX_BATCH,
    default: 32,
    help: 'hand this many datagrams to a system call at most',
  },
  gso: {
    kind: 'switch',
    default: false,
    help: 'let the kernel cut trains into datagrams (UDP_SEGMENT)',
  },
  flow: {
    kind: 'choice',
    choices: SEND_FLOWS,
    default: 'rate',
    help: 'choose what controls the sender',
  },
  flowGroup: {
    kind: 'choice',
    choices: FLOW_GROUPS,
    default: 'min',
    help: 'choose whose window counts, with --flow credit',
  },
  flowWaitMs: {
    kind: 'whole',
    min: 0,
    default: 10_000,
    help: 'wait so long for a receiver, with --flow credit; 0: for ever',
  },
  stamp: {
    kind: 'choice',
    choices: STAMPS,
    default: 'sent',
    help: 'say in time stamps when a message was sent, or when it was due',
  },
  cpu: {
    kind: 'whole',
    min: 0,
    max: MAX_CPU,
    none: true,
    otherwise: '1',
    help: 'pin the sender to this CPU',
  },
  transport: {
    kind: 'choice',
    choices: SEND_TRANSPORTS,
    default: 'auto',
    help: 'choose the way out of the process',
  },
  startDelayMs: {
    kind: 'whole',
    min: 0,
    default: 0,
    help: 'wait before the first message',
  },
  counters: {
    kind: 'text',
    value: 'file',
    otherwise: 'one of this user',
    help: 'count in this file, for tickwire stat; off: in memory alone',
  },
  signal: { kind: 'program' },
  onWarning: { kind: 'program' },
} as const satisfies TableOf<SendOptions>

/** The options of `send`, each checked for itself, with the fixed defaults. */
export type ReadSendOptions = WithDefaults<SendOptions, typeof SEND_OPTIONS>
