import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { LINE } from '../account/line-counters.js'
import { TickwireError } from '../foundation/errors.js'
import { TWO_POW_32 } from '../foundation/units.js'
import { systemError } from '../native/errno.js'
import { encodeSocketAddress } from '../native/socket-address.js'
import type { Doorbell } from '../ring/doorbell.js'
import { SlotProducer } from '../ring/slot-producer.js'
import { dgramInterfaceOf, type Endpoint, interfaceNameOf } from '../transport/endpoint.js'
import { canonicalAddress } from '../transport/source-filter.js'
import type { Framing } from '../wire/framing.js'
import type { ReceiveProfile } from './discard.js'
import type { WhenFull } from './when-full.js'

const FULL_WAIT_MS = 1
const STOP_CHECK_MS = 5
/** How long what the kernel holds may be read after a stop; a feed that goes on would never end. */
const DRAIN_MS = 100

export interface PortableReceiverOptions {
  readonly endpoint: Endpoint
  readonly ring: SharedArrayBuffer
  readonly handlerBell: Doorbell
  readonly counters: Float64Array
  readonly whenFull: WhenFull
  readonly framing: Framing
  readonly receiveBufferBytes: number
  /** Addresses of the only sources; none: any source is allowed. */
  readonly allowedSources: readonly string[]
  /** What is noted for `tune`; undefined: nothing. */
  readonly profile: ReceiveProfile | undefined
  /** Whether the run comes to an end. */
  readonly stopping: () => boolean
  /** Whether nobody takes datagrams from the ring any more. */
  readonly handlerGone: () => boolean
}

/**
 * Receives with `node:dgram`, on whatever Node runs on: one callback and one copy per datagram, on the
 * event loop of a thread of its own. What the kernel drops and when it received is not known here.
 */
export class PortableReceiver {
  readonly #options: PortableReceiverOptions
  readonly #producer: SlotProducer
  readonly #socket: Socket
  readonly #allowed: ReadonlySet<string>
  #unannouncedDrops = 0
  #full = false

  constructor(options: PortableReceiverOptions) {
    this.#options = options
    this.#producer = new SlotProducer(options.ring)
    this.#allowed = new Set(options.allowedSources.map(canonicalAddress))
    this.#socket = createSocket({
      type: options.endpoint.ipv6 ? 'udp6' : 'udp4',
      reuseAddr: options.endpoint.multicast,
      recvBufferSize: options.receiveBufferBytes,
    })
  }

  /** @throws {TickwireError} as the socket transport does */
  async open(): Promise<{
    port: number
    grantedBufferBytes: number
    coalesces: boolean
    busyPolls: boolean
    joined: string | null
  }> {
    const { endpoint } = this.#options
    this.#socket.on('message', (payload, { address, port }) => {
      if (this.#isForeign(address)) this.#countForeign()
      else this.#receive(payload, address, port)
    })
    try {
      this.#socket.bind(endpoint.port, bindAddress(endpoint))
      await once(this.#socket, 'listening')
      this.#join()
    } catch (error) {
      this.#socket.close()
      if (error instanceof TickwireError) throw error
      const { code = 'unknown', syscall = 'bind' } = error as NodeJS.ErrnoException
      throw systemError(syscall, code, `Binding to ${endpoint.address} port ${endpoint.port}`)
    }
    return {
      port: this.#socket.address().port,
      grantedBufferBytes: this.#socket.getRecvBufferSize(),
      coalesces: false,
      busyPolls: false,
      joined: endpoint.multicast ? (interfaceNameOf(endpoint) ?? null) : null,
    }
  }

  /** Settles after a stop was asked for, what the kernel held was read, and the socket is closed. */
  async run(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (!this.#options.stopping()) return
        clearInterval(timer)
        resolve()
      }, STOP_CHECK_MS)
    })
    const { counters } = this.#options
    const endMs = performance.now() + DRAIN_MS
    for (let before = Number.NaN; before !== counters[LINE.datagrams]; ) {
      before = counters[LINE.datagrams]
      await new Promise((resolve) => setTimeout(resolve, STOP_CHECK_MS))
      if (this.#options.handlerGone() || performance.now() > endMs) break
    }
    this.#socket.removeAllListeners('message')
    this.#socket.close()
    this.#options.counters[LINE.closed] = 1
  }

  #join(): void {
    const { endpoint } = this.#options
    if (!endpoint.multicast) return
    const networkInterface = dgramInterfaceOf(endpoint)
    if (endpoint.source === undefined) {
      this.#socket.addMembership(endpoint.address, networkInterface)
    } else {
      this.#socket.addSourceSpecificMembership(endpoint.source, endpoint.address, networkInterface)
    }
  }

  /** @param address with a zone if it is link-local */
  #isForeign(address: string): boolean {
    if (this.#allowed.size === 0) return false
    const zone = address.indexOf('%')
    return !this.#allowed.has(zone < 0 ? address : address.slice(0, zone))
  }

  #countForeign(): void {
    const { counters } = this.#options
    counters[LINE.datagrams] += 1
    counters[LINE.otherSources] += 1
  }

  #receive(payload: Uint8Array, address: string, port: number): void {
    const { counters, handlerBell } = this.#options
    if (this.#producer.claim(1) === 0 && !this.#makeRoom()) {
      const framing = this.#options.framing
      framing.open(new DataView(payload.buffer, payload.byteOffset), 0, payload.length)
      counters[LINE.datagrams] += 1
      counters[LINE.ringDroppedDatagrams] += 1
      counters[LINE.ringDroppedMessages] += framing.messageCount
      if (framing.messageCount > 0) this.#noteDiscarded(framing)
      this.#unannouncedDrops += framing.messageCount
      this.#noteThrownAway(framing.messageCount, payload.length)
      return
    }
    this.#full = false
    const index = this.#producer.claimedIndex
    this.#producer.write(index, payload)
    if (this.#producer.layout.nameBytes > 0) {
      const [literal = ''] = address.split('%')
      this.#producer.writeName(index, encodeSocketAddress(literal, port))
    }
    this.#producer.setDroppedBefore(index, this.#unannouncedDrops)
    this.#unannouncedDrops = 0
    this.#stampPushed()
    this.#producer.publish(1)
    counters[LINE.datagrams] += 1
    handlerBell.ring()
  }

  /** Where the newest discarded datagram ended: so far the feed was sent, though nobody will show it. */
  #noteDiscarded({ session, sequence, messageCount, sequenceBits }: Framing): void {
    const { counters } = this.#options
    const end = sequence + messageCount
    counters[LINE.discardedSession] = session
    counters[LINE.discardedEnd] = sequenceBits === 32 ? end % TWO_POW_32 : end
    counters[LINE.discardedMark] = 1
  }

  #stampPushed(): void {
    const { profile } = this.#options
    if (profile === undefined) return
    profile.clock.read()
    this.#producer.pushedNs = profile.clock.ns
    this.#producer.stampPushed(1)
  }

  #noteThrownAway(messages: number, payloadBytes: number): void {
    const { profile } = this.#options
    if (profile === undefined) return
    profile.clock.read()
    profile.thrownAway.pushedNs = profile.clock.ns
    profile.thrownAway.noteThrownAway(messages, payloadBytes, 1, profile.line)
  }

  /** Waits for a slot, with the event loop standing still, so that the rest stays in the kernel. */
  #makeRoom(): boolean {
    if (!this.#full) this.#producer.countFull()
    this.#full = true
    if (this.#options.whenFull === 'drop-newest') return false
    while (this.#producer.claim(1) === 0) {
      if (this.#options.handlerGone()) return false
      this.#producer.spaceBell.arm()
      if (this.#producer.claim(1) > 0) break
      this.#producer.spaceBell.wait(FULL_WAIT_MS)
    }
    this.#producer.spaceBell.disarm()
    return true
  }
}

/** Windows cannot bind to a group; there the group filter is the membership alone. */
function bindAddress(endpoint: Endpoint): string | undefined {
  return endpoint.multicast && process.platform === 'win32' ? undefined : endpoint.address
}
