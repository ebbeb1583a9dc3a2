import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { workerData } from 'node:worker_threads'
import { RETRANSMISSION } from '../../account/retransmission-counters.js'
import { NS_PER_MS } from '../../foundation/units.js'
import { createClock } from '../../native/create-clock.js'
import { systemError } from '../../native/errno.js'
import type { RetransmissionLimits } from '../../retransmit/limits.js'
import type { ResponseFraming } from '../../retransmit/response-framing.js'
import { RetransmissionServer } from '../../retransmit/server.js'
import type { Endpoint } from '../../transport/endpoint.js'
import { countersOf, epochOf, type RunCounters } from '../memory/run-counters.js'
import { RETRANSMISSION_THREAD, retransmissionCountersOf } from '../memory/send-counters.js'
import { Heartbeat, SLEEPING_REST } from '../thread/heartbeat.js'
import { threadMain } from '../thread/thread-port.js'

export interface RetransmissionData {
  readonly endpoint: Endpoint
  readonly framing: ResponseFraming
  readonly store: SharedArrayBuffer
  readonly limits: RetransmissionLimits
  readonly counters: RunCounters
}

/** The bound port. */
export interface RetransmissionReady {
  readonly port: number
}

/** How often the thread shows that it lives while nobody asks. */
const REST_MS = 100

const data = workerData as RetransmissionData
threadMain<RetransmissionReady, null>(async (port) => {
  const { endpoint } = data
  const counters = retransmissionCountersOf(data.counters)
  const server = new RetransmissionServer({ ...data, counters })
  const heartbeat = startHeartbeat()
  const socket = createSocket(endpoint.ipv6 ? 'udp6' : 'udp4')
  try {
    socket.bind(endpoint.port, endpoint.address)
    await once(socket, 'listening')
  } catch (error) {
    socket.close()
    const { code = 'unknown', syscall = 'bind' } = error as NodeJS.ErrnoException
    throw systemError(syscall, code, `Binding to ${endpoint.address} port ${endpoint.port}`)
  }
  // What goes wrong with one datagram is no reason to leave the others without a response.
  socket.on('error', () => {})
  const noteUnsent = (error: Error | null) => {
    if (error !== null) counters[RETRANSMISSION.unsent] += 1
  }
  const respond = (request: Uint8Array, from: RemoteInfo) => {
    // A packet may claim to come from port 0, to which node:dgram refuses to send by throwing.
    if (from.port === 0) {
      server.refuseUnreachable()
      return
    }
    // By address and not by port: ports cost the sender of forged requests nothing.
    let more = server.open(request, from.address, performance.now() * NS_PER_MS)
    for (; more; more = server.next()) {
      // A copy: the socket takes it only after this turn of the event loop.
      const response = server.response.slice(0, server.responseBytes)
      socket.send(response, from.port, from.address, noteUnsent)
    }
  }
  socket.on('message', (request, from) => {
    heartbeat.rested()
    try {
      respond(request, from)
    } catch {
      counters[RETRANSMISSION.faults] += 1
    }
    heartbeat.busy()
  })
  const stop = port.order<null>('stop')
  port.ready({ port: socket.address().port })
  heartbeat.begin()
  const rest = setInterval(() => heartbeat.rested(), REST_MS)
  await stop
  clearInterval(rest)
  heartbeat.end()
  const closed = once(socket, 'close')
  socket.close()
  await closed
  port.done(null)
})

/** A request is a turn of this thread, and what lies between two of them is rest. */
function startHeartbeat(): Heartbeat {
  const counters = countersOf(data.counters, `thread ${RETRANSMISSION_THREAD}`)
  return new Heartbeat(counters, createClock(epochOf(data.counters)), SLEEPING_REST)
}
