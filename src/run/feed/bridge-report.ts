import { BRIDGE, SUBSCRIBER } from '../../account/bridge-counters.js'

/** What became of a feed that is published to a stream. Messages that are lost stand in the ledger. */
export interface BridgeReport {
  /** Batches that were made of the feed. */
  readonly batches: number
  /** Batches that the stream is known to have; of those, what it had already. */
  readonly acknowledged: number
  readonly duplicates: number
  /** Bytes that wait for the stream in memory, at this moment, and the most that ever did. */
  readonly backlogBytes: number
  readonly backlogHighWater: number
  /** Messages that were not published: there was no room for them while the stream was away. */
  readonly notPublished: number
  readonly reconnects: number
  /** Messages in batches of which nobody knows whether the stream has them. */
  readonly unknown: number
  /** Batches that were sent again because their acknowledgement did not come, or was a refusal. */
  readonly republished: number
  readonly refused: number
  /** Messages in the acknowledged batches. */
  readonly messages: number
  /** The number of the publisher's run in the stream; null before the first message. */
  readonly run: number | null
  readonly connected: boolean
  /** Batches that went over the disk, and bytes of them that still wait there. */
  readonly spilled: number
  readonly spillBytes: number
  /** The longest time from the end of an outage until nothing waited any more. */
  readonly catchUpMs: number
  readonly lastValues: number
  /** Tops of books that were published beside them. */
  readonly lastTops: number
}

/** What became of a stream's batches on the way into the ring. */
export interface SubscriberReport {
  readonly batches: number
  /** What was no batch of the feed, or was damaged. */
  readonly invalid: number
  /** Messages that came again, from another bridge or after a lost acknowledgement. */
  readonly duplicates: number
  readonly holesFilled: number
  readonly holesLeft: number
  /** Messages that another bridge had where one had lost them. */
  readonly healed: number
  readonly reconnects: number
  readonly connected: boolean
  readonly run: number | null
  /** The stream's own number of the last batch that was read. */
  readonly streamSequence: number | null
  readonly lastValues: number
  readonly lastTops: number
}

/** Reads what a bridge counts. Any thread. */
export function bridgeReport(counts: Float64Array): BridgeReport {
  return {
    batches: counts[BRIDGE.batches],
    acknowledged: counts[BRIDGE.acknowledged],
    duplicates: counts[BRIDGE.duplicates],
    backlogBytes: counts[BRIDGE.backlogBytes],
    backlogHighWater: counts[BRIDGE.backlogHighWater],
    notPublished: counts[BRIDGE.notPublished],
    reconnects: counts[BRIDGE.reconnects],
    unknown: counts[BRIDGE.unknown],
    republished: counts[BRIDGE.republished],
    refused: counts[BRIDGE.refused],
    messages: counts[BRIDGE.messages],
    run: counts[BRIDGE.run] === 0 ? null : counts[BRIDGE.run],
    connected: counts[BRIDGE.connected] === 1,
    spilled: counts[BRIDGE.spilled],
    spillBytes: counts[BRIDGE.spillBytes],
    catchUpMs: counts[BRIDGE.catchUpMs],
    lastValues: counts[BRIDGE.lastValues],
    lastTops: counts[BRIDGE.lastTops],
  }
}

/** Reads what a subscriber counts. Any thread. */
export function subscriberReport(counts: Float64Array): SubscriberReport {
  const orNull = (value: number) => (value === 0 ? null : value)
  return {
    batches: counts[SUBSCRIBER.batches],
    invalid: counts[SUBSCRIBER.invalid],
    duplicates: counts[SUBSCRIBER.duplicates],
    holesFilled: counts[SUBSCRIBER.holesFilled],
    holesLeft: counts[SUBSCRIBER.holesLeft],
    healed: counts[SUBSCRIBER.healed],
    reconnects: counts[SUBSCRIBER.reconnects],
    connected: counts[SUBSCRIBER.connected] === 1,
    run: orNull(counts[SUBSCRIBER.run]),
    streamSequence: orNull(counts[SUBSCRIBER.streamSequence]),
    lastValues: counts[SUBSCRIBER.lastValues],
    lastTops: counts[SUBSCRIBER.lastTops],
  }
}
