import type { CounterSection } from './counters-layout.js'

/**
 * What the recorder of a run counts, in shared memory. Each word has one writer: the handling thread those
 * that say so, the recorder's thread the rest; any thread may read.
 */
export const RECORDER = {
  /** Datagrams in files. */
  recorded: 0,
  /** Bytes of them as they lie on the disk, and files begun. */
  bytes: 1,
  files: 2,
  /** Datagrams that are in no file: there was no room on the disk, or a write failed for another reason. */
  diskFull: 3,
  failed: 4,
  /** Times that the disk became full; and whether it is, 1, or writing fails, 2. */
  diskFullAlarms: 5,
  state: 6,
  /** The error number of the write that failed last. */
  errno: 7,
  /** Bytes in the ring that wait to be written, and how many it has. */
  ringUsedBytes: 8,
  ringBytes: 9,
  /** Written by the handling thread: datagrams for which the ring had no room, and which came cut. */
  slow: 16,
  damaged: 17,
  /** Written by the handling thread: datagrams that went into the ring, and the most bytes in it. */
  taken: 18,
  ringHighWaterBytes: 19,
  /** Written by the handling thread: losses that are in no account beside a file, for want of room in the ring. */
  lossesLeftOut: 20,
} as const

/** Values of `state`. */
export const RECORDER_STATE = { writing: 0, diskFull: 1, failing: 2 } as const

const RECORDER_COUNTER_COUNT = 32

/** The counters of a run's recorder, as a reader finds them. */
export function recorderSection(): CounterSection {
  return {
    kind: 'counters',
    label: 'recorder',
    bytes: RECORDER_COUNTER_COUNT * 8,
    fields: RECORDER,
  }
}

/** Datagrams that were not recorded, by cause. */
export interface NotRecorded {
  /** There was no room on the disk. */
  readonly diskFull: number
  /** The disk was slower than the feed, and the ring between them was full. */
  readonly slow: number
  /** A write failed for another reason. */
  readonly failed: number
  /** They came cut, or with a wrong checksum, so that nobody knows what was sent. */
  readonly damaged: number
}

/** What a run has recorded so far. */
export interface RecorderCounts {
  readonly recorded: number
  readonly notRecorded: NotRecorded
  readonly bytes: number
}

export function recorderCounts(counters: Float64Array): RecorderCounts {
  return {
    recorded: counters[RECORDER.recorded],
    notRecorded: {
      diskFull: counters[RECORDER.diskFull],
      slow: counters[RECORDER.slow],
      failed: counters[RECORDER.failed],
      damaged: counters[RECORDER.damaged],
    },
    bytes: counters[RECORDER.bytes],
  }
}
