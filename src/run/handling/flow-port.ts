import { randomFillSync } from 'node:crypto'
import { FEED, FEED_LINE, feedLineCounters } from '../../account/feed-counters.js'
import { LINE, lineCounters } from '../../account/line-counters.js'
import { ceilPowerOfTwo } from '../../foundation/units.js'
import { FeedState } from '../../handle/state/feed-state.js'
import type { FlowPort } from '../../handle/upstream/flow-reporter.js'
import { libc } from '../../native/libc.js'
import { SOCKET_ADDRESS_ROOM_BYTES } from '../../native/socket-address.js'
import { UdpSocket } from '../../native/udp-socket.js'
import { armForKernel } from '../../ring/kernel-slots.js'
import { createRing } from '../../ring/layout.js'
import { SlotConsumer } from '../../ring/slot-consumer.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import { FLOW_STATUS_BYTES, MAX_WINDOW } from '../../wire/flow-status.js'
import type { FeedData } from '../memory/feed-data.js'

/**
 * What a message takes of the socket's buffer at most: alone in a datagram, in the memory that a driver
 * lays a frame into, or the kernel for a larger one. See docs/decisions/0013-truesize.md.
 */
const NATIVE_TRUESIZE_BYTES = 2304
const MESSAGE_TRUESIZE_BYTES = 4352
/** The rest is for what is no message: setups, heartbeats, and what other sources send. */
const BUFFER_PART = 3 / 4
/**
 * The same of a ring: a sender makes itself known ten times in the second after which it no longer waits
 * for a handler that stands still.
 */
const SPARE_SLOTS = 16

export interface OpenFlow extends FlowPort {
  close(): void
}

/**
 * Opens the way back to the senders of a feed, in the thread that handles it, once the lines are bound:
 * statuses leave from the address that a line is received at. Undefined without flow control.
 *
 * @throws {TickwireError} TW_SYSTEM
 */
export function openFlow(data: FeedData): OpenFlow | undefined {
  const { plan } = data
  if (plan.flow === 'none') return undefined
  const { counters } = new FeedState(data.state)
  const sockets = data.lines.map((line, i) => {
    const descriptor = lineCounters(line.counters, 0)[LINE.descriptor] - 1
    const socket = new UdpSocket(plan.endpoints[i].ipv6, descriptor)
    feedLineCounters(counters, i)[FEED_LINE.flowDescriptor] = socket.descriptor + 1
    return socket
  })
  const window = Number.isNaN(plan.window) ? flowWindow(data, sockets) : plan.window
  counters[FEED.window] = window
  return {
    ...createFlowPort(sockets, window),
    close() {
      sockets.forEach((socket, i) => {
        feedLineCounters(counters, i)[FEED_LINE.flowDescriptor] = 0
        socket.close()
      })
    },
  }
}

/** The way back through these sockets, one per line. */
export function createFlowPort(sockets: readonly UdpSocket[], window: number): FlowPort {
  const ring = createRing(ceilPowerOfTwo(sockets.length), FLOW_STATUS_BYTES, true)
  const headers = armForKernel(ring, libc().address(new Uint8Array(ring)), false)
  const places = new SlotConsumer(ring)
  const lengths = new SlotProducer(ring)
  const random = randomFillSync(new Uint32Array(2))
  sockets.forEach((_, i) => {
    lengths.setSendLength(i, FLOW_STATUS_BYTES)
  })
  return {
    window,
    receiverHigh: random[0],
    receiverLow: random[1],
    names: sockets.map((_, i) => view(ring, places.nameOffset(i), SOCKET_ADDRESS_ROOM_BYTES)),
    statuses: sockets.map((_, i) => view(ring, places.slotOffset(i), FLOW_STATUS_BYTES)),
    trySend: (line) => sockets[line].sendMany(headers.at(line), 1) === 1,
  }
}

/**
 * Messages that find a place here in any case, one per datagram. All of them may have to wait in the
 * socket's buffer, while the receiver's thread has no core; and in the ring too, if what comes to a full
 * one is thrown away. The mapped ring is all there is.
 */
function flowWindow({ plan, transport }: FeedData, sockets: readonly UdpSocket[]): number {
  const ringMessages = Math.floor(plan.slots - Math.min(SPARE_SLOTS, plan.slots / 2))
  const grantedBytes = Math.min(...sockets.map((socket) => socket.receiveBuffer()))
  const messageBytes = plan.framing === 'raw' ? NATIVE_TRUESIZE_BYTES : MESSAGE_TRUESIZE_BYTES
  const bufferMessages = Math.floor((grantedBytes * BUFFER_PART) / messageBytes)
  let window = bufferMessages
  if (transport === 'mapped') window = ringMessages
  else if (plan.whenFull === 'drop-newest') window = Math.min(ringMessages, bufferMessages)
  return Math.min(MAX_WINDOW, Math.max(1, window))
}

/** Closes the descriptors that a thread left open when it died. Only when that thread is gone. */
export function closeLeftFlow(data: FeedData): void {
  const { counters } = new FeedState(data.state)
  data.lines.forEach((_, i) => {
    const lineCounts = feedLineCounters(counters, i)
    const descriptor = lineCounts[FEED_LINE.flowDescriptor] - 1
    lineCounts[FEED_LINE.flowDescriptor] = 0
    if (descriptor >= 0) libc().close(descriptor)
  })
}

function view(ring: SharedArrayBuffer, offset: number, bytes: number): DataView {
  return new DataView(ring, offset, bytes)
}
