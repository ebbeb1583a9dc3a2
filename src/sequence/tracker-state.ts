import { MAX_LINES } from '../foundation/limits.js'
import { GAP_TABLE_DOUBLES } from './gap-table.js'

/** What to do with the datagram that was shown to the tracker. */
export const VERDICT = {
  /** Deliver all its messages. */
  deliver: 0,
  /** Nothing in it is new. */
  duplicate: 1,
  /** Ask `acceptOne` for each message. */
  checkEach: 2,
  /** Implausible on its own: keep a copy and go on; a second witness may confirm it. */
  hold: 3,
  /**
   * This datagram confirms the held one. Close all gaps, call `confirmHeld`, deliver the held one, and
   * show this one again.
   */
  confirmed: 4,
} as const

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
  /** Messages given up, by LOSS reason: four doubles. */
  lost: 7,
  /** Kernel drops, in datagrams, that have not explained a gap yet, and since how many datagrams. */
  kernelPool: 11,
  kernelPoolAge: 12,
  ringPool: 13,
  invalidPool: 14,
  /** Most messages seen in one datagram; sums for the mean. */
  maxPerDatagram: 15,
  datagrams: 16,
  messages: 17,
  heldNext: 18,
  heldFirst: 19,
  heldSession: 20,
  heldLine: 21,
  heldCount: 22,
  heldSinceNs: 23,
  /** Per line, the sequence after the last that it brought since the last restart; -1: none yet. */
  lineNext: 24,
  /** When something new came last. */
  lastNs: 24 + MAX_LINES,
  /** Invalid datagrams that filled no gap: in `expected`, but not among what a total counts. */
  strays: 25 + MAX_LINES,
  table: 26 + MAX_LINES,
} as const

export const TRACKER_DOUBLES = TRACK.table + GAP_TABLE_DOUBLES

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
}
