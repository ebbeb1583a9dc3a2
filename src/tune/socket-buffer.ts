import type { Trace } from './trace.js'

/**
 * How datagrams come to the socket: over the loopback interface, or from a network device. It decides
 * what one of them costs in the socket's buffer.
 */
export type ReceivePath = 'loopback' | 'device'

/**
 * What the kernel charges the socket for a datagram over the loopback interface, by payload: `[up to,
 * bytes]`. The memory behind the packet comes in blocks (576 bytes for small heads, then powers of two),
 * and each has 256 bytes of `sk_buff` beside it. Measured with SO_MEMINFO on Linux 6.18, x86-64, IPv6,
 * whose header is 20 bytes longer than that of IPv4. Before Linux 6.3 the first step is 768 bytes and
 * ends at 113, which is why it ends there here.
 */
const LOOPBACK_STEPS = [
  [113, 832],
  [625, 1280],
  [1649, 2304],
  [3729, 4352],
  [7829, 8448],
  [16029, 16640],
] as const
/** Above the steps, whole pages are attached: the payload, and this much for the head. */
const HEAD_BYTES = 1024
/**
 * A device's driver gives each frame half a page, however short the frame is: 2,048 bytes and the
 * `sk_buff`. Some drivers copy short frames and charge less, some give a whole page and charge more.
 */
const DEVICE_LEAST_BYTES = 2304

/**
 * Bytes of socket buffer (the kernel's `truesize`) that a datagram takes while it waits there. A model,
 * rather too large than too small; see docs/decisions/0013-truesize.md.
 */
export function truesizeBytes(payloadBytes: number, path: ReceivePath): number {
  const step = LOOPBACK_STEPS.find(([upTo]) => payloadBytes <= upTo)
  const bytes = step === undefined ? payloadBytes + HEAD_BYTES : step[1]
  return path === 'device' ? Math.max(bytes, DEVICE_LEAST_BYTES) : bytes
}

/**
 * `totals[i]`: truesize of all datagrams before the i-th. The difference of two is what a run of
 * neighbours takes.
 */
export function truesizeTotals({ payloadBytes, length }: Trace, path: ReceivePath): Float64Array {
  const totals = new Float64Array(length + 1)
  for (let i = 0; i < length; i++) {
    totals[i + 1] = totals[i] + truesizeBytes(payloadBytes[i], path)
  }
  return totals
}

/**
 * What to ask for with SO_RCVBUF so that `bytes` of truesize fit: the kernel doubles what is asked, and
 * takes datagrams for as long as their sum stays within that.
 */
export function receiveBufferFor(bytes: number): number {
  return Math.ceil(bytes / 2)
}

/**
 * The most truesize that ever waited in the socket's buffer while the ring before the consumer was full
 * (`--when-full wait`): with so large a buffer, a ring of `slots` loses nothing. The ring has the oldest
 * datagrams, the buffer the rest; what leaves the one makes room for the first of the other.
 *
 * @param found for each datagram, how many before it were unreleased at its arrival
 */
export function bytesBehindRing(found: Uint32Array, totals: Float64Array, slots: number): number {
  let most = 0
  for (let i = 0; i < found.length; i++) {
    const outside = found[i] + 1 - slots
    if (outside > 0) most = Math.max(most, totals[i + 1] - totals[i + 1 - outside])
  }
  return most
}

/**
 * The most that came within `windowNs`, both ends included: what piles up in the socket's buffer when
 * nobody reads it for that long.
 *
 * @param totals ascending sums, one more than there are datagrams
 */
export function mostWithin(trace: Trace, totals: Float64Array, windowNs: number): number {
  const { length, arrivalsNs } = trace
  let first = 0
  let most = 0
  for (let i = 0; i < length; i++) {
    while (arrivalsNs[i] - arrivalsNs[first] > windowNs) first++
    most = Math.max(most, totals[i + 1] - totals[first])
  }
  return most
}
