import { networkInterfaces } from 'node:os'
import { libc } from '../native/libc.js'
import { encodeSocketAddress } from '../native/socket-address.js'
import { UdpSocket } from '../native/udp-socket.js'
import { type Endpoint, interfaceNameOf, noSuchInterface } from './endpoint.js'

/** An interface by the name that stays and the index that changes when it is made anew. */
export interface JoinedInterface {
  readonly name: string
  readonly index: number
}

/**
 * The interface on which a group is joined: the one that the endpoint names, else the one to which the
 * routes of this machine lead, which is what the kernel would choose. Undefined for what is no group, and
 * where no route leads anywhere.
 *
 * @throws {TickwireError} TW_NO_SUCH_INTERFACE for one that is named and not there
 */
export function interfaceToJoin(endpoint: Endpoint): JoinedInterface | undefined {
  if (!endpoint.multicast) return undefined
  const named = interfaceNameOf(endpoint)
  const name = named ?? routedInterface(endpoint)
  if (name === undefined) return undefined
  const index = libc().if_nametoindex(name)
  if (index > 0) return { name, index }
  if (named !== undefined) throw noSuchInterface(named)
  return undefined
}

/** Names of the interfaces beside `joined` by which a group could come; the loopback is none of them. */
export function otherInterfaces(endpoint: Endpoint, joined: string): string[] {
  const family = endpoint.ipv6 ? 'IPv6' : 'IPv4'
  return Object.entries(networkInterfaces())
    .filter(([name]) => name !== joined)
    .filter(([, addresses = []]) => addresses.some((one) => one.family === family && !one.internal))
    .map(([name]) => name)
}

/** Connecting a socket sends nothing, and lets the kernel choose the address that it would send from. */
function routedInterface(endpoint: Endpoint): string | undefined {
  const socket = new UdpSocket(endpoint.ipv6)
  try {
    socket.connect(endpoint.address, endpoint.port === 0 ? 1 : endpoint.port)
    return interfaceWith(socket.localAddress(), endpoint.ipv6)
  } catch {
    return undefined
  } finally {
    socket.close()
  }
}

function interfaceWith(local: Uint8Array, ipv6: boolean): string | undefined {
  const [from, to] = ipv6 ? [8, 24] : [4, 8]
  const family = ipv6 ? 'IPv6' : 'IPv4'
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    for (const one of addresses) {
      if (one.family !== family) continue
      const bytes = encodeSocketAddress(one.address.split('%')[0] ?? '', 0)
      if (bytes.subarray(from, to).every((byte, i) => byte === local[from + i])) return name
    }
  }
  return undefined
}

/** A line's membership of its group. For the thread that made the socket. */
export class Membership {
  readonly #socket: UdpSocket
  readonly #endpoint: Endpoint
  #index: number

  /** Joins. @param index of the interface; 0 lets the kernel choose */
  constructor(socket: UdpSocket, endpoint: Endpoint, index: number) {
    this.#socket = socket
    this.#endpoint = endpoint
    this.#index = index
    socket.joinGroup(endpoint.address, index, endpoint.source)
  }

  /** The index of the interface on which the group was joined last. */
  get index(): number {
    return this.#index
  }

  /**
   * Joins again, on an interface that has been made anew: the kernel has forgotten who had joined on the
   * old one. Never throws.
   *
   * @returns whether that could be done; if not, try again later
   */
  tryMoveTo(index: number): boolean {
    const { address, source } = this.#endpoint
    // Else the socket would use up the number of memberships that it may have.
    this.#socket.tryLeaveGroup(address, this.#index, source)
    try {
      this.#socket.joinGroup(address, index, source)
    } catch {
      return false
    }
    this.#index = index
    return true
  }
}
