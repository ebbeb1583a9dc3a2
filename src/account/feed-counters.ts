import { MAX_LINES } from '../foundation/limits.js'
import type { CounterSection } from './counters-layout.js'

/**
 * What the handling side counts, in shared memory. The handling thread alone writes; any thread may
 * read. It is written as each message is delivered, so it outlives a handler that dies.
 */
export const FEED = {
  /** Datagrams taken from the rings and dealt with. */
  datagrams: 0,
  /** Messages in valid datagrams, duplicates included. */
  messages: 1,
  /** Messages whose handler call returned, but for those of the run in hand: see `deliveredSoFar`. */
  delivered: 2,
  /** Messages that were in the ring, or in the handler's hands, when the handler failed. */
  undelivered: 3,
  heartbeats: 4,
  invalidDatagrams: 5,
  /** Wall-clock ns since the session epoch of the first and the last message; 0 before the first. */
  firstMessageNs: 6,
  lastMessageNs: 7,
  /** The sequence that is or was last in the handler's hands. */
  currentSequence: 8,
  /** 1 when the count that was asked for is reached. */
  complete: 9,
  /** Whose time stamp latency is counted from: 0 until the first message tells. */
  latencyFrom: 10,
  /** 1 while a datagram is open whose slot is not counted as handled yet; and the line it is of. */
  open: 11,
  openLine: 12,
  /** 1 once the account is closed. */
  finished: 13,
  /** Datagrams of a session that was not asked for. */
  foreignDatagrams: 14,
  /** Times that a session was ended by its publisher. */
  sessionEnds: 15,
  /** Requests for lost messages that were sent, and that could not be. */
  requests: 16,
  requestsFailed: 17,
  /** Datagrams that came as answers, and those of them that were of no use. */
  answers: 18,
  badAnswers: 19,
  /** Times that the whole feed fell silent; 1 in the second while it is. */
  staleAlarms: 20,
  stale: 21,
  /** Datagrams that were cut, since they were longer than a slot, or whose checksum was wrong. */
  damaged: 22,
  /** Messages that were skipped because the handler was behind, and times that it was told of some. */
  skipped: 23,
  skips: 24,
  /** Messages that were taken out of the rings and wait for the handler. */
  pending: 25,
  /** Gaps that were asked for, each once however often. */
  gapsAsked: 26,
  /** Octets behind the last message of datagrams, which were skipped. */
  trailingBytes: 27,
  /** Messages that a sender under flow control may have on their way; 0 without. */
  window: 28,
  /** Datagrams by which a sender under flow control makes itself known. */
  setups: 29,
  /** What it was told of consumption, and could not be told. */
  statuses: 30,
  statusesFailed: 31,
  /**
   * What is or was last in the handler's hands, a run and those that came in order behind it in its batch: its
   * first sequence; its messages so far, 0: none is.
   */
  runFirst: 32,
  runCount: 33,
  /** The sequence behind what was accepted in order and is not counted yet; 0: all is. */
  inOrderNext: 34,
  /** Messages that were shorter than their type must be, and those of unknown types. */
  messageFaults: 35,
  unknownMessages: 36,
  /** Times that a second stream was found to alternate with the feed's; 1 while it does. */
  rivalAlarms: 37,
  rival: 38,
  /** Answers that were of another session than what was asked for. */
  foreignAnswers: 39,
  /** When the handling side first looked for datagrams, ns since the session epoch; 0 before. */
  readSinceNs: 40,
  /** Messages that the kernel had received well before that: they are in no latency and no rate. */
  early: 41,
} as const

/**
 * Messages whose handler call returned, those of the run in hand included. Any thread: where the run stands
 * is told by three numbers, which change one by one, so that a look while they change can be a run behind.
 * It is never ahead.
 */
export function deliveredSoFar(counts: Float64Array): number {
  // Read before the run, which is counted when it is no longer in hand.
  const delivered = counts[FEED.delivered]
  const inHand = counts[FEED.runCount]
  const done = counts[FEED.currentSequence] - counts[FEED.runFirst]
  return delivered + Math.max(0, Math.min(inHand, done))
}

/** Values of `latencyFrom`. */
export const LATENCY_FROM = { undecided: 0, sender: 1, kernel: 2 } as const

/** Per line, what its reader counts. */
export const FEED_LINE = {
  /** Datagrams that brought something new. */
  firstToArrive: 0,
  /** Slots dealt with or open in order, and slots given back; the second lags by a batch at most. */
  handled: 1,
  released: 2,
  /** The kernel's drop counter in the last datagram, modulo 2^32, and summed up. */
  dropStamp: 3,
  dropsSeen: 4,
  /** Messages discarded at the ring that slots have announced. */
  ringDropsSeen: 5,
  /** Times that the line fell silent, or far behind, while another went on; what it is now. */
  silentAlarms: 6,
  behindAlarms: 7,
  state: 8,
  /** Wall-clock ns since the session epoch when it last brought anything; 0: never. */
  lastNs: 9,
  /** Datagrams of other sources, and the slots that held them. */
  otherSources: 10,
  otherSlots: 11,
} as const
/** Values of a line's `state`. */
export const LINE_STATE = { live: 0, silent: 1, behind: 2 } as const
const FEED_LINES_AT = 48
const FEED_LINE_STRIDE = 16
/** One more than there are lines: answers to requests are counted like a line. */
const FEED_COUNTER_COUNT = FEED_LINES_AT + (MAX_LINES + 1) * FEED_LINE_STRIDE
export const FEED_COUNTERS_BYTES = FEED_COUNTER_COUNT * 8

/** The counters of a feed as a reader finds them: its own, and those of each line behind it. */
export function feedSections(lineCount: number): CounterSection[] {
  const lines = Array.from({ length: lineCount }, (_, line) => feedLineSection(`reader ${line}`))
  const unused = (MAX_LINES + 1 - lineCount) * FEED_LINE_STRIDE * 8
  return [
    { kind: 'counters', label: 'feed', bytes: FEED_LINES_AT * 8, fields: FEED },
    ...lines,
    { kind: 'state', label: 'reader rest', bytes: unused },
  ]
}

function feedLineSection(label: string): CounterSection {
  return { kind: 'counters', label, bytes: FEED_LINE_STRIDE * 8, fields: FEED_LINE }
}

/** The counters of a feed at `byteOffset` (a multiple of 8). */
export function feedCounters(buffer: ArrayBufferLike, byteOffset: number): Float64Array {
  return new Float64Array(buffer, byteOffset, FEED_COUNTER_COUNT)
}

/** The part of a feed's counters that belongs to one line. */
export function feedLineCounters(counters: Float64Array, line: number): Float64Array {
  const start = FEED_LINES_AT + line * FEED_LINE_STRIDE
  return counters.subarray(start, start + FEED_LINE_STRIDE)
}
