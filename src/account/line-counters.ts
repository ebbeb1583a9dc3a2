import type { CounterSection } from './counters-layout.js'

/**
 * What the receiver of one line counts, in shared memory. The receiver alone writes; any thread may
 * read, and sees figures that are at most a moment old. Doubles are exact to 2^53.
 */
export const LINE = {
  /** Datagrams read from the kernel, discarded ones included. */
  datagrams: 0,
  /** Datagrams that the kernel dropped at the socket since it was opened, as last read. */
  kernelDrops: 1,
  /** Datagrams of the feed that the receiver read and discarded because the ring was full. */
  ringDroppedDatagrams: 2,
  /** The messages in those. */
  ringDroppedMessages: 3,
  /** Receive calls that failed with anything but "nothing there". */
  receiveErrors: 4,
  /** 1 once the receiver has stopped and its last figures stand. */
  closed: 5,
  /** The socket's file descriptor plus 1, 0 while there is none, for the thread that answers senders. */
  descriptor: 6,
  /** Datagrams of other sources that never came into the ring. */
  otherSources: 7,
  /** The error number of the receive call that failed last. */
  receiveErrno: 8,
  /**
   * Of what the receiver discarded: 1 once it noted a datagram of the feed; the session of the newest,
   * the sequence behind its last message as on the wire, and the kernel's drop counter beside it.
   */
  discardedMark: 9,
  discardedSession: 10,
  discardedEnd: 11,
  discardedStamp: 12,
  /**
   * Of the line's ring, copied by the thread that began the run: slots that are filled, the most that ever
   * were, and times that it was full.
   */
  ringUsed: 13,
  ringHighWater: 14,
  ringFullCount: 15,
  /**
   * For a group: the index that the interface has now on which it was joined, 0 while it is gone. The
   * receiver writes it once; then the thread that started the feed keeps it true.
   */
  interfaceIndex: 16,
  /** Times that the group was joined again. */
  joins: 17,
  /** What the machine had counted of wrong checksums while datagrams still came; written by that thread. */
  checksumsBefore: 18,
  /** What was in `kernelDrops` then. */
  dropsBefore: 19,
  /**
   * Bytes that wait in the socket's buffer as the kernel counts them, and the most that were seen to: looked
   * at ten times a second by the thread that began the run. What it was granted; 0: nobody knows.
   */
  bufferUsed: 20,
  bufferHighWater: 21,
  bufferGranted: 22,
} as const

const LINE_COUNTER_COUNT = 32
export const LINE_COUNTERS_BYTES = LINE_COUNTER_COUNT * 8

export function lineSection(label: string): CounterSection {
  return { kind: 'counters', label, bytes: LINE_COUNTERS_BYTES, fields: LINE }
}

/** The counters of a line at `byteOffset` (a multiple of 8). */
export function lineCounters(buffer: ArrayBufferLike, byteOffset: number): Float64Array {
  return new Float64Array(buffer, byteOffset, LINE_COUNTER_COUNT)
}
