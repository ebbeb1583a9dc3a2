/**
 * The bridge beside plain publishing: `node build/bench/bridge.js --help` tells the options. Needs
 * `npm run build`, and `nats-server`.
 *
 * Each round runs four things, one after the other, all on this machine: sender, broker with storage on disk,
 * and two subscribers.
 *
 * 1. throughput, bridge: a recording of MESSAGES through `tickwire bridge`, until the stream has all of it;
 * 2. throughput, plain: TICKS of 29 bytes, one stored message for each, with the same client, 512
 *    acknowledgements awaited at once;
 * 3. latency, bridge: MESSAGES over UDP at RATE a second, from the sender's time stamp to the handler of a
 *    subscriber; and what the receive path lost meanwhile;
 * 4. latency, plain: TICKS over UDP at TICK-RATE a second, by `node:dgram` and one stored message for each, from
 *    the sender's time stamp to the callback of a subscriber. The rate is one that it can carry.
 *
 * Given are all rounds, the medians, and the ratio of the throughputs. Compare ratios: a bare figure says little.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bridge } from '../src/bridge/index.js'
import { writeSample } from '../src/sample/write-sample.js'
import { connectNats, type NatsClient } from '../src/transport/nats/nats-client.js'
import { parseNatsUrl } from '../src/transport/nats/nats-url.js'
import { MARKET_DATA_BYTES } from '../src/wire/market-data-view.js'
import { freePort } from '../test/kit/ports.js'

const CLI = join(process.cwd(), 'dist', 'cli', 'main.js')
const SELF = fileURLToPath(import.meta.url)
const AT_ONCE = 512
const SUBSCRIBERS = 2
const NO_ACCESS = {
  ...{ credsFile: undefined, tlsCaFile: undefined },
  ...{ tlsCertFile: undefined, tlsKeyFile: undefined },
}

interface Sizes {
  readonly rounds: number
  readonly messages: number
  readonly rate: number
  readonly ticks: number
  readonly tickRate: number
  /** Null: as the bridge chooses. */
  readonly handlerThread: string | null
}

interface Latency {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** What one round gave; rates in messages a second, times in ns. */
interface Round {
  readonly bridgePerSecond: number
  readonly plainPerSecond: number
  readonly bridgeLatencyNs: readonly Latency[]
  readonly plainLatencyNs: readonly Latency[]
  /** Of the live run: what the bridge's receive path lost, what was not published, what subscribers had. */
  readonly lost: number
  readonly notPublished: number
  readonly delivered: readonly number[]
  readonly loadAverage: number
}

interface Reported {
  readonly delivered: number
  readonly latencyNs: Latency
  readonly ledger: { readonly lost: { readonly total: number } }
  readonly bridge: { readonly messages: number; readonly notPublished: number }
}

/** A process that prints one JSON object, and what it says meanwhile on standard error. */
class Child {
  said = ''
  readonly #process: ChildProcess
  readonly #closed: Promise<unknown>
  #printed = ''

  constructor(file: string, args: readonly string[]) {
    this.#process = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process.stdout?.on('data', (chunk: Buffer) => {
      this.#printed += chunk
    })
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.said += chunk
    })
    this.#closed = once(this.#process, 'close')
  }

  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.said)
      if (found !== null) return found[1] ?? ''
      if (this.#process.exitCode !== null) throw new Error(this.said)
      await sleep(10)
    }
  }

  async result<Report>(signal?: NodeJS.Signals): Promise<Report> {
    if (signal !== undefined) this.#process.kill(signal)
    await this.#closed
    if (this.#printed === '') throw new Error(this.said)
    return JSON.parse(this.#printed) as Report
  }
}

async function main(): Promise<void> {
  const sizes = sizesOf()
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-bench-'))
  const port = await freePort()
  const broker = spawn(
    'nats-server',
    ['-js', '-a', '127.0.0.1', '-p', `${port}`, '-sd', join(folder, 'store')],
    { stdio: 'ignore' },
  )
  try {
    await sleep(1000)
    const recording = join(folder, 'day.pcap')
    await writeSample({
      ...{ kind: 'itch50', file: recording, messages: sizes.messages, instruments: 100, seed: 1 },
      ...{ loss: 0, line: 'a', overwrite: false },
    })
    const rounds: Round[] = []
    for (let i = 0; i < sizes.rounds; i++) {
      rounds.push(await runRound(`nats://127.0.0.1:${port}/r${i}`, recording, sizes))
      process.stderr.write(`${JSON.stringify(rounds.at(-1))}\n`)
    }
    const of = (value: (round: Round) => number) => median(rounds.map(value))
    const report = {
      bench: 'bridge',
      sizes,
      rounds,
      medians: {
        bridgePerSecond: of((round) => round.bridgePerSecond),
        plainPerSecond: of((round) => round.plainPerSecond),
        ratio: of((round) => round.bridgePerSecond / round.plainPerSecond),
        bridgeP50Ns: of((round) => round.bridgeLatencyNs[0]?.p50 ?? Number.NaN),
        plainP50Ns: of((round) => round.plainLatencyNs[0]?.p50 ?? Number.NaN),
        lost: of((round) => round.lost),
      },
    }
    process.stdout.write(`${JSON.stringify(report, null, 1)}\n`)
  } finally {
    broker.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runRound(url: string, recording: string, sizes: Sizes): Promise<Round> {
  const bridgePerSecond = await publishRecording(`${url}-file`, recording)
  const plainPerSecond = await publishTicks(`${url}-ticks`, sizes.ticks)
  const live = await runLive(`${url}-live`, sizes)
  const plain = await runPlain(`${url}-plain`, sizes)
  return {
    bridgePerSecond: Math.round(bridgePerSecond),
    plainPerSecond: Math.round(plainPerSecond),
    ...live,
    plainLatencyNs: plain,
    loadAverage: loadavg()[0] ?? Number.NaN,
  }
}

/** @returns messages a second, from the start of the run until all are stored */
async function publishRecording(url: string, recording: string): Promise<number> {
  const running = await bridge({
    to: url,
    endpoint: `file:${recording}`,
    framing: 'moldudp64',
    ...{ counters: 'off', create: true, drainMs: 60_000 },
  })
  const started = performance.now()
  const { bridge: counts } = await running.finished
  return counts.messages / ((performance.now() - started) / 1000)
}

async function runLive(url: string, { messages, rate, handlerThread }: Sizes) {
  const bridging = new Child(CLI, [
    ...['bridge', url, 'udp://127.0.0.1:0', '--create', '--no-pin', '--counters', 'off', '--json'],
    ...['--receive-buffer-bytes', `${2 ** 25}`, '--drain-ms', '60000'],
    ...(handlerThread === null ? [] : ['--handler-thread', handlerThread]),
  ])
  const endpoint = await bridging.says(/receiving raw on (\S+)/)
  const subscribers = Array.from(
    { length: SUBSCRIBERS },
    () =>
      new Child(CLI, [
        ...['receive', url, '--from', 'start', '--count', `${messages}`, '--counters', 'off'],
        ...['--idle-exit-ms', '20000', '--json'],
      ]),
  )
  for (const subscriber of subscribers) await subscriber.says(/receiving raw on (\S+)/)
  await new Child(CLI, [
    ...['send', endpoint, '--count', `${messages}`, '--rate', `${rate}`, '--no-pin', '--json'],
  ]).result()
  const reports = await Promise.all(subscribers.map((one) => one.result<Reported>()))
  const { ledger, bridge: counts } = await bridging.result<Reported>('SIGTERM')
  return {
    bridgeLatencyNs: reports.map(({ latencyNs }) => picked(latencyNs)),
    lost: ledger.lost.total,
    notPublished: counts.notPublished,
    delivered: reports.map(({ delivered }) => delivered),
  }
}

async function runPlain(url: string, { ticks, tickRate }: Sizes): Promise<Latency[]> {
  const relay = new Child(SELF, ['plain-relay', url, `${ticks}`])
  const endpoint = await relay.says(/relaying (\S+)/)
  const subscribers = Array.from(
    { length: SUBSCRIBERS },
    () => new Child(SELF, ['plain-subscriber', url, `${ticks}`]),
  )
  for (const subscriber of subscribers) await subscriber.says(/(subscribed)/)
  await new Child(CLI, [
    ...['send', endpoint, '--count', `${ticks}`, '--rate', `${tickRate}`, '--no-pin', '--json'],
  ]).result()
  const latencies = await Promise.all(subscribers.map((one) => one.result<Latency>()))
  await relay.result()
  return latencies
}

async function connectTo(url: string, make: boolean): Promise<NatsClient & { subject: string }> {
  const { stream } = parseNatsUrl(url)
  const client = await connectNats(parseNatsUrl(url), NO_ACCESS, stream)
  if (make) await client.manager.streams.add({ name: stream, subjects: [stream] })
  return { ...client, subject: stream }
}

/** @returns ticks a second, all of them stored */
async function publishTicks(url: string, ticks: number): Promise<number> {
  const { client, connection, subject } = await connectTo(url, true)
  const tick = new Uint8Array(MARKET_DATA_BYTES)
  const started = performance.now()
  let left = ticks
  const publish = async () => {
    while (left-- > 0) await client.publish(subject, tick)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, publish))
  const rate = ticks / ((performance.now() - started) / 1000)
  await connection.close()
  return rate
}

/** Publishes each datagram as it comes, and ends when so many are stored. */
async function plainRelay(url: string, ticks: number): Promise<void> {
  const { client, connection, subject } = await connectTo(url, true)
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  let stored = 0
  await new Promise<void>((resolve) => {
    socket.on('message', (bytes) => {
      void client.publish(subject, bytes).then(() => {
        stored += 1
        if (stored === ticks) resolve()
      })
    })
    process.stderr.write(`relaying udp://127.0.0.1:${socket.address().port}\n`)
  })
  socket.close()
  await connection.close()
  process.stdout.write(JSON.stringify({ stored }))
}

async function plainSubscriber(url: string, ticks: number): Promise<void> {
  const { client, connection, subject } = await connectTo(url, false)
  const consumer = await client.consumers.get(subject)
  const messages = await consumer.consume()
  process.stderr.write('subscribed\n')
  const latencies: number[] = []
  for await (const { data } of messages) {
    const sent = Number(new DataView(data.buffer, data.byteOffset).getBigUint64(0, true) / 1000n)
    latencies.push((performance.timeOrigin + performance.now()) * 1e6 - sent * 1000)
    if (latencies.length === ticks) break
  }
  await connection.close()
  latencies.sort((a, b) => a - b)
  const at = (share: number) => Math.round(latencies[Math.floor(share * (ticks - 1))] ?? Number.NaN)
  process.stdout.write(JSON.stringify({ p50: at(0.5), p99: at(0.99), max: at(1) }))
}

function picked({ p50, p99, max }: Latency): Latency {
  return { p50, p99, max }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const USAGE = `Usage: node build/bench/bridge.js [options]

Measure the bridge beside one stored message for each tick, with broker and two subscribers on this machine.

  --rounds <n>            take so many rounds (default: 3)
  --messages <n>          send so many messages through the bridge (default: 200000)
  --rate <n>              so many a second over UDP (default: 50000)
  --ticks <n>             publish so many ticks one by one (default: 5000)
  --tick-rate <n>         so many a second over UDP (default: 500)
  --handler-thread <word> where the live bridge handles: own, inline (default: as the bridge chooses)
  --help                  show this text
`

/** Ends the process where there is nothing to measure. */
function sizesOf(): Sizes {
  const values = valuesOf()
  return {
    rounds: Number(values.rounds),
    messages: Number(values.messages),
    rate: Number(values.rate),
    ticks: Number(values.ticks),
    tickRate: Number(values['tick-rate']),
    handlerThread: values['handler-thread'] ?? null,
  }
}

function valuesOf() {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '3' },
        messages: { type: 'string', default: '200000' },
        rate: { type: 'string', default: '50000' },
        ticks: { type: 'string', default: '5000' },
        'tick-rate': { type: 'string', default: '500' },
        'handler-thread': { type: 'string' },
      },
    })
    if (!values.help) return values
    process.stdout.write(USAGE)
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`)
    process.exit(2)
  }
}

const [role, url = '', count = ''] = process.argv.slice(2)
if (role === 'plain-relay') await plainRelay(url, Number(count))
else if (role === 'plain-subscriber') await plainSubscriber(url, Number(count))
else await main()
