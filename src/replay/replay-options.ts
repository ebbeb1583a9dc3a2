import type { TableOf, WithDefaults } from '../run/options/declaration.js'
import { MAX_CPU } from '../run/options/receive-options.js'
import {
  MAX_LINGER_MS,
  RETRANSMISSION_OPTIONS,
  type SendRetransmissionOptions,
} from '../run/options/send-options.js'
import { FRAMING_NAMES, type FramingName } from '../wire/framing.js'

/** What of the options of a replay is about messages that are asked for again. */
export interface ReplayRetransmissionOptions extends SendRetransmissionOptions {
  /** How messages lie in the recorded datagrams. Default raw. */
  readonly framing?: FramingName | undefined
  /** What requests have to carry, where the recording does not say that. */
  readonly session?: string | undefined
  /** How long it goes on after the last datagram. Default 1,000 with `retransmit`, else 0. */
  readonly lingerMs?: number | undefined
}

/** How to replay a recording. */
export interface ReplayOptions extends ReplayRetransmissionOptions {
  /** A recording: pcap or pcapng, plain or packed; a file, a FIFO, or `-` for standard input. */
  readonly file: string
  /** Where to: a URL, or a port of `udp://127.0.0.1`. Default `udp://127.0.0.1:9001`. */
  readonly endpoint?: string | number | undefined
  /** 1: as it was recorded; 50: fifty times as fast; 0: as fast as possible. Default 1. */
  readonly speed?: number | undefined
  /** `ADDRESS:PORT` of the recorded destination, where the file holds several. */
  readonly from?: string | undefined
  /**
   * `GROUP:PORT=URL` for each recorded destination that is sent, in place of `endpoint` and `from`: all go by one
   * clock, so that lines A and B keep the distance that they had.
   */
  readonly map?: readonly string[] | undefined
  /** The longest pause that is believed; a longer one is left out, with a warning. Default 60,000. */
  readonly maxGapMs?: number | undefined
  /**
   * Sends only what was captured from then on, and until then: a time of day in UTC (`14:30:00`), an ISO
   * time, or nanoseconds since 1970.
   */
  readonly start?: string | undefined
  readonly end?: string | undefined
  /** Times that the recording is sent, with sequences that go on (of its `framing`). Default 1. */
  readonly loop?: number | undefined
  /** Leaves out what was captured twice within so many microseconds. Default 0: nothing. */
  readonly dedupeUs?: number | undefined
  /** CPU of the sender; null: none. Default 1. */
  readonly cpu?: number | null | undefined
  /** A file for the run's counters, which others can read; `off`: none. Default: one in a folder for all. */
  readonly counters?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: ((warning: string) => void) | undefined
}

/** Each option of `replay` once: its bounds, its default, and what the help text says. */
export const REPLAY_OPTIONS = {
  file: { kind: 'program' },
  endpoint: { kind: 'program' },
  speed: {
    kind: 'number',
    min: 0,
    default: 1,
    help: 'go this many times as fast as it was recorded; 0: as fast as possible',
  },
  from: {
    kind: 'text',
    value: 'group:port',
    help: 'choose the recorded destination, where the file holds several',
  },
  map: {
    kind: 'texts',
    value: 'group:port=url',
    help: 'send what was recorded for this destination there; give it again for each line',
  },
  maxGapMs: {
    kind: 'whole',
    min: 0,
    default: 60_000,
    help: 'believe no pause that is longer, and go on at once',
  },
  start: { kind: 'text', value: 'time', help: 'leave out what was captured before this time' },
  end: { kind: 'text', value: 'time', help: 'leave out what was captured after this time' },
  loop: {
    kind: 'whole',
    min: 1,
    max: 1_000_000_000,
    default: 1,
    help: 'send the recording this often, with sequences that go on',
  },
  dedupeUs: {
    kind: 'number',
    min: 0,
    otherwise: '0: nothing',
    help: 'leave out what was captured twice within this time',
  },
  cpu: {
    kind: 'whole',
    min: 0,
    max: MAX_CPU,
    none: true,
    otherwise: '1',
    help: 'pin the sender to this CPU',
  },
  ...RETRANSMISSION_OPTIONS,
  framing: {
    kind: 'choice',
    choices: FRAMING_NAMES,
    default: 'raw',
    help: 'say how messages lie in the recorded datagrams, for --retransmit and --loop',
  },
  session: {
    kind: 'text',
    value: 'id',
    help: 'answer requests that carry this session, where the recording does not say it',
  },
  lingerMs: {
    kind: 'whole',
    min: 0,
    max: MAX_LINGER_MS,
    otherwise: '1000 with --retransmit, else 0',
    help: 'stay for so long after the last datagram',
  },
  counters: {
    kind: 'text',
    value: 'file',
    otherwise: 'one of this user',
    help: 'count in this file, for tickwire stat; off: in memory alone',
  },
  signal: { kind: 'program' },
  onWarning: { kind: 'program' },
} as const satisfies TableOf<ReplayOptions>

/** The options of `replay`, each checked for itself, with the fixed defaults. */
export type ReadReplayOptions = WithDefaults<ReplayOptions, typeof REPLAY_OPTIONS>
