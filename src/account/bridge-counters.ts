import type { CounterSection } from './counters-layout.js'

/** What a bridge counts, in shared memory. Its publishing thread alone writes; any thread may read. */
export const BRIDGE = {
  /** Batches that were made, and those that the stream is known to have. */
  batches: 0,
  acknowledged: 1,
  /** Of the acknowledged ones, those that the stream had already. */
  duplicates: 2,
  /** Bytes that wait for the stream at this moment, and the most that ever did. */
  backlogBytes: 3,
  backlogHighWater: 4,
  /** Messages that were never published. */
  notPublished: 5,
  /** Times that the connection was made again. */
  reconnects: 6,
  /** Times that a batch was sent again because nobody knew whether the stream has it. */
  republished: 7,
  /** Acknowledgements that the stream refused a batch with. */
  refused: 8,
  /** Messages in batches of which nobody knows, at the end, whether the stream has them. */
  unknown: 9,
  /** The run of the publisher that is published. */
  run: 10,
  /** 1 while there is a connection. */
  connected: 11,
  /** Batches that were written to disk, and bytes of them that wait there. */
  spilled: 12,
  spillBytes: 13,
  /** The longest time from the end of an outage until nothing waited any more, ms. */
  catchUpMs: 14,
  /** Messages in the batches that were acknowledged. */
  messages: 15,
  /** Batches whose acknowledgement is awaited, and the most that ever were. */
  inFlight: 16,
  inFlightHighWater: 17,
  /** Last values that were published. */
  lastValues: 18,
  /** Tops of books that were published. */
  lastTops: 19,
} as const

export function bridgeSection(): CounterSection {
  return { kind: 'counters', label: 'bridge', bytes: 32 * 8, fields: BRIDGE }
}

/** What a subscriber counts of a stream. The thread that receives writes. */
export const SUBSCRIBER = {
  /** Messages of the stream, and those that were no batch or were damaged. */
  batches: 0,
  invalid: 1,
  /** Messages that had come already. */
  duplicates: 2,
  /** Holes that later batches filled, and those that nobody did. */
  holesFilled: 3,
  holesLeft: 4,
  /** Messages that another bridge had and this one had not. */
  healed: 5,
  reconnects: 6,
  connected: 7,
  /** The run of the publisher that is read, and the stream's number of the last batch. */
  run: 8,
  streamSequence: 9,
  /** Last values that were read first. */
  lastValues: 10,
  /** Times that the stream could not be read and was asked again. */
  failures: 11,
  /** Tops of books that were read first. */
  lastTops: 12,
} as const

export function subscriberSection(): CounterSection {
  return { kind: 'counters', label: 'subscriber', bytes: 16 * 8, fields: SUBSCRIBER }
}
