import type { SessionEpoch } from '../foundation/clock.js'
import { PacketRing } from '../native/packet-ring.js'
import { UdpSocket } from '../native/udp-socket.js'
import type { Endpoint } from './endpoint.js'
import { frameBytesFor, MappedSource } from './mapped-source.js'
import { Membership } from './membership.js'
import { interfaceToBind } from './socket-line.js'

/** A line whose datagrams are read from the kernel's mapped ring. */
export interface MappedLine {
  readonly source: MappedSource
  readonly port: number
  /** Of the silent socket that holds the port. */
  readonly descriptor: number
  /** The name of the interface on which the group was joined; null: it is none, or nobody knows. */
  readonly joined: string | null
  /** The index of that interface; 0: there is none. */
  readonly interfaceIndex: number
  /** Goes on with an interface that was made anew; false if that is not possible yet. Never throws. */
  tryMoveTo(interfaceIndex: number): boolean
  /**
   * The same line with a source of its own, for a run after one that has given everything back.
   *
   * @param allowed as `openMappedLine` has it
   */
  renewed(allowed: readonly string[]): MappedLine
  close(): void
  /** Closes it while the thread goes on. */
  closeAside(): void
}

/**
 * Opens a mapped ring for an endpoint, and beside it a silent UDP socket that gets nothing: it keeps
 * the port, joins the group, and stops the kernel from answering "port unreachable".
 *
 * For the thread that will handle the messages.
 *
 * @param allowed addresses of the only sources; none: any source is allowed
 * @throws {TickwireError} TW_PERMISSION without CAP_NET_RAW, TW_PORT_IN_USE, TW_ADDRESS_NOT_LOCAL,
 * TW_NO_SUCH_INTERFACE
 */
export function openMappedLine(
  endpoint: Endpoint,
  frameCount: number,
  payloadBytes: number,
  epoch: SessionEpoch,
  allowed: readonly string[] = [],
): MappedLine {
  const { joined, interfaceIndex } = interfaceToBind(endpoint)
  const companion = new UdpSocket(endpoint.ipv6)
  try {
    companion.rejectAll()
    if (endpoint.multicast) companion.allowSharedGroup()
    companion.bind(endpoint.address, endpoint.port, interfaceIndex)
    const port = companion.port()
    const ring = new PacketRing(
      endpoint.address,
      port,
      // A unicast address of this machine is reached through the loopback from this machine.
      endpoint.multicast ? interfaceIndex : 0,
      frameCount,
      frameBytesFor(payloadBytes, frameCount),
      // What does not belong to a group that is joined with its source was not asked for.
      endpoint.multicast ? endpoint.source : undefined,
    )
    let membership: Membership | undefined
    try {
      if (endpoint.multicast) membership = new Membership(companion, endpoint, interfaceIndex)
    } catch (error) {
      ring.close()
      throw error
    }
    let newest = new MappedSource(ring, endpoint, epoch, allowed)
    const lineOf = (source: MappedSource): MappedLine => ({
      source,
      port,
      descriptor: companion.descriptor,
      joined: joined?.name ?? null,
      interfaceIndex: joined?.index ?? 0,
      tryMoveTo: (index) => source.tryListenTo(index) && membership?.tryMoveTo(index) === true,
      renewed(others) {
        ring.restart()
        newest = new MappedSource(ring, endpoint, epoch, others, newest.nextFrame)
        return lineOf(newest)
      },
      close() {
        ring.close()
        companion.close()
      },
      closeAside() {
        ring.closeAside()
        companion.close()
      },
    })
    return lineOf(newest)
  } catch (error) {
    companion.close()
    throw error
  }
}
