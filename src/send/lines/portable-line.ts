import { createSocket, type Socket } from 'node:dgram'
import { LINE_SENT } from '../../account/send-counters.js'
import { systemError } from '../../native/errno.js'
import { dgramInterfaceOf, type Endpoint } from '../../transport/endpoint.js'

/** One of the destinations of a portable sender. On an event loop. */
export class PortableLine {
  readonly #endpoint: Endpoint
  readonly #socket: Socket
  /** `LINE_SENT` */
  readonly counters: Float64Array

  constructor(endpoint: Endpoint, counters: Float64Array) {
    this.#endpoint = endpoint
    this.#socket = createSocket(endpoint.ipv6 ? 'udp6' : 'udp4')
    this.counters = counters
  }

  /** @throws {TickwireError} if the endpoint cannot be sent to */
  async open(): Promise<void> {
    const endpoint = this.#endpoint
    const networkInterface = endpoint.multicast ? dgramInterfaceOf(endpoint) : undefined
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject)
      this.#socket.bind(0, () => {
        if (endpoint.multicast) {
          this.#socket.setMulticastTTL(endpoint.ttl)
          if (networkInterface !== undefined) this.#socket.setMulticastInterface(networkInterface)
        }
        this.#socket.connect(endpoint.port, endpoint.address, () => resolve())
      })
    }).catch((error: NodeJS.ErrnoException) => {
      this.#socket.close()
      throw systemError(
        error.syscall ?? 'connect',
        error.code ?? 'unknown',
        `Connecting to ${endpoint.address} port ${endpoint.port}`,
      )
    })
    this.#socket.removeAllListeners('error')
    // A port that nobody listens on is reported here as well as to the send that follows.
    this.#socket.on('error', () => {})
  }

  /** Calls back with whether the kernel took the datagram. */
  send(datagram: Uint8Array, done: (taken: boolean) => void): void {
    this.#socket.send(datagram, (error) => {
      if (error !== null && 'code' in error && error.code === 'ECONNREFUSED') {
        this.counters[LINE_SENT.unreachable] += 1
      }
      done(error === null)
    })
  }

  close(): void {
    this.#socket.close()
  }
}
