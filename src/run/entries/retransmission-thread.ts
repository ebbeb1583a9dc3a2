import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { workerData } from 'node:worker_threads'
import { RETRANSMISSION } from '../../account/retransmission-counters.js'
import { NS_PER_MS } from '../../foundation/units.js'
import { systemError } from '../../native/errno.js'
import type { RetransmissionLimits } from '../../retransmit/limits.js'
import { type ReplyFraming, RetransmissionServer } from '../../retransmit/server.js'
import type { Endpoint } from '../../transport/endpoint.js'
import { threadMain } from '../thread/thread-port.js'

export interface RetransmissionData {
  readonly endpoint: Endpoint
  readonly framing: ReplyFraming
  readonly store: SharedArrayBuffer
  readonly limits: RetransmissionLimits
  readonly counters: Float64Array
}

/** The bound port. */
export interface RetransmissionReady {
  readonly port: number
}

const data = workerData as RetransmissionData
threadMain<RetransmissionReady, null>(async (port) => {
  const { endpoint, counters } = data
  const server = new RetransmissionServer(data)
  const socket = createSocket(endpoint.ipv6 ? 'udp6' : 'udp4')
  try {
    socket.bind(endpoint.port, endpoint.address)
    await once(socket, 'listening')
  } catch (error) {
    socket.close()
    const { code = 'unknown', syscall = 'bind' } = error as NodeJS.ErrnoException
    throw systemError(syscall, code, `Binding to ${endpoint.address} port ${endpoint.port}`)
  }
  // What goes wrong with one datagram is no reason to leave the others unanswered.
  socket.on('error', () => {})
  const noteUnsent = (error: Error | null) => {
    if (error !== null) counters[RETRANSMISSION.unsent] += 1
  }
  socket.on('message', (request, from) => {
    // By address and not by port: ports cost the sender of forged requests nothing.
    let more = server.open(request, from.address, performance.now() * NS_PER_MS)
    for (; more; more = server.next()) {
      // A copy: the socket takes it only after this turn of the event loop.
      socket.send(server.reply.slice(0, server.replyBytes), from.port, from.address, noteUnsent)
    }
  })
  const stop = port.order<null>('stop')
  port.ready({ port: socket.address().port })
  await stop
  const closed = once(socket, 'close')
  socket.close()
  await closed
  port.done(null)
})
