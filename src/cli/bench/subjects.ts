import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LiveReport } from '../../run/feed/receive-report.js'
import type { SendOptions } from '../../run/options/send-options.js'
import { send } from '../../run/send.js'
import { type Child, startChild } from './child.js'
import type { Peers } from './peers.js'

/** How long a receiver waits for more before it reports. */
export const IDLE_MS = 500
const RECEIVER_CPU = 0
const BUFFER_BYTES = 4194304
const C_BATCH = 64
/** The command line. */
export const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const DGRAM = fileURLToPath(new URL('./dgram-receiver.js', import.meta.url))

/** What one receiver did with one stream. */
export interface Sample {
  readonly sent: number
  readonly received: number
  readonly perSecond: number
  readonly lossPercent: number
  readonly latencyNs: LatencyFigures
  /** Garbage collections in its hot threads; null where there are none to count. */
  readonly collections: number | null
  /** Whether every message sent is in its account; null where it keeps none. */
  readonly accounted: boolean | null
}

export interface LatencyFigures {
  readonly p50: number | null
  readonly p99: number | null
  readonly p999: number | null
  readonly max: number | null
}

/** A receiver that can be put to the test, always in a process of its own. */
export interface Subject {
  readonly name: string
  /** Receives what `stream` says, sent by a thread of this process. */
  measure(stream: SendOptions): Promise<Sample>
}

/** Tickwire itself, by its command line. */
export function tickwireSubject(name: string, flags: readonly string[]): Subject {
  return {
    name,
    async measure(stream) {
      const child = startChild(process.execPath, [
        MAIN,
        ...['receive', 'udp://127.0.0.1:0', '--json', '--idle-exit-ms', String(IDLE_MS)],
        ...flags,
      ])
      const ready = await child.line(/udp:\/\/127\.0\.0\.1:(\d+)/)
      const sent = await play(Number(ready[1]), stream)
      const report = JSON.parse(await child.output()) as LiveReport
      const { garbageCollections: gc, ledger } = report
      return {
        ...sample(sent, report.delivered, report.elapsedSeconds ?? 0, report.latencyNs),
        collections: (gc.receiver ?? 0) + (gc.handler ?? 0),
        accounted: ledger.balanced && ledger.delivered + ledger.lost.total === sent,
      }
    },
  }
}

/** The C program in bench/peers. */
export function nativeSubject(name: string, program: string, gro: boolean): Subject {
  return {
    name,
    async measure(stream) {
      const port = await freePort()
      const figures = [port, 0, IDLE_MS, BUFFER_BYTES, C_BATCH, RECEIVER_CPU, gro ? 1 : 0]
      const child = startChild(program, figures.map(String))
      await child.line(/^ready/)
      return peerSample(child, await play(port, stream))
    },
  }
}

/** `node:dgram`. */
export function dgramSubject(): Subject {
  return {
    name: 'node:dgram',
    async measure(stream) {
      const child = startChild(process.execPath, [DGRAM, String(IDLE_MS), String(RECEIVER_CPU)])
      const ready = await child.line(/^ready (\d+)/)
      return peerSample(child, await play(Number(ready[1]), stream))
    },
  }
}

/** Bun's UDP socket. */
function bunSubject(script: string): Subject {
  return {
    name: 'bun',
    async measure(stream) {
      const child = startChild('bun', [script, String(IDLE_MS)])
      const ready = await child.line(/^ready (\d+)/)
      return peerSample(child, await play(Number(ready[1]), stream))
    },
  }
}

/** All that can be measured here. `mapped` needs a capability, the C program a compiler. */
export function createSubjects(peers: Peers, canMap: boolean): Subjects {
  const inline = ['--handler-thread', 'inline']
  return {
    c: peers.receive === undefined ? undefined : nativeSubject('C recvmmsg', peers.receive, false),
    cGro:
      peers.receive === undefined ? undefined : nativeSubject('C with GRO', peers.receive, true),
    socket: tickwireSubject('tickwire socket', []),
    inline: tickwireSubject('tickwire socket, inline', inline),
    mapped: canMap ? tickwireSubject('tickwire mapped', ['--transport', 'mapped']) : undefined,
    gro: tickwireSubject('tickwire with GRO', ['--gro', ...inline]),
    dgram: dgramSubject(),
    bun: peers.bun === undefined ? undefined : bunSubject(peers.bun),
  }
}

/** The receivers by what they are; those that this machine cannot have are undefined. */
export interface Subjects {
  readonly c: Subject | undefined
  readonly cGro: Subject | undefined
  readonly socket: Subject
  readonly inline: Subject
  readonly mapped: Subject | undefined
  readonly gro: Subject
  readonly dgram: Subject
  readonly bun: Subject | undefined
}

async function play(port: number, stream: SendOptions): Promise<number> {
  const transmission = await send({ ...stream, endpoint: `udp://127.0.0.1:${port}` })
  return (await transmission.finished).messages ?? 0
}

interface PeerResult {
  readonly received: number
  readonly seconds: number
  readonly latencyNs: LatencyFigures
}

async function peerSample(child: Child, sent: number): Promise<Sample> {
  const result = JSON.parse(await child.output()) as PeerResult
  return {
    ...sample(sent, result.received, result.seconds, result.latencyNs),
    collections: null,
    accounted: null,
  }
}

function sample(sent: number, received: number, seconds: number, latencyNs: LatencyFigures) {
  const { p50, p99, p999, max } = latencyNs
  return {
    sent,
    received,
    perSecond: seconds > 0 ? received / seconds : 0,
    lossPercent: sent === 0 ? 0 : ((sent - received) / sent) * 100,
    latencyNs: { p50, p99, p999, max },
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}
