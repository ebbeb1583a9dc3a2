import { currentEpoch } from '../../foundation/clock.js'
import { ceilPowerOfTwo } from '../../foundation/units.js'
import { createRing } from '../../ring/layout.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import { Transmission } from '../../run/transmission/transmission.js'
import { parseEndpoint } from '../../transport/endpoint.js'
import type { Trace } from '../../tune/trace.js'
import { MARKET_DATA_BYTES, MarketDataView, SIDE } from '../../wire/market-data-view.js'

/** Datagrams per system call. */
const BATCH = 32
const SLOT_BYTES = 64

/**
 * Sends one message for each arrival of a trace, at its time: on an absolute schedule, so that every
 * receiver gets the same traffic. Settles when all is sent.
 */
export async function sendTrace(
  trace: Trace,
  endpoint: string,
  cpu: number | null,
  signal: AbortSignal,
): Promise<void> {
  const ring = createRing(ceilPowerOfTwo(trace.length), SLOT_BYTES)
  // The sender makes the ring its own when it starts, lengths included: it is filled behind that.
  const transmission = await Transmission.start({
    endpoints: [parseEndpoint(endpoint)],
    cpu,
    transport: 'socket',
    source: { kind: 'ring', ring, batch: BATCH, paced: true },
    signal,
    onWarning: undefined,
  })
  fill(new SlotProducer(ring), trace)
  transmission.control.noteEnded()
  await transmission.finished
}

function fill(producer: SlotProducer, { length, arrivalsNs }: Trace): void {
  const message = new MarketDataView(currentEpoch())
  producer.claim(length)
  for (let i = 0; i < length; i++) {
    message.wrap(producer.bytes, producer.slotOffset(i), MARKET_DATA_BYTES)
    message.sequence = i
    message.quantity = 1
    message.side = SIDE.trade
    producer.setSendLength(i, MARKET_DATA_BYTES)
    producer.setDueNs(i, arrivalsNs[i])
  }
  producer.publish(length)
}
