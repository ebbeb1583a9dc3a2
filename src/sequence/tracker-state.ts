import { MAX_LINES } from '../foundation/limits.js'
import { GAP_TABLE_DOUBLES } from './gap-table.js'
import { LINE_DOUBLES } from './line/line-state.js'
import { GAP_PATIENCE_NS } from './tracker-limits.js'

/** What to do with the datagram that was shown to the tracker. */
export const VERDICT = {
  /** All its messages are new. */
  deliver: 0,
  /** Nothing in it is new, or nothing of it is of this feed. */
  duplicate: 1,
  /** Ask `acceptOne` for each message. */
  checkEach: 2,
  /** Implausible on its own: keep a copy for its line and go on; a second witness may confirm it. */
  hold: 3,
  /**
   * This datagram confirms the suspect of the line `confirmed`. Close all gaps, call `confirmSuspect`, take
   * the copy that was kept for that line, and show this one again.
   */
  confirmed: 4,
  /**
   * The publisher has restarted some datagrams ago. Close all gaps, call `confirmRestart`, and show
   * this one again.
   */
  restarted: 5,
} as const

/** Streams that were left and are remembered. */
export const FORMER_STREAMS = 4

/**
 * Indices of the tracker's figures in its memory: first the feed's, which the arbiter alone moves, then
 * what each line has brought, then the gaps.
 *
 * ```
 *  +------+---------+----------------+--------+--------+- - -+-----------+
 *  | feed | claimed | former streams | line 0 | line 1 |     | gap table |   doubles
 *  +------+---------+----------------+--------+--------+- - -+-----------+
 * ```
 */
export const TRACK = {
  started: 0,
  /** The next sequence, unwrapped: it keeps counting where a 32-bit wire number wraps. */
  next: 1,
  session: 2,
  /** Messages that the sequences say were sent. */
  expected: 3,
  duplicates: 4,
  /** Messages that came after a later one and filled their gap. */
  late: 5,
  restarts: 6,
  /** Messages declared lost, by LOSS reason: six doubles. */
  lost: 7,
  /** Most messages seen in one datagram; sums for the mean. */
  maxPerDatagram: 13,
  datagrams: 14,
  messages: 15,
  /** Heartbeats with the next sequence: signs of life that bring no message. */
  beats: 16,
  /** Messages that were requested and came. */
  recovered: 17,
  /** Messages that came after they had been declared lost. */
  tooLate: 18,
  /** Gaps that were opened so far. */
  gaps: 19,
  /** When something new was seen last, and when that had arrived. */
  lastNs: 20,
  lastArrivedNs: 21,
  /** Invalid datagrams that filled no gap: in `expected`, but not among what a total counts. */
  strays: 22,
  /** When something that was requested came last. */
  recoveredNs: 23,
  /** When the present stream began, and what `messages` was then. */
  startNs: 24,
  startMessages: 25,
  /** The sequence with which the feed was joined; NaN where that was its beginning. */
  joinedAt: 26,
  /** Datagrams that were suspects and turned out to be of no stream of this feed. */
  otherDatagrams: 27,
  /** Until then answers may be to requests that were made before a restart. */
  deafUntilNs: 28,
  lastRequestNs: 29,
  /** Sequence that the last end of the present session named; -1: none was said. */
  endedAt: 30,
  /** What heartbeats claim, as CLAIM lays it out: one by what can have been lost, and one far ahead. */
  claim: 31,
  farClaim: 35,
  /** A second stream on these lines: datagrams in a row, when the last came, its session and line. */
  rivalDatagrams: 39,
  rivalNs: 40,
  rivalSession: 41,
  rivalLine: 42,
  /** Sessions that were left, the last one first, and the sequences that were next in them. */
  formerSession: 43,
  formerEnd: 43 + FORMER_STREAMS,
  /** When the last one was left, and where each line was in it. */
  formerSinceNs: 43 + 2 * FORMER_STREAMS,
  formerLineNext: 44 + 2 * FORMER_STREAMS,
  /** When the first request was sent since something that was requested came. */
  unansweredNs: 44 + 2 * FORMER_STREAMS + MAX_LINES,
  /** Datagrams of other streams, or that said something else, in all. */
  oddDatagrams: 45 + 2 * FORMER_STREAMS + MAX_LINES,
  /** Per line, as LINE_TRACK lays it out; the answers to requests are counted like one line more. */
  lines: 46 + 2 * FORMER_STREAMS + MAX_LINES,
  table: 46 + 2 * FORMER_STREAMS + MAX_LINES + (MAX_LINES + 1) * LINE_DOUBLES,
} as const

export const TRACKER_DOUBLES = TRACK.table + GAP_TABLE_DOUBLES

/** Where the block of a line begins. */
export function lineAt(line: number): number {
  return TRACK.lines + line * LINE_DOUBLES
}

/** What is done about gaps. */
export interface GapPolicy {
  /** Whether messages behind a gap are held back until it is closed. */
  readonly ordered: boolean
  /** Whether missing messages can be requested. */
  readonly recovering: boolean
  /** How long a gap may stay open without any progress, in nanoseconds. */
  readonly waitNs: number
}

/** One line and nobody to ask: what comes is delivered at once, and what is late when it comes. */
export const DELIVER_AT_ONCE: GapPolicy = {
  ordered: false,
  recovering: false,
  waitNs: GAP_PATIENCE_NS,
}

/** What a datagram says that repeats what came before, as far as somebody remembers that. */
export const COPY = { unknown: 0, equal: 1, other: 2 } as const

/** Tells whether the datagram that is shown repeats the bytes that came under its sequences before. */
export interface CopyCheck {
  /** Of the datagram that was looked at last: messages that were remembered, and that said something else. */
  readonly compared: number
  readonly conflicts: number
  /** @returns one of COPY */
  compare(sequence: number, count: number): number
}

/** Where a feed is to be gone on with: what the session has sent from `next` on is missing. */
export interface ResumePoint {
  readonly session: number
  readonly next: number
}

export interface TrackerOptions {
  readonly sequenceBits: 32 | 53
  /** The first sequence of a session: a line that falls back to it has restarted. */
  readonly initialSequence: number
  readonly lineCount: number
  /**
   * Whether noted kernel drops can be of messages later than the next datagram, as where the kernel
   * keeps one counter and does not stamp datagrams with it. Then they are kept until a gap shows.
   */
  readonly dropsRunAhead: boolean
  readonly policy: GapPolicy
  /** Compares what repeats; undefined: nobody remembers. */
  readonly copies?: CopyCheck | undefined
  /** Undefined: the feed begins with what comes first. */
  readonly resume?: ResumePoint | undefined
}
