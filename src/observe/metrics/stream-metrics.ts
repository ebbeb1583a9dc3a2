import { BRIDGE, SUBSCRIBER } from '../../account/bridge-counters.js'
import type { Labels, MetricFamilies } from './metric-families.js'

/** What a bridge counts of the stream that it publishes to. */
export function writeBridge(families: MetricFamilies, feed: Labels, counts: Float64Array): void {
  const counter = (name: string, help: string, index: number) =>
    families.counter(`tickwire_bridge_${name}_total`, help).value(feed, counts[index])
  const gauge = (name: string, help: string, index: number) =>
    families.gauge(`tickwire_bridge_${name}`, help).value(feed, counts[index])
  counter('batches', 'Batches that were made of the feed.', BRIDGE.batches)
  counter('acknowledged', 'Batches that the stream is known to have.', BRIDGE.acknowledged)
  counter('duplicates', 'Of those, what the stream had already.', BRIDGE.duplicates)
  counter('messages', 'Messages in the batches that the stream has.', BRIDGE.messages)
  counter(
    'not_published',
    'Messages for which there was no room while the stream was away.',
    BRIDGE.notPublished,
  )
  counter('republished', 'Batches that were sent again.', BRIDGE.republished)
  counter('refused', 'Times that the stream refused a batch.', BRIDGE.refused)
  counter('reconnects', 'Times that the connection was made again.', BRIDGE.reconnects)
  counter('last_values', 'Last values that were published.', BRIDGE.lastValues)
  counter('last_tops', 'Tops of books that were published.', BRIDGE.lastTops)
  gauge('connected', '1 while there is a connection.', BRIDGE.connected)
  gauge('in_flight', 'Batches whose acknowledgement is awaited.', BRIDGE.inFlight)
  gauge('backlog_bytes', 'What waits for the stream in memory.', BRIDGE.backlogBytes)
  gauge('backlog_high_water_bytes', 'The most that ever waited there.', BRIDGE.backlogHighWater)
  gauge('spill_bytes', 'What waits for the stream on disk.', BRIDGE.spillBytes)
}

/** What a subscriber counts of the stream that it reads. */
export function writeSubscriber(
  families: MetricFamilies,
  feed: Labels,
  counts: Float64Array,
): void {
  families
    .counter('tickwire_stream_batches_total', 'Batches that came from the stream.')
    .value(feed, counts[SUBSCRIBER.batches])
  families
    .counter('tickwire_stream_invalid_total', 'Messages of the stream that were no sound batch.')
    .value(feed, counts[SUBSCRIBER.invalid])
  families
    .counter('tickwire_stream_duplicates_total', 'Messages of the feed that came again.')
    .value(feed, counts[SUBSCRIBER.duplicates])
  families
    .counter(
      'tickwire_stream_holes_total',
      'Holes that no batch explained, by what became of them.',
    )
    .value({ ...feed, outcome: 'filled' }, counts[SUBSCRIBER.holesFilled])
    .value({ ...feed, outcome: 'left' }, counts[SUBSCRIBER.holesLeft])
  families
    .counter('tickwire_stream_reconnects_total', 'Times that the connection was made again.')
    .value(feed, counts[SUBSCRIBER.reconnects])
  families
    .gauge('tickwire_stream_connected', '1 while there is a connection.')
    .value(feed, counts[SUBSCRIBER.connected])
}
