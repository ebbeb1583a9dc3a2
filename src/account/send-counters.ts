import { alignUp, FALSE_SHARING_RANGE_BYTES } from '../foundation/units.js'
import { HISTOGRAM_BYTES, Histogram } from './histogram.js'

/** What a sender counts, in shared memory. The sender alone writes; any thread may read. */
export const SENT = {
  messages: 0,
  datagrams: 1,
  payloadBytes: 2,
  /** Messages that the kernel did not take. */
  refusedMessages: 3,
  refusedDatagrams: 4,
  /** Times that the destination answered that nobody listens there. */
  unreachable: 5,
  /** Times that the kernel's send buffer was full and the sender waited. */
  waits: 6,
  /** Monotonic ns of the sender's clock at the first and at the last send call. */
  firstNs: 7,
  lastNs: 8,
  /** Sends that the kernel cut into several datagrams. */
  trains: 9,
  /** The error number for which segmentation offload was given up, or 0. */
  offloadErrno: 10,
} as const

const COUNTER_COUNT = 16
const PACE_AT = alignUp(COUNTER_COUNT * 8, FALSE_SHARING_RANGE_BYTES)

/** The counters and the pace-error histogram of one sender, in one shared buffer. */
export class SendState {
  readonly buffer: SharedArrayBuffer
  readonly counters: Float64Array
  /** How late each datagram left against the schedule. */
  readonly paceError: Histogram

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.counters = new Float64Array(buffer, 0, COUNTER_COUNT)
    this.paceError = new Histogram(buffer, PACE_AT)
  }

  static create(): SendState {
    return new SendState(new SharedArrayBuffer(PACE_AT + HISTOGRAM_BYTES))
  }
}
