import { MAX_LINES } from '../foundation/limits.js'
import { GAP_TABLE_DOUBLES } from './gap-table.js'
import { GAP_PATIENCE_NS } from './tracker-limits.js'

/** What to do with the datagram that was shown to the tracker. */
export const VERDICT = {
  /** All its messages are new. */
  deliver: 0,
  /** Nothing in it is new. */
  duplicate: 1,
  /** Ask `acceptOne` for each message. */
  checkEach: 2,
  /** Implausible on its own: keep a copy and go on; a second witness may confirm it. */
  hold: 3,
  /**
   * This datagram confirms the held one. Close all gaps, call `confirmHeld`, take the held one, and
   * show this one again.
   */
  confirmed: 4,
  /**
   * The publisher has begun anew some datagrams ago. Close all gaps, call `confirmRestart`, and show
   * this one again.
   */
  restarted: 5,
} as const

/** Streams that were left and are remembered. */
export const FORMER_STREAMS = 4

/** Indices of the tracker's figures in its memory. */
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
  /** Messages given up, by LOSS reason: five doubles. */
  lost: 7,
  /** Kernel drops, in datagrams, that have not explained a gap yet, and since how many datagrams. */
  kernelPool: 12,
  kernelPoolAge: 13,
  ringPool: 14,
  invalidPool: 15,
  /** Most messages seen in one datagram; sums for the mean. */
  maxPerDatagram: 16,
  datagrams: 17,
  messages: 18,
  /** The datagram that waits for a second witness, and what `messages` was when it came. */
  heldMessages: 19,
  heldFirst: 20,
  heldSession: 21,
  heldLine: 22,
  heldCount: 23,
  heldSinceNs: 24,
  /** Old datagrams that follow one another on a line, while nothing new comes. */
  streakLine: 25,
  streakFirst: 26,
  streakNext: 27,
  streakDatagrams: 28,
  /** What `messages` was when the streak began, and what it added to `duplicates`. */
  streakSince: 29,
  streakCounted: 30,
  /** Messages that were asked for again and came. */
  recovered: 31,
  /** Messages that came after they had been given up. */
  tooLate: 32,
  /** Gaps that were opened so far. */
  gaps: 33,
  /** Per line, the sequence after the last that it brought since the last restart; -1: none yet. */
  lineNext: 34,
  /** When something new was seen last. */
  lastNs: 34 + MAX_LINES,
  /** Invalid datagrams that filled no gap: in `expected`, but not among what a total counts. */
  strays: 35 + MAX_LINES,
  /** 1 once the present stream has been heard since a datagram was held, be it a heartbeat. */
  alive: 36 + MAX_LINES,
  /** Sessions that were left, the last one first, and the sequences that were next in them. */
  formerSession: 37 + MAX_LINES,
  formerEnd: 37 + MAX_LINES + FORMER_STREAMS,
  /** When the last one was left, and where each line was in it. */
  formerSinceNs: 37 + MAX_LINES + 2 * FORMER_STREAMS,
  formerLineNext: 38 + MAX_LINES + 2 * FORMER_STREAMS,
  /** When something that was asked for came last. */
  recoveredNs: 38 + 2 * MAX_LINES + 2 * FORMER_STREAMS,
  /** When what was new and seen last had arrived. */
  lastArrivedNs: 39 + 2 * MAX_LINES + 2 * FORMER_STREAMS,
  table: 40 + 2 * MAX_LINES + 2 * FORMER_STREAMS,
} as const

export const TRACKER_DOUBLES = TRACK.table + GAP_TABLE_DOUBLES

/** What is done about gaps. */
export interface GapPolicy {
  /** Whether messages behind a gap are held back until it is closed. */
  readonly ordered: boolean
  /** Whether missing messages can be asked for. */
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
}
