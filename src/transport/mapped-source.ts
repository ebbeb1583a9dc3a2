import type { SessionEpoch } from '../foundation/clock.js'
import { ceilPowerOfTwo, NS_PER_SECOND } from '../foundation/units.js'
import { AF_INET, AF_INET6 } from '../native/constants.js'
import { libc } from '../native/libc.js'
import type { PacketRing } from '../native/packet-ring.js'
import { SOCKET_ADDRESS_ROOM_BYTES } from '../native/socket-address.js'
import { checksumHolds } from './checksum.js'
import type { DatagramSource, DatagramTap } from './datagram-source.js'
import type { Endpoint } from './endpoint.js'
import { SourceFilter } from './source-filter.js'

/** tpacket2_hdr of `linux/if_packet.h`, at the start of each frame. */
const STATUS = 0
const SNAPLEN = 8
const MAC = 12
const NET = 14
const SECONDS = 16
const NANOSECONDS = 20
const STATUS_USER = 1
/** Packets were dropped since the statistics were read last. */
const STATUS_LOSING = 4
/** The sender left the checksum to hardware that was never asked: the packet did not leave this machine. */
const STATUS_CHECKSUM_NOT_READY = 8
const STATUS_CHECKSUM_VALID = 128

/** virtio_net_hdr of `linux/virtio_net.h`, before the link-layer header. */
const NET_HEADER_BYTES = 10
const NET_HEADER_SEGMENT_BYTES = 4
const NET_HEADER_FLAGS = 0
const NET_HEADER_KIND = 1
/** Several datagrams; a single one that is to be cut into fragments (UFO) has another kind. */
const KIND_TRAIN = 5
const KIND_MASK = 0x7f
const CHECKSUM_KNOWN = 3

const IPV6_HEADER_BYTES = 40
const IPV4_SOURCE = 12
const IPV6_SOURCE = 8
const UDP_HEADER_BYTES = 8
const FRAGMENT_BITS = 0x3fff
/** Frame header, alignment, virtio_net_hdr, link layer with VLAN tags, IPv4 with options, UDP. */
const HEADROOM_BYTES = 256

/**
 * What a frame takes in which a datagram, or a train, of so many bytes is to have room. The kernel wants whole pages,
 * so a ring of few frames has larger ones.
 */
export function frameBytesFor(payloadBytes: number, frameCount: number): number {
  const leastBytes = libc().getpagesize() / frameCount
  return Math.max(ceilPowerOfTwo(payloadBytes + HEADROOM_BYTES), leastBytes)
}

/**
 * Datagrams out of the kernel's own receive ring, mapped into this process and read in place: no
 * system call and no copy by us, no receiver's thread. For the thread that handles the messages.
 *
 * What the UDP layer would have done is done here: the checksum is verified where the device did not,
 * and fragments, which come unassembled, count as damaged.
 */
export class MappedSource implements DatagramSource {
  readonly capacity: number
  readonly maxBytes: number
  readonly dropsRunAhead = true
  readonly bytes: DataView
  offset = 0
  length = 0
  segmentBytes = 0
  foreign = false
  damaged = false
  readonly cut = false
  receivedNs = Number.NaN
  /** The kernel hands frames over itself, when it receives. */
  pushedNs = Number.NaN
  drops = 0
  droppedMessages = 0
  tap: DatagramTap | null = null
  /** Frames that were given back, since the start. */
  released = 0
  readonly #ring: PacketRing
  readonly #words: Int32Array
  readonly #mask: number
  readonly #frameBytes: number
  readonly #epochSeconds: number
  readonly #filter: SourceFilter | null
  readonly #sourceOffset: number
  #first = 0
  /** Where the IP header of what was opened last begins. */
  #network = 0

  /**
   * @param ring of frames as `frameBytesFor` says
   * @param allowed addresses of the only sources; none: any source is allowed
   * @param nextFrame the one that the kernel fills next
   */
  constructor(
    ring: PacketRing,
    endpoint: Endpoint,
    epoch: SessionEpoch,
    allowed: readonly string[],
    nextFrame = 0,
  ) {
    this.#ring = ring
    this.#frameBytes = ring.frameBytes
    this.capacity = ring.frameCount
    this.maxBytes = this.#frameBytes
    this.bytes = new DataView(ring.memory)
    this.#words = new Int32Array(ring.memory)
    this.#mask = ring.frameCount - 1
    this.#first = nextFrame
    this.#epochSeconds = epoch.unixSeconds
    this.#filter = allowed.length === 0 ? null : new SourceFilter(allowed)
    this.#sourceOffset = endpoint.ipv6 ? IPV6_SOURCE : IPV4_SOURCE
  }

  take(limit: number): number {
    // A ring whose frames are all full looks the same again behind its end.
    const most = Math.min(limit, this.capacity)
    let ready = 0
    while (ready < most && (this.#status(ready) & STATUS_USER) !== 0) ready++
    return ready
  }

  open(nth: number): void {
    const bytes = this.bytes
    const frame = this.#frameOffset(nth)
    const status = this.#status(nth)
    if ((status & STATUS_LOSING) !== 0) this.readDrops()
    const mac = frame + bytes.getUint16(frame + MAC, true)
    const network = frame + bytes.getUint16(frame + NET, true)
    const captured = mac + bytes.getUint32(frame + SNAPLEN, true)
    const seconds = bytes.getUint32(frame + SECONDS, true) - this.#epochSeconds
    this.receivedNs = seconds * NS_PER_SECOND + bytes.getUint32(frame + NANOSECONDS, true)
    this.foreign =
      this.#filter !== null && !this.#filter.passes(bytes, network + this.#sourceOffset)
    this.#network = network
    this.#openPacket(network, captured)
    this.segmentBytes = 0
    let trusted = (status & (STATUS_CHECKSUM_NOT_READY | STATUS_CHECKSUM_VALID)) !== 0
    if (this.#ring.hasNetHeader) {
      const header = mac - NET_HEADER_BYTES
      if ((bytes.getUint8(header + NET_HEADER_KIND) & KIND_MASK) === KIND_TRAIN) {
        this.segmentBytes = bytes.getUint16(header + NET_HEADER_SEGMENT_BYTES, true)
      }
      trusted ||= (bytes.getUint8(header + NET_HEADER_FLAGS) & CHECKSUM_KNOWN) !== 0
    }
    if (!this.foreign && !this.damaged && !trusted && this.segmentBytes === 0) {
      this.damaged = !checksumHolds(bytes, network, this.offset - UDP_HEADER_BYTES, this.length)
    }
    if (this.tap !== null) this.tap.copy(this)
  }

  readPushed(_nth: number): void {}

  copySender(name: DataView): boolean {
    const bytes = this.bytes
    const ipv6 = this.#sourceOffset === IPV6_SOURCE
    const addressBytes = ipv6 ? 16 : 4
    const addressOffset = ipv6 ? 8 : 4
    for (let i = 0; i < SOCKET_ADDRESS_ROOM_BYTES; i += 4) name.setUint32(i, 0)
    name.setUint16(0, ipv6 ? AF_INET6 : AF_INET, true)
    name.setUint16(2, bytes.getUint16(this.offset - UDP_HEADER_BYTES))
    for (let i = 0; i < addressBytes; i += 4) {
      name.setUint32(addressOffset + i, bytes.getUint32(this.#network + this.#sourceOffset + i))
    }
    return !this.damaged
  }

  tellSenders(): void {}

  close(nth: number, count: number): void {
    for (let i = nth; i < nth + count; i++) {
      Atomics.store(this.#words, (this.#frameOffset(i) + STATUS) / 4, 0)
    }
  }

  release(count: number): void {
    this.#first = (this.#first + count) & this.#mask
    this.released += count
  }

  isEmpty(): boolean {
    return (this.#status(0) & STATUS_USER) === 0
  }

  holdsMoreThan(limit: number): boolean {
    // The kernel fills frames in their order.
    return limit < this.capacity && (this.#status(limit) & STATUS_USER) !== 0
  }

  /** Where another source goes on with the same ring, when this one has given everything back. */
  get nextFrame(): number {
    return this.#first
  }

  /** Brings `drops` up to date; a system call. */
  readDrops(): number {
    this.drops = this.#ring.drops() >>> 0
    return this.drops
  }

  /** Goes on with an interface that was made anew; false if there is none of this index. */
  tryListenTo(interfaceIndex: number): boolean {
    try {
      this.#ring.listenTo(interfaceIndex)
      return true
    } catch {
      return false
    }
  }

  /** Nothing more comes; what lies ready can still be read. */
  stop(): void {
    this.#ring.rejectAll()
  }

  /**
   * Finds the payload of a UDP packet that the kernel's filter let through. A frame that was too small
   * for the packet, a fragment, and lengths that contradict each other make it damaged.
   */
  #openPacket(network: number, captured: number): void {
    const bytes = this.bytes
    const first = bytes.getUint8(network)
    const ipv6 = first >> 4 === 6
    const headerBytes = ipv6 ? IPV6_HEADER_BYTES : (first & 15) * 4
    const udp = network + headerBytes
    this.offset = udp + UDP_HEADER_BYTES
    this.length = 0
    this.damaged = true
    if (this.offset > captured) return
    if (!ipv6 && (bytes.getUint16(network + 6, false) & FRAGMENT_BITS) !== 0) return
    const packetBytes = ipv6
      ? IPV6_HEADER_BYTES + bytes.getUint16(network + 4, false)
      : bytes.getUint16(network + 2, false)
    const end = network + packetBytes
    if (end > captured || end < this.offset) return
    // In a train the UDP length is that of the whole.
    const udpBytes = bytes.getUint16(udp + 4, false)
    if (udp + udpBytes > end || udpBytes < UDP_HEADER_BYTES) return
    this.length = udpBytes - UDP_HEADER_BYTES
    this.damaged = false
  }

  #status(nth: number): number {
    return Atomics.load(this.#words, (this.#frameOffset(nth) + STATUS) / 4)
  }

  #frameOffset(nth: number): number {
    return ((this.#first + nth) & this.#mask) * this.#frameBytes
  }
}
