import { MAX_PROFILE_RECORDS } from '../../account/profile/profile-recorder.js'
import type { BookTop } from '../../account/top-section.js'
import { WHEN_BEHIND, type WhenBehind } from '../../handle/behind-policy.js'
import type { FeedStatus, Gap, Skip } from '../../handle/handler.js'
import { WHEN_FULL, type WhenFull } from '../../receive/when-full.js'
import { MAX_SLOT_BYTES, MAX_SLOTS } from '../../ring/layout.js'
import { MAX_WINDOW } from '../../wire/flow-status.js'
import type { FramingName } from '../../wire/framing.js'
import type { FeedAlarm } from '../feed/feed-alarm.js'
import { CAPTURE_FRAMINGS, type CaptureFraming, type CaptureOptions } from './capture-options.js'
import type { TableOf, WithDefaults } from './declaration.js'
import type { Endpoints } from './endpoint-names.js'
import { NATS_ACCESS_TABLE, type NatsOptions } from './nats-options.js'

export const TRANSPORTS = ['auto', 'socket', 'mapped', 'portable'] as const
export type Transport = (typeof TRANSPORTS)[number]
export const IDLE_MODES = ['auto', 'spin', 'park'] as const
export type IdleMode = (typeof IDLE_MODES)[number]
export const HANDLER_THREADS = ['own', 'inline'] as const
export type HandlerThread = (typeof HANDLER_THREADS)[number]

/** The CPUs that the kernel can name: CONFIG_NR_CPUS is at most 8,192. */
export const MAX_CPU = 8191

/** What is done about messages that are missing. Everything has a default. */
export interface RecoveryOptions {
  /** The session to receive; datagrams of others are counted and skipped. Default: any. */
  readonly session?: string | undefined
  /** The retransmission server, `udp://ADDRESS:PORT`. Default: none. */
  readonly recover?: string | undefined
  /**
   * How long a gap may stay open without any progress; what comes behind it is held back meanwhile. 0:
   * nothing is held back, and what comes late is delivered late. Default 50 with a retransmission
   * server or several lines, else 0.
   */
  readonly recoverWaitMs?: number | undefined
  /** How old a gap gets before it is asked for: the other line may bring it. Default 2. */
  readonly recoverDelayMs?: number | undefined
  /** Memory for what is held back. Default 8 MiB. */
  readonly holdBytes?: number | undefined
  /** A line that brings nothing for so long while another does is reported as silent. Default 1,000. */
  readonly lineSilentMs?: number | undefined
  /** A line that is so many messages behind another is reported as behind. Default 10,000. */
  readonly lineBehind?: number | undefined
  /** A feed that brings nothing for so long is stale. Default 3,000; `raw` and `mdp3`: never. */
  readonly staleMs?: number | undefined
}

/** What is done when the handler is behind. Everything has a default. */
export interface BehindOptions {
  /**
   * Default `every`: all messages are delivered, and the ring fills. `skip-oldest` skips the oldest
   * datagrams of a backlog. `conflate` (only for `raw`) delivers all trades, and of each instrument's
   * bids and asks only the newest.
   */
  readonly whenBehind?: WhenBehind | undefined
  /**
   * Slots of a line that may wait before the handler counts as behind; less than there are. Default: half
   * of them for `skip-oldest`, one batch for `conflate`.
   */
  readonly behindLimit?: number | undefined
  /** For `conflate`: messages that can wait outside of the ring. Default 65,536. */
  readonly conflateMessages?: number | undefined
}

/** What of the options of a receiver is about recording what arrives. */
export interface RecordOptions {
  /**
   * A file to record to: each datagram that arrives, as pcap with nanoseconds, packed if its name ends with
   * `.gz` or `.zst`. `{index}` and `{time}` in it stand for its number and when it was begun. Default: none.
   */
  readonly record?: string | undefined
  /** Begin another file before one has more bytes than this. Default: never. */
  readonly rotateBytes?: number | undefined
  /** Begin another file after this long. Default: never. */
  readonly rotateMs?: number | undefined
  /**
   * Force what is recorded to the disk: `none` (the default) leaves that to the kernel, `rotate` at the end of
   * each file, a number after so many milliseconds too.
   */
  readonly fsync?: string | undefined
  /** Replace files that are there. Default false: that is an error. */
  readonly force?: boolean | undefined
}

export const RECEIVE_FLOWS = ['none', 'credit'] as const
export type ReceiveFlow = (typeof RECEIVE_FLOWS)[number]

/** What of the options of a receiver is about flow control. */
export interface ReceiveFlowOptions {
  /**
   * `credit`: tell the sender what has been consumed, so that it never sends more than fits here; it has
   * to be sending with flow control too. Default `none`.
   */
  readonly flow?: ReceiveFlow | undefined
  /**
   * Messages that the sender may have on their way here or waiting. Default: what the ring and the
   * socket's buffer hold in any case. At most 2^20.
   */
  readonly window?: number | undefined
}

/** What of the options of a receiver is about books. */
export interface BooksReceiveOptions {
  /**
   * Build the books of all instruments, and call the handler's `onBook` for each event that changes one; a
   * feed that is iterated over has them in `feed.books`. For `protocol` itch50, deep10, deepplus10 and
   * tops16. Default false; true where `publishTop` names any.
   */
  readonly books?: boolean | undefined
  /** Instruments of whose books the tops lie in the run's counters, for others to read: 'AAPL,MSFT'. */
  readonly publishTop?: string | readonly string[] | undefined
  /** Live orders that books have room for at first, some 80 bytes each; doubled as needed. Default 262,144. */
  readonly bookOrders?: number | undefined
}

/** How to receive a feed. Everything has a default. */
export interface ReceiveOptions
  extends RecoveryOptions,
    BehindOptions,
    ReceiveFlowOptions,
    BooksReceiveOptions,
    NatsOptions,
    RecordOptions,
    CaptureOptions {
  /**
   * Endpoint URLs; two or more are lines of one feed. A number is a port of `udp://127.0.0.1`, a host name is
   * looked up once at the start, no host (`udp://:9001`) is any address. Recordings are `file:PATH`,
   * `file:PATH?to=GROUP:PORT`, `file:-`, or the path of a file. Default `udp://127.0.0.1:9001`.
   */
  readonly endpoints?: Endpoints | undefined
  /** The same: either name will do. */
  readonly endpoint?: Endpoints | undefined
  /**
   * Addresses of the only senders to listen to, beside the `source` of an endpoint. What comes from
   * others is counted and not looked at. Default: any.
   */
  readonly allowSources?: string | readonly string[] | undefined
  /**
   * How messages lie in a datagram. Default `raw`: 29-byte messages, one or more. `binaryfile` and `auto`
   * (by the first datagrams) are for recordings.
   */
  readonly framing?: CaptureFraming | undefined
  /**
   * How messages get their names: `auto` (the default), `none`, `native`, `itch50`, `tops16`, `deep10`,
   * `deepplus10`, or `sbe:FILE.xml` with the path of an SBE schema. `auto` is `native` for `raw`, what the
   * header says for `iex-tp`, else `none`. A handler may then name messages: `onAddOrder`.
   */
  readonly protocol?: string | undefined
  /** Default `auto`: `socket` on Linux, else `portable`; `mapped` needs CAP_NET_RAW. */
  readonly transport?: Transport | undefined
  /** Ring capacity in datagrams, a power of two. Default 1,024; `mapped`: 8,192. */
  readonly slots?: number | undefined
  /** Room for one datagram. Default by framing. */
  readonly slotBytes?: number | undefined
  /** What the receiver does when the ring is full. Default `wait`. */
  readonly whenFull?: WhenFull | undefined
  /** Kernel socket buffer to ask for. Default 4 MiB. */
  readonly receiveBufferBytes?: number | undefined
  /** Let the kernel glue equal datagrams together (UDP_GRO); slots must hold 64 KiB. Default false. */
  readonly gro?: boolean | undefined
  /** CPU for the first receiver, the next lines on the next ones; null: not pinned. Default 0. */
  readonly cpu?: number | null | undefined
  /** CPU for the handler's thread; null (the default): not pinned. */
  readonly handlerCpu?: number | null | undefined
  /**
   * A module whose default export handles messages in a thread of its own: a path or a file URL. Null:
   * messages are only counted. Left out: the caller iterates over the feed on its own thread.
   */
  readonly handler?: string | URL | null | undefined
  /** `inline` runs the handler in the receiver's thread. Default `own`. */
  readonly handlerThread?: HandlerThread | undefined
  /** Nanoseconds to spend on each message, to study backpressure. Default 0. */
  readonly workNs?: number | undefined
  /** Stop after this many messages are accounted for; the total is then known. */
  readonly count?: number | undefined
  /** Stop after this time. */
  readonly durationMs?: number | undefined
  /** Stop after this long without a datagram, once the first has come; see `firstWithinMs`. */
  readonly idleExitMs?: number | undefined
  /** Stop if no datagram has come within this time. */
  readonly firstWithinMs?: number | undefined
  /** How hot threads wait. Default `auto`: spin where each has a core, else park. */
  readonly idle?: IdleMode | undefined
  /** Time each stage of a message's way: to the kernel, to the ring's end, to the handler. Default false. */
  readonly stages?: boolean | undefined
  /**
   * Note for `tune` when each slot came and was given back, and write that to a file at the end; true: only
   * keep it, for `profile()`. Default false.
   */
  readonly profile?: string | boolean | undefined
  /** Slots that are noted at most, 32 bytes each; what comes then is counted. Default 1,048,576. */
  readonly profileRecords?: number | undefined
  /** Microseconds for which the kernel may poll the device itself (SO_BUSY_POLL). Default 0. */
  readonly busyPollUs?: number | undefined
  /** A file for the run's counters, which others can read; `off`: none. Default: one in a folder for all. */
  readonly counters?: string | undefined
  /** What the feed is called in metrics, counters and reports. Default: its first endpoint. */
  readonly name?: string | undefined
  /** Ends the run, as `stop()` does. */
  readonly signal?: AbortSignal | undefined
  /** Told once of each thing that is not as asked for, in a sentence with its remedy. */
  readonly onWarning?: ((warning: string) => void) | undefined
  /** Told, on this thread and within some 200 ms, of lines and feeds that fall silent or behind. */
  readonly onAlarm?: ((alarm: FeedAlarm) => void) | undefined
  /** For iteration: told of messages that will never come. Valid only during the call. */
  readonly onGap?: ((gap: Gap) => void) | undefined
  /** For iteration: told of alarms and sessions. Valid only during the call. */
  readonly onStatus?: ((status: FeedStatus) => void) | undefined
  /** For iteration: told of messages that were skipped. Valid only during the call. */
  readonly onSkip?: ((skip: Skip) => void) | undefined
  /** For iteration: told of tops that a bridge has kept, before the first message. */
  readonly onTop?: ((top: BookTop) => void) | undefined
}

/** Each option of `receive` once: its bounds, its default, and what the help text says. */
export const RECEIVE_OPTIONS = {
  endpoints: { kind: 'program' },
  endpoint: { kind: 'program' },
  allowSources: {
    kind: 'texts',
    value: 'address',
    help: 'listen to this sender only; give it again for more',
    otherwise: 'any',
  },
  framing: {
    kind: 'choice',
    choices: CAPTURE_FRAMINGS,
    default: 'raw',
    help: 'say how messages lie in a datagram; binaryfile and auto are for recordings',
  },
  protocol: {
    kind: 'text',
    value: 'name',
    default: 'auto',
    help: 'name messages by auto, none, native, itch50, tops16, deep10, deepplus10 or sbe:FILE.xml',
  },
  transport: {
    kind: 'choice',
    choices: TRANSPORTS,
    default: 'auto',
    help: 'choose the way into the process',
  },
  slots: {
    kind: 'whole',
    min: 1,
    max: MAX_SLOTS,
    otherwise: '1024; mapped: 8192',
    help: 'give the ring this capacity in datagrams, a power of two',
  },
  slotBytes: {
    kind: 'whole',
    min: 1,
    max: MAX_SLOT_BYTES,
    otherwise: 'by framing',
    help: 'make room for a datagram of this size',
  },
  whenFull: {
    kind: 'choice',
    choices: WHEN_FULL,
    default: 'wait',
    help: 'say what the receiver does when the ring is full',
  },
  whenBehind: {
    kind: 'choice',
    choices: WHEN_BEHIND,
    default: 'every',
    help: 'say what is delivered when the handler is behind',
  },
  behindLimit: {
    kind: 'whole',
    min: 1,
    max: MAX_SLOTS,
    otherwise: 'skip-oldest: half of them, conflate: one batch',
    help: 'let this many slots wait before the handler counts as behind',
  },
  conflateMessages: {
    kind: 'whole',
    min: 1,
    max: MAX_SLOTS,
    default: 65_536,
    help: 'let this many messages wait beside the ring',
  },
  receiveBufferBytes: {
    kind: 'whole',
    min: 1,
    max: 2 ** 30,
    default: 4_194_304,
    help: 'ask for a kernel socket buffer of this size',
  },
  gro: {
    kind: 'switch',
    default: false,
    help: 'let the kernel coalesce datagrams of equal length (UDP_GRO)',
  },
  cpu: {
    kind: 'whole',
    min: 0,
    max: MAX_CPU,
    none: true,
    otherwise: '0',
    help: 'pin the first receiver to this CPU, the next lines to the next ones',
  },
  handlerCpu: {
    kind: 'whole',
    min: 0,
    max: MAX_CPU,
    none: true,
    otherwise: 'not pinned',
    help: "pin the handler's thread to this CPU",
  },
  handler: {
    kind: 'program',
    value: 'file',
    otherwise: 'count them',
    help: 'hand messages to the default export of this module',
  },
  handlerThread: {
    kind: 'choice',
    choices: HANDLER_THREADS,
    default: 'own',
    help: 'choose where the handler runs',
  },
  workNs: {
    kind: 'whole',
    min: 0,
    default: 0,
    help: 'spend this time on each message, to study backpressure',
  },
  count: {
    kind: 'whole',
    min: 1,
    help: 'stop when this many messages are accounted for; the total is then known',
  },
  durationMs: { kind: 'whole', min: 1, help: 'stop after this time' },
  idleExitMs: {
    kind: 'whole',
    min: 1,
    help: 'stop after this long without a datagram, counted from the first one that came',
  },
  firstWithinMs: {
    kind: 'whole',
    min: 1,
    help: 'stop if no datagram has come within this time',
  },
  idle: {
    kind: 'choice',
    choices: IDLE_MODES,
    default: 'auto',
    help: 'say how hot threads wait',
  },
  flow: {
    kind: 'choice',
    choices: RECEIVE_FLOWS,
    default: 'none',
    help: 'tell senders what has been consumed',
  },
  window: {
    kind: 'whole',
    min: 1,
    max: MAX_WINDOW,
    otherwise: 'what fits',
    help: 'let this many messages be on their way, with --flow credit',
  },
  session: {
    kind: 'text',
    value: 'id',
    otherwise: 'any',
    help: 'receive this session, and count the datagrams of others',
  },
  recover: {
    kind: 'text',
    value: 'url',
    help: 'request lost messages from this retransmission server',
  },
  recoverWaitMs: {
    kind: 'whole',
    min: 0,
    max: 60_000,
    otherwise: '50 with --recover or two lines, else 0',
    help: 'wait this long for a gap to be filled before going on; 0: never',
  },
  recoverDelayMs: {
    kind: 'whole',
    min: 0,
    max: 1000,
    default: 2,
    help: 'request a gap after this many milliseconds',
  },
  holdBytes: {
    kind: 'whole',
    min: 1,
    max: 2 ** 30,
    default: 8 * 2 ** 20,
    help: 'keep this much memory for what came ahead of a gap',
  },
  lineSilentMs: {
    kind: 'whole',
    min: 1,
    default: 1000,
    help: 'report a line after this long a silence, while another goes on',
  },
  lineBehind: {
    kind: 'whole',
    min: 1,
    default: 10_000,
    help: 'report a line that is this many messages behind another',
  },
  staleMs: {
    kind: 'whole',
    min: 1,
    otherwise: '3000; raw, mdp3: never',
    help: 'report a feed that brings nothing for this long',
  },
  stages: {
    kind: 'switch',
    default: false,
    help: "time each stage of a message's way",
  },
  profile: {
    kind: 'program',
    value: 'file',
    help: 'write arrivals and service of each slot, for tune',
  },
  profileRecords: {
    kind: 'whole',
    min: 1,
    max: MAX_PROFILE_RECORDS,
    default: 2 ** 20,
    help: 'write this many slots at most',
  },
  busyPollUs: {
    kind: 'whole',
    min: 0,
    max: 1_000_000,
    default: 0,
    help: 'let the kernel poll the device for this many microseconds',
  },
  books: {
    kind: 'switch',
    otherwise: 'off; on with --publish-top',
    help: 'build the books of all instruments, and call onBook',
  },
  publishTop: {
    kind: 'texts',
    value: 'symbol[,…]',
    help: 'keep the top of these books where tickwire top and others find it',
  },
  bookOrders: {
    kind: 'whole',
    min: 1,
    max: 2 ** 26,
    default: 2 ** 18,
    help: 'have room for so many live orders from the start',
  },
  speed: {
    kind: 'number',
    min: 0,
    otherwise: 'as fast as it goes',
    help: 'pace a recording; 1: as it was recorded',
  },
  date: {
    kind: 'text',
    value: 'day',
    otherwise: 'by its name',
    help: 'say which day a BinaryFILE is of, as YYYY-MM-DD in New York',
  },
  dedupeUs: {
    kind: 'number',
    min: 0,
    otherwise: '0: nothing',
    help: 'leave out what a recording has twice within this time',
  },
  record: {
    kind: 'text',
    value: 'file',
    help: 'write what arrives to this pcap; .gz or .zst packs it, {index} and {time} name several',
  },
  rotateBytes: {
    kind: 'whole',
    min: 1,
    otherwise: 'never',
    help: 'begin another recording before one has more bytes than this',
  },
  rotateMs: {
    kind: 'whole',
    min: 1,
    otherwise: 'never',
    help: 'begin another recording after this long',
  },
  fsync: {
    kind: 'text',
    value: 'when',
    default: 'none',
    help: 'force a recording to the disk: none, rotate, or after this many milliseconds',
  },
  force: { kind: 'switch', short: 'f', help: 'replace recordings that are there' },
  name: {
    kind: 'text',
    value: 'name',
    otherwise: 'the first endpoint',
    help: 'call the feed this in metrics, counters and reports',
  },
  counters: {
    kind: 'text',
    value: 'file',
    otherwise: 'one of this user',
    help: 'count in this file, for tickwire stat; off: in memory alone',
  },
  from: {
    kind: 'program',
    value: 'where',
    otherwise: 'now',
    help: 'begin with a stream at now, last, start, a sequence, or a time',
  },
  ...NATS_ACCESS_TABLE,
  signal: { kind: 'program' },
  onWarning: { kind: 'program' },
  onAlarm: { kind: 'program' },
  onGap: { kind: 'program' },
  onStatus: { kind: 'program' },
  onSkip: { kind: 'program' },
  onTop: { kind: 'program' },
} as const satisfies TableOf<ReceiveOptions>

/** The options of `receive`, each checked for itself, with the fixed defaults. */
export type ReadReceiveOptions = Omit<
  WithDefaults<ReceiveOptions, typeof RECEIVE_OPTIONS>,
  'framing'
> & {
  /** One that datagrams from a socket can have. */
  readonly framing: FramingName
}
