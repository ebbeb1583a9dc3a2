import { isIPv6 } from 'node:net'
import { BoxedNumbers } from './boxed-numbers.js'
import {
  AF_INET,
  AF_INET6,
  F_DUPFD_CLOEXEC,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_TTL,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MULTICAST_ALL,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_RECVERR,
  IPV6_V6ONLY,
  MCAST_JOIN_GROUP,
  MCAST_JOIN_SOURCE_GROUP,
  MCAST_LEAVE_GROUP,
  MCAST_LEAVE_SOURCE_GROUP,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  SK_MEMINFO_DROPS,
  SK_MEMINFO_RMEM_ALLOC,
  SK_MEMINFO_VARS,
  SO_ATTACH_FILTER,
  SO_BUSY_POLL,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_RXQ_OVFL,
  SO_SNDBUF,
  SO_TIMESTAMPNS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
  UDP_SEGMENT,
} from './constants.js'
import { systemError } from './errno.js'
import { closeDescriptor, holdDescriptor } from './holdings.js'
import { type Libc, libc } from './libc.js'
import { filterArgument, rejectAllFilter } from './packet-filter.js'
import { encodeSocketAddress, portOf } from './socket-address.js'

const SOCKADDR_STORAGE_BYTES = 128

/**
 * A non-blocking UDP socket of the kernel. It belongs to the thread that made it; another one may have a
 * descriptor of its own for it (fcntl(2), F_DUPFD_CLOEXEC), which keeps it open until both are closed.
 *
 * The set-up methods throw a {@link TickwireError}. `receiveMany` and `sendMany` never throw: they
 * return a negative error number, since "nothing there" is a result.
 */
export class UdpSocket {
  readonly #libc: Libc
  readonly #fd: number
  readonly #isIPv6: boolean
  readonly #meminfo = new Uint8Array(new SharedArrayBuffer(SK_MEMINFO_VARS * 4))
  readonly #meminfoWords = new Uint32Array(this.#meminfo.buffer)
  readonly #optionBytes = new Uint32Array(1)
  /** pollfd: fd i32 @0, events i16 @4, revents i16 @6. */
  readonly #pollfd = new Int32Array(new SharedArrayBuffer(8))
  readonly #pollfdAddress: BoxedNumbers
  /** The kernel is given its address, which nothing else keeps. */
  #filter: Uint8Array | undefined

  /** @param shared descriptor of another thread's socket, which is to be used too; default: a new one */
  constructor(ipv6: boolean, shared?: number) {
    this.#libc = libc()
    this.#isIPv6 = ipv6
    const type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC
    this.#fd =
      shared === undefined
        ? this.#libc.socket(ipv6 ? AF_INET6 : AF_INET, type, 0)
        : this.#libc.fcntl(shared, F_DUPFD_CLOEXEC, 0)
    if (this.#fd < 0) throw this.#failure('socket', `Opening an IPv${ipv6 ? 6 : 4} UDP socket`)
    holdDescriptor(this.#fd)
    this.#pollfdAddress = new BoxedNumbers([
      this.#libc.address(new Uint8Array(this.#pollfd.buffer)),
    ])
    this.#pollfd[0] = this.#fd
    if (ipv6 && shared === undefined) this.#setInt(IPPROTO_IPV6, IPV6_V6ONLY, 1, 'IPV6_V6ONLY')
  }

  /** For another thread that is to use the socket too. */
  get descriptor(): number {
    return this.#fd
  }

  bind(address: string, port: number, scope = 0): void {
    const bytes = encodeSocketAddress(address, port, scope)
    if (this.#libc.bind(this.#fd, bytes, bytes.length) !== 0) {
      throw this.#failure('bind', `Binding to ${address} port ${port}`)
    }
  }

  connect(address: string, port: number, scope = 0): void {
    const bytes = encodeSocketAddress(address, port, scope)
    if (this.#libc.connect(this.#fd, bytes, bytes.length) !== 0) {
      throw this.#failure('connect', `Connecting to ${address} port ${port}`)
    }
  }

  /** Lets the socket keep its port and groups, and get nothing. */
  rejectAll(): void {
    this.#filter = rejectAllFilter()
    const filter = filterArgument(this.#libc, this.#filter)
    if (
      this.#libc.setsockopt(this.#fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, filter.length) !== 0
    ) {
      throw this.#failure('setsockopt', 'Attaching a filter that rejects everything')
    }
  }

  /** The bound port; the kernel's choice if port 0 was asked for. */
  port(): number {
    return portOf(this.localAddress())
  }

  /** The socket address (sockaddr_in, sockaddr_in6) that the socket is bound to, with zeros behind it. */
  localAddress(): Uint8Array {
    const bytes = new Uint8Array(SOCKADDR_STORAGE_BYTES)
    const length = new Uint32Array([bytes.length])
    if (this.#libc.getsockname(this.#fd, bytes, length) !== 0) {
      throw this.#failure('getsockname', 'Reading the bound address')
    }
    return bytes
  }

  /** Lets several sockets share an address and port. */
  allowSharedAddress(): void {
    this.#setInt(SOL_SOCKET, SO_REUSEADDR, 1, 'SO_REUSEADDR')
  }

  /**
   * Lets several sockets share one multicast group and port; each gets every datagram. Other programs set
   * one of two options for that, and the kernel wants the one that they set.
   */
  allowSharedGroup(): void {
    this.allowSharedAddress()
    this.#setInt(SOL_SOCKET, SO_REUSEPORT, 1, 'SO_REUSEPORT')
  }

  /**
   * Asks for a receive buffer. The kernel cuts silently to net.core.rmem_max and doubles the rest
   * (socket(7)), so what it granted is read back.
   *
   * @returns the granted bytes, counted as the kernel counts them: twice the payload it allows for
   */
  setReceiveBuffer(askedBytes: number): number {
    this.#setInt(SOL_SOCKET, SO_RCVBUF, askedBytes, 'SO_RCVBUF')
    return this.receiveBuffer()
  }

  /** The granted receive buffer, as `setReceiveBuffer` returns it. */
  receiveBuffer(): number {
    return this.#getInt(SOL_SOCKET, SO_RCVBUF, 'SO_RCVBUF')
  }

  setSendBuffer(askedBytes: number): number {
    this.#setInt(SOL_SOCKET, SO_SNDBUF, askedBytes, 'SO_SNDBUF')
    return this.#getInt(SOL_SOCKET, SO_SNDBUF, 'SO_SNDBUF')
  }

  /** Kernel time stamps and the drop counter as ancillary data of every datagram. */
  enableAncillaryData(): void {
    this.#setInt(SOL_SOCKET, SO_TIMESTAMPNS, 1, 'SO_TIMESTAMPNS')
    this.#setInt(SOL_SOCKET, SO_RXQ_OVFL, 1, 'SO_RXQ_OVFL')
  }

  /**
   * Makes the kernel cut each send into datagrams of this size (UDP_SEGMENT, Linux 4.18); 0 ends that.
   *
   * @returns false on a kernel that cannot
   */
  trySegment(datagramBytes: number): boolean {
    return this.#trySetInt(SOL_UDP, UDP_SEGMENT, datagramBytes)
  }

  /**
   * Lets the kernel hand over equal datagrams that came one after the other as one, with their
   * size as ancillary data (UDP_GRO, Linux 5.0). Slots must then hold 64 KiB.
   *
   * @returns false on a kernel that cannot
   */
  tryCoalesce(): boolean {
    return this.#trySetInt(SOL_UDP, UDP_GRO, 1)
  }

  /**
   * Lets the kernel poll the device for this long before a read finds nothing (socket(7)).
   *
   * @returns false if the device's driver or a missing CAP_NET_ADMIN forbids it
   */
  tryBusyPoll(microseconds: number): boolean {
    return this.#trySetInt(SOL_SOCKET, SO_BUSY_POLL, microseconds)
  }

  /**
   * Joins a group, from any source or from one (RFC 3678, the protocol-independent form).
   *
   * ```
   * group_req (136 bytes)              group_source_req (264 bytes)
   *  0         8             136        0         8          136         264
   *  +---------+-------------+          +---------+----------+-----------+
   *  |interface| group       |          |interface| group    | source    |
   *  |u32, pad | sockaddr    |          |u32, pad | sockaddr | sockaddr  |
   *  +---------+-------------+          +---------+----------+-----------+
   * ```
   *
   * @param interfaceIndex 0 lets the kernel choose, which is often wrong
   */
  joinGroup(group: string, interfaceIndex: number, source: string | undefined): void {
    const level = isIPv6(group) ? IPPROTO_IPV6 : IPPROTO_IP
    const all = isIPv6(group) ? IPV6_MULTICAST_ALL : IP_MULTICAST_ALL
    this.#setInt(level, all, 0, 'MULTICAST_ALL')
    const request = groupRequest(group, interfaceIndex, source)
    const option = source === undefined ? MCAST_JOIN_GROUP : MCAST_JOIN_SOURCE_GROUP
    if (this.#libc.setsockopt(this.#fd, level, option, request, request.length) !== 0) {
      const from = source === undefined ? '' : ` from source ${source}`
      throw this.#failure(
        'setsockopt',
        `Joining group ${group}${from} on interface index ${interfaceIndex}`,
      )
    }
  }

  /** Leaves a group that was joined so, if it still is joined. */
  tryLeaveGroup(group: string, interfaceIndex: number, source: string | undefined): boolean {
    const request = groupRequest(group, interfaceIndex, source)
    const level = isIPv6(group) ? IPPROTO_IPV6 : IPPROTO_IP
    const option = source === undefined ? MCAST_LEAVE_GROUP : MCAST_LEAVE_SOURCE_GROUP
    return this.#libc.setsockopt(this.#fd, level, option, request, request.length) === 0
  }

  /** Where multicast leaves, and how many hops it may travel. */
  setMulticastOutput(interfaceIndex: number, hops: number): void {
    if (this.#isIPv6) {
      this.#setInt(IPPROTO_IPV6, IPV6_MULTICAST_IF, interfaceIndex, 'IPV6_MULTICAST_IF')
      this.#setInt(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops, 'IPV6_MULTICAST_HOPS')
      return
    }
    // ip_mreqn: group 4, address 4, interface index i32.
    const request = new Uint8Array(12)
    new DataView(request.buffer).setInt32(8, interfaceIndex, true)
    if (this.#libc.setsockopt(this.#fd, IPPROTO_IP, IP_MULTICAST_IF, request, 12) !== 0) {
      throw this.#failure('setsockopt', `Sending multicast on interface index ${interfaceIndex}`)
    }
    this.#setInt(IPPROTO_IP, IP_MULTICAST_TTL, hops, 'IP_MULTICAST_TTL')
  }

  /**
   * Receives up to `length` datagrams into the mmsghdr vector at `vector`, without waiting.
   *
   * @returns how many, or a negative error number (-EAGAIN: none there)
   */
  receiveMany(vector: number, length: number): number {
    const received = this.#libc.recvmmsg(this.#fd, vector, length, MSG_DONTWAIT, 0)
    return received >= 0 ? received : -this.#libc.errno()
  }

  /**
   * Lets the kernel tell of datagrams that it took and that did not leave: a full queue of the interface
   * (ENOBUFS, told at once), a neighbour that does not answer, a port on which nobody listens
   * (`receiveErrors`). See IP_RECVERR in ip(7).
   */
  reportErrors(): void {
    if (this.#isIPv6) this.#setInt(IPPROTO_IPV6, IPV6_RECVERR, 1, 'IPV6_RECVERR')
    else this.#setInt(IPPROTO_IP, IP_RECVERR, 1, 'IP_RECVERR')
  }

  /**
   * Takes up to `length` datagrams that the kernel took and could not deliver, with sock_extended_err as
   * their ancillary data, into the mmsghdr vector at `vector`, without waiting.
   *
   * @returns how many, or a negative error number (-EAGAIN: none there)
   */
  receiveErrors(vector: number, length: number): number {
    const flags = MSG_ERRQUEUE | MSG_DONTWAIT
    const received = this.#libc.recvmmsg(this.#fd, vector, length, flags, 0)
    return received >= 0 ? received : -this.#libc.errno()
  }

  /**
   * Sends up to `length` datagrams from the mmsghdr vector at `vector`, without waiting.
   *
   * @returns how many the kernel took, or a negative error number if it refused the first
   */
  sendMany(vector: number, length: number): number {
    const sent = this.#libc.sendmmsg(this.#fd, vector, length, MSG_DONTWAIT)
    return sent >= 0 ? sent : -this.#libc.errno()
  }

  /** Waits until the socket is ready for `events` (POLLIN, POLLOUT) or the time is over. */
  wait(events: number, timeoutMs: number): void {
    this.#pollfd[1] = events
    this.#libc.poll(this.#pollfdAddress.at(0), 1, timeoutMs)
  }

  /**
   * The datagrams that the kernel has dropped at this socket since it was opened, modulo 2^32.
   * Counts checksum failures too. Unlike the ancillary counter it is fresh at any time.
   *
   * @returns a negative number on a kernel that does not tell (before 4.12)
   */
  drops(): number {
    this.#optionBytes[0] = this.#meminfo.length
    const result = this.#libc.getsockopt(
      this.#fd,
      SOL_SOCKET,
      SO_MEMINFO,
      this.#meminfo,
      this.#optionBytes,
    )
    return result === 0 ? this.#meminfoWords[SK_MEMINFO_DROPS] : -1
  }

  close(): void {
    closeDescriptor(this.#fd)
  }

  #setInt(level: number, option: number, value: number, name: string): void {
    if (!this.#trySetInt(level, option, value)) {
      throw this.#failure('setsockopt', `Setting ${name} to ${value}`)
    }
  }

  #trySetInt(level: number, option: number, value: number): boolean {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setInt32(0, value, true)
    return this.#libc.setsockopt(this.#fd, level, option, bytes, 4) === 0
  }

  #getInt(level: number, option: number, name: string): number {
    const bytes = new Uint8Array(4)
    if (this.#libc.getsockopt(this.#fd, level, option, bytes, new Uint32Array([4])) !== 0) {
      throw this.#failure('getsockopt', `Reading ${name}`)
    }
    return new DataView(bytes.buffer).getInt32(0, true)
  }

  #failure(call: string, what: string) {
    return systemError(call, this.#libc.errno(), what)
  }
}

/** @returns a group_req, or with a source a group_source_req */
function groupRequest(group: string, interfaceIndex: number, source: string | undefined) {
  const request = new Uint8Array(8 + SOCKADDR_STORAGE_BYTES * (source === undefined ? 1 : 2))
  new DataView(request.buffer).setUint32(0, interfaceIndex, true)
  request.set(encodeSocketAddress(group, 0), 8)
  if (source !== undefined) {
    request.set(encodeSocketAddress(source, 0), 8 + SOCKADDR_STORAGE_BYTES)
  }
  return request
}

/**
 * Bytes that wait at a socket to be read, as the kernel counts them against its receive buffer: datagrams
 * with their bookkeeping. For any thread, of a socket of any thread of this process.
 *
 * @returns -1 if there is no such socket, or the kernel does not tell (before 4.12)
 */
export function waitingBytes(descriptor: number): number {
  const words = new Uint32Array(SK_MEMINFO_VARS)
  const lengthBytes = new Uint32Array([words.byteLength])
  const bytes = new Uint8Array(words.buffer)
  const result = libc().getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, bytes, lengthBytes)
  return result === 0 ? (words[SK_MEMINFO_RMEM_ALLOC] ?? -1) : -1
}
