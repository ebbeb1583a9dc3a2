import type { RecoveryPort } from '../../handle/reader/feed-reader-options.js'
import type { UdpSocket } from '../../native/udp-socket.js'
import type { Endpoint } from '../../transport/endpoint.js'
import { Inbox } from '../../transport/inbox.js'
import { Outbox } from '../../transport/outbox.js'
import { SlotSource } from '../../transport/slot-source.js'
import { openSendSocket } from '../../transport/socket-line.js'
import { MOLD_HEADER_BYTES } from '../../wire/moldudp64.js'
import type { FeedData } from '../memory/feed-data.js'

/** Answers that are taken from the kernel at a time, and room for one: what fits an Ethernet frame. */
const SLOTS = 256
const LEAST_SLOT_BYTES = 2048
const SEND_BUFFER_BYTES = 262144
const RECEIVE_BUFFER_BYTES = 4194304
/** A socket first tells of the ICMP answer to an earlier request, and only then sends. */
const SEND_ATTEMPTS = 2

export interface OpenRecovery extends RecoveryPort {
  close(): void
}

/** A socket that requests leave from, and that answers come to. */
function openRequestSocket(server: Endpoint): UdpSocket {
  const socket = openSendSocket(server, SEND_BUFFER_BYTES)
  try {
    socket.setReceiveBuffer(RECEIVE_BUFFER_BYTES)
    socket.enableAncillaryData()
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

/**
 * Opens the way to a retransmission server, in the thread that handles the feed. Nobody else reads its
 * socket, so a server that is slow or silent holds up no line.
 *
 * @throws {TickwireError} TW_UNREACHABLE, TW_NO_SUCH_INTERFACE
 */
export function openRecovery(data: FeedData, server: Endpoint): OpenRecovery {
  const socket = openRequestSocket(server)
  const slotBytes = Math.max(data.plan.slotBytes, LEAST_SLOT_BYTES)
  const answers = new Inbox(socket, SLOTS, slotBytes, false)
  const source = new SlotSource(answers.ring, data.epoch)
  const requests = new Outbox(1, MOLD_HEADER_BYTES)
  return {
    source,
    request: requests.payloads[0],
    poll() {
      if (source.isEmpty()) answers.receive()
    },
    trySend() {
      for (let attempt = 0; attempt < SEND_ATTEMPTS; attempt++) {
        if (requests.trySend(socket, 0)) return true
      }
      return false
    },
    close: () => socket.close(),
  }
}
