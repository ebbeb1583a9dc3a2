import { LINE_COUNTERS_BYTES, lineCounters } from '../../account/line-counters.js'
import type { RecoveryPort } from '../../handle/upstream/recovery.js'
import { libc } from '../../native/libc.js'
import type { UdpSocket } from '../../native/udp-socket.js'
import { ReceiveLoop } from '../../receive/receive-loop.js'
import { armForKernel } from '../../ring/kernel-slots.js'
import { createRing } from '../../ring/layout.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import type { Endpoint } from '../../transport/endpoint.js'
import { SlotSource } from '../../transport/slot-source.js'
import { openSendSocket } from '../../transport/socket-line.js'
import { createFraming } from '../../wire/create-framing.js'
import { MOLD_HEADER_BYTES } from '../../wire/moldudp64.js'
import type { FeedData } from '../memory/feed-data.js'
import { ControlBlock } from '../thread/control-block.js'

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
  const answers = createRing(SLOTS, Math.max(data.plan.slotBytes, LEAST_SLOT_BYTES))
  const loop = new ReceiveLoop({
    socket,
    ring: answers,
    handlerBell: new ControlBlock().handlerBell,
    counters: lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0),
    whenFull: 'wait',
    framing: createFraming(data.plan.framing),
    allowedSources: [],
    spinTurns: Number.POSITIVE_INFINITY,
  })
  const source = new SlotSource(answers, data.epoch)
  const requests = createRing(1, MOLD_HEADER_BYTES)
  const outbox = new SlotProducer(requests)
  const headers = armForKernel(requests, libc().address(new Uint8Array(requests)), false)
  outbox.setSendLength(0, MOLD_HEADER_BYTES)
  return {
    source,
    request: new DataView(requests, outbox.slotOffset(0), MOLD_HEADER_BYTES),
    poll() {
      // With a full ring the loop would wait for space, which only this thread can make.
      if (source.isEmpty()) loop.doWork()
    },
    trySend() {
      for (let attempt = 0; attempt < SEND_ATTEMPTS; attempt++) {
        if (socket.sendMany(headers.at(0), 1) === 1) return true
      }
      return false
    },
    close: () => socket.close(),
  }
}
