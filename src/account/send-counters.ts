import { assert } from '../foundation/assert.js'
import { alignUp, FALSE_SHARING_RANGE_BYTES } from '../foundation/units.js'
import type { CounterSection } from './counters-layout.js'
import { HISTOGRAM_BYTES, Histogram, histogramSection } from './histogram.js'

/** What a sender counts, in shared memory. The sender alone writes; any thread may read. */
export const SENT = {
  /** That the kernel took on one line at least; each counts once, whatever the number of lines. */
  messages: 0,
  datagrams: 1,
  payloadBytes: 2,
  /** Messages that the kernel took on no line. */
  refusedMessages: 3,
  refusedDatagrams: 4,
  /** Monotonic ns of the sender's clock at the first and at the last send call for messages. */
  firstNs: 5,
  lastNs: 6,
  /** Sends that the kernel cut into several datagrams, over all lines. */
  trains: 7,
  /** The error number for which segmentation offload was abandoned, or 0. */
  offloadErrno: 8,
  /** Datagrams that tell the next sequence and hold no message; each counts once. */
  heartbeats: 9,
  endOfSession: 10,
} as const

/** What a sender under flow control counts, behind `SENT` in the same memory. */
export const FLOW_SENT = {
  /** Receivers at this moment; that came, that left, and that fell silent. */
  receivers: 16,
  joined: 17,
  left: 18,
  dropped: 19,
  /** The window that counts at this moment, and what of it is out; messages. */
  window: 20,
  outstanding: 21,
  /** Times that messages were due and there was no credit, how long that lasted in all, and once at most. */
  blockedCount: 22,
  blockedNs: 23,
  blockedLongestNs: 24,
  /** The same for want of any receiver. */
  waitedCount: 25,
  waitedNs: 26,
  waitedLongestNs: 27,
  /** Datagrams that came back: statuses, and what was none, or of nobody that is known. */
  statuses: 28,
  refused: 29,
  /** Times that the sender made itself known. */
  setups: 30,
  /** 1 when the sender has given up waiting for a receiver. */
  gaveUp: 31,
  /** 0 while nothing holds the sender up, 1 for want of credit, 2 for want of a receiver. */
  held: 32,
} as const

/** What a sender counts for each of its lines. */
export const LINE_SENT = {
  /** Datagrams with messages that the kernel took. */
  datagrams: 0,
  /** What the kernel did not take. */
  refusedMessages: 1,
  refusedDatagrams: 2,
  /** Times that the destination answered that nobody listens there. */
  unreachable: 3,
  /** Times that the kernel's send buffer was full. */
  waits: 4,
  /** Datagrams with messages that the kernel took, and of which it told later that they never left. */
  undeliverable: 5,
  /** The error number of what was refused, or told of later, last; 0: nothing was. */
  refusedErrno: 6,
} as const

/** Everything of a sender but its lines. */
const SENDER_FIELDS = { ...SENT, ...FLOW_SENT }

const COUNTER_COUNT = 48
const LINE_COUNTER_COUNT = 16
const LINE_BYTES = LINE_COUNTER_COUNT * 8
const PACE_AT = alignUp(COUNTER_COUNT * 8, FALSE_SHARING_RANGE_BYTES)
const LINES_AT = PACE_AT + HISTOGRAM_BYTES

/** The sections of a sender's state, in its order and without a gap: the first is called `sender`. */
export function sendStateSections(lineCount: number): CounterSection[] {
  return [
    { kind: 'counters', label: 'sender', bytes: COUNTER_COUNT * 8, fields: SENDER_FIELDS },
    histogramSection('pace error'),
    ...Array.from({ length: lineCount }, (_, line): CounterSection => {
      return { kind: 'counters', label: `line ${line}`, bytes: LINE_BYTES, fields: LINE_SENT }
    }),
  ]
}

/** The counters and the pace-error histogram of one sender and its lines, in one piece of a run's counters. */
export class SendState {
  /** `SENT` and `FLOW_SENT` */
  readonly counters: Float64Array
  /** How late each datagram left against the schedule. */
  readonly paceError: Histogram
  /** The counters of each line. */
  readonly lines: readonly Float64Array[]

  /** @param byteOffset where its sections begin, a multiple of 128 */
  constructor(buffer: ArrayBufferLike, byteOffset: number, lineCount: number) {
    assert(byteOffset % FALSE_SHARING_RANGE_BYTES === 0, 'the state of a sender is aligned')
    this.counters = new Float64Array(buffer, byteOffset, COUNTER_COUNT)
    this.paceError = new Histogram(buffer, byteOffset + PACE_AT)
    this.lines = Array.from(
      { length: lineCount },
      (_, line) =>
        new Float64Array(buffer, byteOffset + LINES_AT + line * LINE_BYTES, LINE_COUNTER_COUNT),
    )
  }

  /** One by itself, in memory of its own. */
  static create(lineCount: number): SendState {
    return new SendState(new SharedArrayBuffer(LINES_AT + lineCount * LINE_BYTES), 0, lineCount)
  }
}
