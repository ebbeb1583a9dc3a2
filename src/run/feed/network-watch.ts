import { LINE } from '../../account/line-counters.js'
import { MACHINE, MACHINE_LABEL } from '../../account/machine-counters.js'
import { canUseLibc, libc } from '../../native/libc.js'
import { type NetworkCounters, readNetworkCounters } from '../../native/network-counters.js'
import { waitingBytes } from '../../native/udp-socket.js'
import { otherInterfaces } from '../../transport/membership.js'
import { type BoundLine, type FeedData, lineCountersOf } from '../memory/feed-data.js'
import { countersOf } from '../memory/run-counters.js'

/** Seldom enough to leave hot threads alone; a feed that was deaf for longer has lost more than this. */
const LOOK_MS = 500

/** What the last look found on a line. */
interface LineSeen {
  datagrams: number
  kernelDrops: number
}

/**
 * Looks from the thread that started a feed at what its receivers cannot look at: whether the interfaces
 * on which groups were joined are still there, and what the kernel has counted of packets that reached
 * nobody.
 */
export class NetworkWatch {
  readonly #data: FeedData
  readonly #bound: readonly BoundLine[]
  readonly #counters: readonly Float64Array[]
  readonly #machine: Float64Array
  readonly #before: NetworkCounters
  readonly #seen: readonly LineSeen[]
  readonly #timer: NodeJS.Timeout | undefined
  #wrongChecksums: number

  constructor(data: FeedData, bound: readonly BoundLine[]) {
    this.#data = data
    this.#bound = bound
    this.#counters = data.lines.map((_, line) => lineCountersOf(data, line))
    this.#machine = countersOf(data.counters, MACHINE_LABEL)
    this.#before = readNetworkCounters()
    this.#noteMachine(this.#before, this.#before)
    this.#wrongChecksums = this.#before.wrongChecksum
    this.#seen = data.lines.map(() => ({ datagrams: 0, kernelDrops: 0 }))
    const useful = data.transport !== 'portable' && canUseLibc()
    this.#timer = useful ? setInterval(() => this.#look(), LOOK_MS) : undefined
  }

  /** Looks how full the buffers of the sockets are. Some microseconds for each line. */
  readBuffers(): void {
    if (this.#data.transport !== 'socket') return
    this.#counters.forEach((counters, i) => {
      const descriptor = counters[LINE.descriptor] - 1
      if (descriptor < 0) return
      const bytes = Math.max(0, waitingBytes(descriptor))
      counters[LINE.bufferGranted] = this.#bound[i].grantedBufferBytes
      counters[LINE.bufferUsed] = bytes
      counters[LINE.bufferHighWater] = Math.max(counters[LINE.bufferHighWater], bytes)
    })
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Why nothing came on any line, as far as the kernel's counters tell; nothing if something came. */
  reasons(): string[] {
    if (this.#counters.some((line) => line[LINE.datagrams] > 0)) return []
    return [
      ...this.#groups(),
      ...causesOfSilence(networkDifference(this.#before, readNetworkCounters())),
    ]
  }

  /** Where nothing came to groups: one sentence for each. */
  #groups(): string[] {
    return this.#bound.flatMap(({ joined }, line) => {
      if (joined === null) return []
      const endpoint = this.#data.plan.endpoints[line]
      const others = otherInterfaces(endpoint, joined)
      const instead =
        others.length === 0 ? '' : `; it may come by ${others.join(' or ')} instead (?interface=)`
      return [`Nothing came to the group ${endpoint.address}, joined on ${joined}${instead}.`]
    })
  }

  #look(): void {
    const now = readNetworkCounters()
    this.#noteMachine(this.#before, now)
    this.#counters.forEach((counters, i) => {
      const { joined } = this.#bound[i]
      if (joined !== null) counters[LINE.interfaceIndex] = libc().if_nametoindex(joined)
      const seen = this.#seen[i]
      // What was true a look before the last datagram came: what was counted since may be behind it.
      if (counters[LINE.datagrams] !== seen.datagrams) {
        counters[LINE.checksumsBefore] = this.#wrongChecksums
        counters[LINE.dropsBefore] = seen.kernelDrops
      }
      seen.datagrams = counters[LINE.datagrams]
      seen.kernelDrops = counters[LINE.kernelDrops]
    })
    this.#wrongChecksums = now.wrongChecksum
  }

  /** For whoever explains a loss, also after a crash. */
  #noteMachine(before: NetworkCounters, now: NetworkCounters): void {
    const words = this.#machine
    words[MACHINE.backlogDropsBefore] = before.backlogDrops
    words[MACHINE.backlogDrops] = now.backlogDrops
    words[MACHINE.deviceDropsBefore] = before.deviceDrops
    words[MACHINE.deviceDrops] = now.deviceDrops
    words[MACHINE.bufferErrorsBefore] = before.bufferErrors
    words[MACHINE.bufferErrors] = now.bufferErrors
    words[MACHINE.wrongChecksumsBefore] = before.wrongChecksum
    words[MACHINE.wrongChecksums] = now.wrongChecksum
    words[MACHINE.reversePathFilteredBefore] = before.reversePathFiltered
    words[MACHINE.reversePathFiltered] = now.reversePathFiltered
    words[MACHINE.wrongAddressesBefore] = before.wrongAddress
    words[MACHINE.wrongAddresses] = now.wrongAddress
    words[MACHINE.noPortsBefore] = before.noPort
    words[MACHINE.noPorts] = now.noPort
    words[MACHINE.known] = 1
  }
}

/** How far each counter has moved. */
export function networkDifference(before: NetworkCounters, now: NetworkCounters): NetworkCounters {
  const since = (key: keyof NetworkCounters) => Math.max(0, now[key] - before[key])
  return {
    reversePathFiltered: since('reversePathFiltered'),
    wrongAddress: since('wrongAddress'),
    noPort: since('noPort'),
    wrongChecksum: since('wrongChecksum'),
    bufferErrors: since('bufferErrors'),
    backlogDrops: since('backlogDrops'),
    deviceDrops: since('deviceDrops'),
  }
}

/**
 * Why nothing came, as far as the kernel tells: one sentence for each counter that has moved.
 *
 * @param moved by how much
 */
export function causesOfSilence(moved: NetworkCounters): string[] {
  const causes: string[] = []
  const tell = (key: keyof NetworkCounters, sentence: (count: string) => string) => {
    const count = moved[key]
    if (count > 0) causes.push(sentence(count.toLocaleString('en')))
  }
  tell(
    'reversePathFiltered',
    (count) =>
      `The reverse path filter dropped ${count} packets, whose sender cannot be reached by the interface that they came on: add a route to it, or set net.ipv4.conf.INTERFACE.rp_filter to 2.`,
  )
  tell(
    'wrongAddress',
    (count) =>
      `This machine got ${count} packets for addresses that it does not have: compare the sender's destination with ip address.`,
  )
  tell(
    'noPort',
    (count) =>
      `This machine got ${count} datagrams for ports on which nobody listens: compare the sender's port with the endpoint's.`,
  )
  tell(
    'wrongChecksum',
    (count) =>
      `The kernel dropped ${count} datagrams for their checksum: look at the sender, or at what the card offloads (ethtool -k INTERFACE).`,
  )
  return causes
}
