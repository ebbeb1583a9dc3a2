import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PCAP_FILE_HEADER_BYTES, type PcapAddress, PcapWriter } from '../../capture/pcap-writer.js'
import { TickwireError } from '../../foundation/errors.js'
import { systemError } from '../../native/errno.js'
import { type NetworkCounters, readNetworkCounters } from '../../native/network-counters.js'
import { encodeSocketAddress } from '../../native/socket-address.js'
import { networkDifference } from '../../run/feed/network-watch.js'
import type { ReceiveReport } from '../../run/feed/receive-report.js'
import { receive } from '../../run/receive.js'
import { dgramInterfaceOf, type Endpoint } from '../../transport/endpoint.js'
import { detectFraming } from '../../wire/detect-framing.js'
import type { FramingName } from '../../wire/framing.js'

const BUFFER_BYTES = 4_194_304
/** What is kept to be looked at; what comes beyond it is only counted. */
const KEPT_DATAGRAMS = 200_000
const KEPT_BYTES = 64 * 1024 * 1024
/** Datagrams by which the framing is told. */
const FRAMING_SAMPLE = 16

/** Who sent something. */
export interface HeardSource {
  readonly address: string
  readonly port: number
  readonly datagrams: number
}

/** What came to an endpoint within a moment. */
export interface Heard {
  readonly endpoint: string
  readonly elapsedMs: number
  readonly datagrams: number
  readonly bytes: number
  readonly longestBytes: number
  /** Those that sent most first. */
  readonly sources: readonly HeardSource[]
  /** Null: nothing came, or it looks like none that is known. */
  readonly framing: FramingName | null
  /** Why the framing cannot be told; null: it can, or nothing came. */
  readonly framingProblem: string | null
  /** How the reading side accounts for what was kept; null where the framing cannot be told. */
  readonly report: ReceiveReport | null
  /** Datagrams that were counted and not looked at. */
  readonly notKept: number
  /** What the kernel counted meanwhile of packets that reached nobody, over all programs. */
  readonly machine: NetworkCounters
}

interface KeptDatagram {
  readonly payload: Uint8Array
  readonly from: RemoteInfo
  readonly atMs: number
}

/**
 * Listens at an endpoint for a moment, as another listener beside those that are there: a port of a single
 * host is never taken from anyone.
 *
 * @throws {TickwireError} TW_PORT_IN_USE, TW_ADDRESS_NOT_LOCAL, TW_NO_SUCH_INTERFACE, TW_PERMISSION
 */
export async function listen(endpoint: Endpoint, listenMs: number): Promise<Heard> {
  const before = readNetworkCounters()
  const { kept, ...counted } = await collect(endpoint, listenMs)
  const now = readNetworkCounters()
  const { framing, problem } = framingOf(kept)
  return {
    endpoint: endpoint.url,
    ...counted,
    framing,
    framingProblem: problem,
    report: framing === null ? null : await accountFor(kept, endpoint, framing),
    machine: networkDifference(before, now),
  }
}

async function collect(endpoint: Endpoint, listenMs: number) {
  const kept: KeptDatagram[] = []
  const sources = new Map<string, { address: string; port: number; datagrams: number }>()
  let datagrams = 0
  let bytes = 0
  let longestBytes = 0
  const socket = createSocket({
    type: endpoint.ipv6 ? 'udp6' : 'udp4',
    // Of a group each listener gets a copy; of a single host's port the newest listener would get all.
    reuseAddr: endpoint.multicast,
  })
  socket.on('message', (payload, from) => {
    datagrams += 1
    longestBytes = Math.max(longestBytes, payload.length)
    const name = `${from.address} ${from.port}`
    const source = sources.get(name) ?? { address: from.address, port: from.port, datagrams: 0 }
    source.datagrams += 1
    sources.set(name, source)
    if (kept.length < KEPT_DATAGRAMS && bytes + payload.length <= KEPT_BYTES) {
      kept.push({ payload, from, atMs: performance.timeOrigin + performance.now() })
    }
    bytes += payload.length
  })
  const startMs = performance.now()
  try {
    socket.bind(endpoint.port, endpoint.address)
    await once(socket, 'listening')
    joinGroup(socket, endpoint)
    try {
      socket.setRecvBufferSize(BUFFER_BYTES)
    } catch {
      // The kernel's default will do.
    }
    await new Promise((resolve) => setTimeout(resolve, listenMs))
  } catch (error) {
    if (error instanceof TickwireError) throw error
    const { code = 'unknown', syscall = 'bind' } = error as NodeJS.ErrnoException
    throw systemError(syscall, code, `Binding to ${endpoint.address} port ${endpoint.port}`)
  } finally {
    socket.close()
  }
  return {
    kept,
    elapsedMs: Math.round(performance.now() - startMs),
    ...{ datagrams, bytes, longestBytes },
    sources: [...sources.values()].sort((a, b) => b.datagrams - a.datagrams),
    notKept: datagrams - kept.length,
  }
}

function joinGroup(socket: ReturnType<typeof createSocket>, endpoint: Endpoint): void {
  if (!endpoint.multicast) return
  const networkInterface = dgramInterfaceOf(endpoint)
  if (endpoint.source === undefined) socket.addMembership(endpoint.address, networkInterface)
  else socket.addSourceSpecificMembership(endpoint.source, endpoint.address, networkInterface)
}

function framingOf(kept: readonly KeptDatagram[]): {
  readonly framing: FramingName | null
  readonly problem: string | null
} {
  if (kept.length === 0) return { framing: null, problem: null }
  try {
    const sample = kept.slice(0, FRAMING_SAMPLE).map(({ payload }) => payload)
    return { framing: detectFraming(sample), problem: null }
  } catch (error) {
    if (error instanceof TickwireError) return { framing: null, problem: error.what }
    throw error
  }
}

/** Writes a recording of what came, and lets the reading side account for it. */
async function accountFor(
  kept: readonly KeptDatagram[],
  endpoint: Endpoint,
  framing: FramingName,
): Promise<ReceiveReport> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-doctor-'))
  try {
    const file = join(folder, 'heard.pcap')
    writeFileSync(file, recordingOf(kept, endpoint))
    const feed = await receive({
      endpoints: `file:${file}`,
      ...{ framing, handler: null, counters: 'off', protocol: 'none' },
    })
    return await feed.finished
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function recordingOf(kept: readonly KeptDatagram[], endpoint: Endpoint): Uint8Array {
  const room = kept.reduce(
    (sum, { payload }) => sum + PcapWriter.recordBytes(payload.length, endpoint.ipv6),
    PCAP_FILE_HEADER_BYTES,
  )
  const bytes = new DataView(new ArrayBuffer(room))
  const writer = new PcapWriter()
  const to = pcapAddress(endpoint.address, endpoint.port)
  let end = PcapWriter.writeFileHeader(bytes, 0)
  for (const { payload, from, atMs } of kept) {
    const seconds = Math.floor(atMs / 1000)
    const nanoseconds = Math.floor((atMs - seconds * 1000) * 1e6)
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
    const sender = pcapAddress(from.address.split('%')[0] ?? '', from.port)
    end += writer.write(bytes, end, seconds, nanoseconds, sender, to, view, 0, payload.length)
  }
  return new Uint8Array(bytes.buffer, 0, end)
}

function pcapAddress(address: string, port: number): PcapAddress {
  const encoded = encodeSocketAddress(address, port)
  return { address: encoded.length === 16 ? encoded.slice(4, 8) : encoded.slice(8, 24), port }
}
