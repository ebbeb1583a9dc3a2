import { isIPv4 } from 'node:net'
import { TickwireError } from '../foundation/errors.js'
import {
  AF_PACKET,
  EPERM,
  ETH_P_IP,
  ETH_P_IPV6,
  MAP_LOCKED,
  MAP_SHARED,
  PACKET_IGNORE_OUTGOING,
  PACKET_RX_RING,
  PACKET_STATISTICS,
  PACKET_VERSION,
  PACKET_VNET_HDR,
  PROT_READ,
  PROT_WRITE,
  SO_ATTACH_FILTER,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
  TPACKET_V2,
} from './constants.js'
import { systemError } from './errno.js'
import {
  closeDescriptor,
  closeDescriptorAside,
  coverMapping,
  holdDescriptor,
  holdMapping,
  unmap,
} from './holdings.js'
import { type Libc, libc } from './libc.js'
import { filterArgument, rejectAllFilter, udpFilter } from './packet-filter.js'

const SOCKADDR_LL_BYTES = 20
/** Whole pages, of whatever size Linux has them: at most 64 KiB. */
const BLOCK_BYTES = 1 << 17
/** mmap answers with this on failure: (void *) -1. */
const MAP_FAILED = 2 ** 64

/**
 * A receive ring of the kernel, mapped into this process: TPACKET_V2 of packet(7), described in
 * Documentation/networking/packet_mmap.rst. The kernel writes each matching packet into the next
 * frame, link-layer header included, and sets its status; whoever reads gives the frame back by
 * storing 0 there. It belongs to the thread that made it.
 */
export class PacketRing {
  /** The frames, one behind the other. Not a SharedArrayBuffer: `Atomics.wait` does not work on it. */
  readonly memory: ArrayBuffer
  readonly frameBytes: number
  readonly frameCount: number
  /** Whether a virtio_net_hdr of 10 bytes lies before each packet's link-layer header. */
  readonly hasNetHeader: boolean
  readonly #libc: Libc
  readonly #fd: number
  readonly #address: number = 0
  readonly #statistics = new Uint32Array(new SharedArrayBuffer(8))
  readonly #statisticsBytes = new Uint8Array(this.#statistics.buffer)
  readonly #optionBytes = new Uint32Array(1)
  /** The kernel is given its address, which nothing else keeps. */
  #program: Uint8Array | undefined
  readonly #accepted: Uint8Array
  readonly #protocol: number
  #drops = 0

  /**
   * @param address to listen to; 0.0.0.0 or :: for any
   * @param interfaceIndex 0: all interfaces
   * @param frameBytes a power of two
   * @param source the only one to listen to
   * @throws {TickwireError} TW_PERMISSION without CAP_NET_RAW
   */
  constructor(
    address: string,
    port: number,
    interfaceIndex: number,
    frameCount: number,
    frameBytes: number,
    source: string | undefined,
  ) {
    this.#libc = libc()
    this.frameBytes = frameBytes
    this.frameCount = frameCount
    this.#protocol = isIPv4(address) ? ETH_P_IP : ETH_P_IPV6
    // Protocol 0: nothing is queued before the filter stands and the socket is bound.
    this.#fd = this.#libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)
    if (this.#fd < 0) throw this.#openFailure()
    holdDescriptor(this.#fd)
    let mappedBytes = 0
    try {
      this.hasNetHeader = this.#trySet(PACKET_VNET_HDR, [1])
      this.#set(PACKET_VERSION, [TPACKET_V2], 'PACKET_VERSION')
      this.#trySet(PACKET_IGNORE_OUTGOING, [1])
      this.#accepted = udpFilter(address, port, source)
      this.#attach(this.#accepted)
      const bytes = this.#requestRing()
      this.#address = this.#map(bytes)
      mappedBytes = bytes
      this.memory = this.#libc.view(this.#address, bytes)
      this.#bind(interfaceIndex)
    } catch (error) {
      if (mappedBytes > 0) unmap(this.#address, mappedBytes)
      closeDescriptor(this.#fd)
      throw error
    }
  }

  /** Packets that found no free frame, since the ring was made. The kernel resets its count on each read. */
  drops(): number {
    this.#optionBytes[0] = this.#statisticsBytes.length
    const result = this.#libc.getsockopt(
      this.#fd,
      SOL_PACKET,
      PACKET_STATISTICS,
      this.#statisticsBytes,
      this.#optionBytes,
    )
    if (result === 0) this.#drops += this.#statistics[1]
    return this.#drops
  }

  /**
   * Listens to an interface that was made anew; the one before is gone, and the kernel has forgotten it.
   *
   * @throws {TickwireError} TW_NO_SUCH_INTERFACE
   */
  listenTo(interfaceIndex: number): void {
    this.#bind(interfaceIndex)
  }

  /** Lets no further packet in. */
  rejectAll(): void {
    this.#attach(rejectAllFilter())
  }

  /** Lets packets in as at first, and counts drops from now on. */
  restart(): void {
    this.drops()
    this.#drops = 0
    this.#attach(this.#accepted)
  }

  /** The memory reads zeros afterwards: a handler may have kept a view of a message. */
  close(): void {
    coverMapping(this.#address, this.memory.byteLength)
    closeDescriptor(this.#fd)
  }

  /** The same, but the calling thread does not wait the tens of milliseconds that the kernel takes for it. */
  closeAside(): void {
    coverMapping(this.#address, this.memory.byteLength)
    closeDescriptorAside(this.#fd)
  }

  /** tpacket_req: block size, block count, frame size, frame count, all u32. */
  #requestRing(): number {
    const bytes = this.frameCount * this.frameBytes
    const blockBytes = Math.min(bytes, Math.max(BLOCK_BYTES, this.frameBytes))
    const request = [blockBytes, bytes / blockBytes, this.frameBytes, this.frameCount]
    this.#set(PACKET_RX_RING, request, 'PACKET_RX_RING')
    return bytes
  }

  #map(bytes: number): number {
    const protection = PROT_READ | PROT_WRITE
    let address = this.#libc.mmap(0, bytes, protection, MAP_SHARED | MAP_LOCKED, this.#fd, 0)
    // Locking is a wish; RLIMIT_MEMLOCK may forbid it.
    if (address >= MAP_FAILED) {
      address = this.#libc.mmap(0, bytes, protection, MAP_SHARED, this.#fd, 0)
    }
    if (address >= MAP_FAILED) throw this.#failure('mmap', `Mapping ${bytes} bytes of packet ring`)
    holdMapping(address, bytes)
    return address
  }

  #attach(program: Uint8Array): void {
    this.#program = program
    const filter = filterArgument(this.#libc, this.#program)
    if (
      this.#libc.setsockopt(this.#fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, filter.length) !== 0
    ) {
      throw this.#failure('setsockopt', 'Attaching a packet filter')
    }
  }

  /** sockaddr_ll: family u16, protocol u16 BE, interface index i32, then hardware fields. */
  #bind(interfaceIndex: number): void {
    const address = new Uint8Array(SOCKADDR_LL_BYTES)
    const view = new DataView(address.buffer)
    view.setUint16(0, AF_PACKET, true)
    view.setUint16(2, this.#protocol, false)
    view.setInt32(4, interfaceIndex, true)
    if (this.#libc.bind(this.#fd, address, address.length) !== 0) {
      throw this.#failure('bind', `Binding a packet socket to interface index ${interfaceIndex}`)
    }
  }

  #set(option: number, values: readonly number[], name: string): void {
    if (!this.#trySet(option, values))
      throw this.#failure('setsockopt', `Setting ${name} to ${values}`)
  }

  #trySet(option: number, values: readonly number[]): boolean {
    const bytes = new Uint8Array(Uint32Array.from(values).buffer)
    return this.#libc.setsockopt(this.#fd, SOL_PACKET, option, bytes, bytes.length) === 0
  }

  #openFailure(): TickwireError {
    if (this.#libc.errno() !== EPERM) return this.#failure('socket', 'Opening a packet socket')
    return new TickwireError(
      'TW_PERMISSION',
      'The mapped transport needs the capability CAP_NET_RAW, which this process does not have',
      'Run as root, grant it with setcap cap_net_raw+ep to a copy of node, or use --transport socket.',
    )
  }

  #failure(call: string, what: string): TickwireError {
    return systemError(call, this.#libc.errno(), what)
  }
}
