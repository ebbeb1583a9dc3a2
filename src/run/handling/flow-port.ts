import { FEED } from '../../account/feed-counters.js'
import { LINE } from '../../account/line-counters.js'
import { TickwireError } from '../../foundation/errors.js'
import { ceilPowerOfTwo } from '../../foundation/units.js'
import type { FlowPort } from '../../handle/reader/feed-reader-options.js'
import { UdpSocket } from '../../native/udp-socket.js'
import type { Endpoint } from '../../transport/endpoint.js'
import { Outbox } from '../../transport/outbox.js'
import { FLOW_STATUS_BYTES, MAX_WINDOW } from '../../wire/flow-status.js'
import { type FeedData, feedStateOf, lineCountersOf } from '../memory/feed-data.js'

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
  const { counters } = feedStateOf(data)
  const sockets: UdpSocket[] = []
  const close = () => {
    for (const socket of sockets) socket.close()
  }
  try {
    data.lines.forEach((_, i) => {
      sockets.push(shareSocket(lineCountersOf(data, i), plan.endpoints[i]))
    })
    const window = Number.isNaN(plan.window) ? flowWindow(data, sockets) : plan.window
    counters[FEED.window] = window
    return { ...createFlowPort(sockets, window), close }
  } catch (error) {
    close()
    throw error
  }
}

/** A descriptor of this thread for the socket of a line, which another thread may be about to close. */
function shareSocket(counters: Float64Array, endpoint: Endpoint): UdpSocket {
  const descriptor = counters[LINE.descriptor] - 1
  const socket = descriptor < 0 ? undefined : new UdpSocket(endpoint.ipv6, descriptor)
  if (socket !== undefined && counters[LINE.descriptor] === descriptor + 1) return socket
  // Closed meanwhile, and perhaps somebody else's by now.
  socket?.close()
  throw new TickwireError(
    'TW_THREAD_DIED',
    `The receiver of ${endpoint.url} closed its socket before its sender could be answered`,
    'Look at what was printed before.',
  )
}

/** The way back through these sockets, one per line. */
export function createFlowPort(sockets: readonly UdpSocket[], window: number): FlowPort {
  const outbox = new Outbox(ceilPowerOfTwo(sockets.length), FLOW_STATUS_BYTES, true)
  const random = crypto.getRandomValues(new Uint32Array(2))
  return {
    window,
    receiverHigh: random[0],
    receiverLow: random[1],
    names: outbox.names,
    statuses: outbox.payloads,
    trySend: (line) => outbox.trySend(sockets[line], line),
  }
}

/**
 * Messages that find a place here in any case, one per datagram. All of them may have to wait in the
 * socket's buffer, while the receiver's thread has no core; and in the ring too, if what comes to a full
 * one is discarded. The mapped ring is all there is.
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
