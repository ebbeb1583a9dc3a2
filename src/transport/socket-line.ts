import { libc } from '../native/libc.js'
import { UdpSocket } from '../native/udp-socket.js'
import { type Endpoint, interfaceNameOf, noSuchInterface } from './endpoint.js'
import { interfaceToJoin, Membership } from './membership.js'

/** What a receiving socket was granted. */
export interface OpenedLine {
  readonly socket: UdpSocket
  readonly port: number
  /** Bytes that the kernel granted, as it counts them (twice what was asked, if nothing was cut). */
  readonly grantedBufferBytes: number
  /** Whether the kernel glues datagrams together. */
  readonly coalesces: boolean
  /** Whether the kernel polls the device. */
  readonly busyPolls: boolean
  /** Of a group. */
  readonly membership: Membership | undefined
  /** The name of the interface on which the group was joined; null: it is none, or nobody knows. */
  readonly joined: string | null
}

/**
 * Opens a socket that receives what comes to an endpoint: bound to the address, or to the group and
 * joined on the named interface, with kernel time stamps and the drop counter.
 *
 * For the thread that will receive.
 *
 * @throws {TickwireError} TW_PORT_IN_USE, TW_ADDRESS_NOT_LOCAL, TW_NO_SUCH_INTERFACE, TW_PERMISSION
 */
export function openReceiveSocket(
  endpoint: Endpoint,
  askedBufferBytes: number,
  options: { readonly coalesce: boolean; readonly busyPollUs: number },
): OpenedLine {
  const { joined, interfaceIndex } = interfaceToBind(endpoint)
  const socket = new UdpSocket(endpoint.ipv6)
  try {
    if (endpoint.multicast) socket.allowSharedGroup()
    const grantedBufferBytes = socket.setReceiveBuffer(askedBufferBytes)
    socket.enableAncillaryData()
    socket.bind(endpoint.address, endpoint.port, interfaceIndex)
    const membership = endpoint.multicast
      ? new Membership(socket, endpoint, interfaceIndex)
      : undefined
    const coalesces = options.coalesce && socket.tryCoalesce()
    const busyPolls = options.busyPollUs > 0 && socket.tryBusyPoll(options.busyPollUs)
    return {
      socket,
      port: socket.port(),
      grantedBufferBytes,
      coalesces,
      busyPolls,
      membership,
      joined: joined?.name ?? null,
    }
  } catch (error) {
    socket.close()
    throw error
  }
}

/**
 * Binds to an endpoint and closes at once: what would refuse a receiver is known before it has rehearsed. Joins no group,
 * so that nobody on the network hears of it. Any thread.
 *
 * @throws {TickwireError} TW_PORT_IN_USE, TW_ADDRESS_NOT_LOCAL, TW_NO_SUCH_INTERFACE, TW_PERMISSION
 */
export function tryToBind(endpoint: Endpoint): void {
  const { interfaceIndex } = interfaceToBind(endpoint)
  const socket = new UdpSocket(endpoint.ipv6)
  try {
    if (endpoint.multicast) socket.allowSharedGroup()
    socket.bind(endpoint.address, endpoint.port, interfaceIndex)
  } finally {
    socket.close()
  }
}

/**
 * Opens a socket that sends to an endpoint, connected, so that the kernel looks up the route once and
 * reports a port that nobody listens on.
 *
 * For the thread that will send.
 *
 * @param reportErrors whether the kernel shall tell of datagrams that it took and could not deliver; whoever
 * asks for that reads the reports, which take room in the receive buffer
 */
export function openSendSocket(
  endpoint: Endpoint,
  askedBufferBytes: number,
  reportErrors = false,
): UdpSocket {
  const interfaceIndex = interfaceIndexOf(endpoint)
  const socket = new UdpSocket(endpoint.ipv6)
  try {
    socket.setSendBuffer(askedBufferBytes)
    if (reportErrors) socket.reportErrors()
    if (endpoint.multicast) socket.setMulticastOutput(interfaceIndex, endpoint.ttl)
    socket.connect(endpoint.address, endpoint.port, interfaceIndex)
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

/** A socket that sends, and the one by which what its receivers answer is read: the same for one address. */
export interface AnsweredLine {
  readonly socket: UdpSocket
  readonly answers: UdpSocket
}

/**
 * Opens a sending socket as `openSendSocket` does, and a way for what comes back to its address. A socket
 * that is connected to a group hears nobody, since nothing comes from a group: there another one shares
 * its port.
 *
 * For the thread that will send.
 */
export function openAnsweredSocket(endpoint: Endpoint, askedBufferBytes: number): AnsweredLine {
  if (!endpoint.multicast) {
    const socket = openSendSocket(endpoint, askedBufferBytes, true)
    return { socket, answers: socket }
  }
  const interfaceIndex = interfaceIndexOf(endpoint)
  const socket = new UdpSocket(endpoint.ipv6)
  const answers = new UdpSocket(endpoint.ipv6)
  try {
    const anywhere = endpoint.ipv6 ? '::' : '0.0.0.0'
    socket.setSendBuffer(askedBufferBytes)
    socket.reportErrors()
    socket.setMulticastOutput(interfaceIndex, endpoint.ttl)
    // Shared only when it has a port of its own, or the kernel might choose one that is shared already.
    socket.bind(anywhere, 0)
    socket.allowSharedAddress()
    answers.allowSharedAddress()
    answers.bind(anywhere, socket.port())
    socket.connect(endpoint.address, endpoint.port, interfaceIndex)
    return { socket, answers }
  } catch (error) {
    socket.close()
    answers.close()
    throw error
  }
}

/** The interface on which a receiver joins a group, if it does, and the index that it binds to. */
export function interfaceToBind(endpoint: Endpoint) {
  const joined = interfaceToJoin(endpoint)
  const interfaceIndex = endpoint.multicast ? (joined?.index ?? 0) : interfaceIndexOf(endpoint)
  return { joined, interfaceIndex }
}

/** The index of the interface that an endpoint names; 0 if it names none. */
export function interfaceIndexOf(endpoint: Endpoint): number {
  const name = interfaceNameOf(endpoint)
  if (name === undefined) return 0
  const index = libc().if_nametoindex(name)
  if (index === 0) throw noSuchInterface(name)
  return index
}
