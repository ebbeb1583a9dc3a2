/**
 * What it costs to be looked at, and to record: `node build/bench/observing.js --help` tells the
 * arguments.
 *
 * Each part runs a receiver with and without what it is about, in turn, several times over, in a process of
 * its own, and gives the medians and the median of the ratios round by round. Compare ratios: a bare figure says
 * little. `tickwire` is the one in `dist/` (`npm run build`).
 *
 * - `counters`: a flood with the file of counters, and with `--counters off`.
 * - `viewers`: 100,000 messages a second, with the counters off; and with them, metrics that are read every
 *   100 ms, `top` on a terminal, and twenty viewers of the dashboard. On few cores all of them take time from the
 *   sender and the receiver: the processor time that they used is told.
 * - `record`: a flood to a counting handler, with `--record` and without. What was not recorded is told.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { setMaxListeners } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startChild } from '../src/cli/bench/child.js'
import { median, medianRatio } from '../src/cli/bench/statistics.js'
import { type ReceiveReport, send } from '../src/index.js'

const MAIN = resolve('dist/cli/main.js')
const IDLE_MS = 500
const VIEWERS = 20
const SCRAPE_MS = 100
const PACED_RATE = 100_000

/** One run of a receiver. */
export interface ObservedRun {
  readonly perSecond: number
  readonly delivered: number
  readonly lost: number
  readonly p50Ns: number | null
  readonly p99Ns: number | null
  readonly recorded: number | null
  readonly notRecorded: number | null
  /** What went into figures of the metrics' readers; 0 without any. */
  readonly scrapes: number
  readonly events: number
}

/** A receiver with something, and the same without it. */
export interface ObservedPart {
  readonly name: string
  readonly rate: number
  readonly plain: readonly string[]
  readonly watched: (folder: string) => readonly string[]
  readonly watchers: boolean
  readonly figure: 'perSecond' | 'p50Ns'
}

const INLINE = ['--handler-thread', 'inline']

export const PARTS: Readonly<Record<string, readonly ObservedPart[]>> = {
  counters: [
    {
      name: 'flood with a file of counters, handler in a thread of its own',
      ...{ rate: 0, plain: ['--counters', 'off'], watchers: false, figure: 'perSecond' },
      watched: (folder) => ['--counters', join(folder, 'run.counters')],
    },
    {
      name: 'flood with a file of counters, inline',
      ...{ rate: 0, watchers: false, figure: 'perSecond' },
      plain: [...INLINE, '--counters', 'off'],
      watched: (folder) => [...INLINE, '--counters', join(folder, 'run.counters')],
    },
  ],
  viewers: [
    {
      name: '100,000/s with metrics, top and twenty viewers, inline',
      ...{ rate: PACED_RATE, watchers: true, figure: 'p50Ns' },
      plain: [...INLINE, '--counters', 'off'],
      watched: (folder) => [...INLINE, '--counters', join(folder, 'run.counters')],
    },
  ],
  record: [
    {
      name: 'flood with --record, handler in a thread of its own',
      ...{ rate: 0, plain: [], watchers: false, figure: 'perSecond' },
      watched: (folder) => ['--record', join(folder, 'feed.pcap')],
    },
    {
      name: 'flood with --record, inline',
      ...{ rate: 0, plain: INLINE, watchers: false, figure: 'perSecond' },
      watched: (folder) => [...INLINE, '--record', join(folder, 'feed.pcap')],
    },
  ],
}

/** Those who look at a receiver. */
class Watchers {
  scrapes = 0
  events = 0
  readonly #stop = new AbortController()
  readonly #top: ChildProcess
  readonly #scraping: Promise<void>

  constructor(pid: number, url: string) {
    // Each viewer and each reading listens for the end.
    setMaxListeners(2 * VIEWERS, this.#stop.signal)
    const command = `exec ${process.execPath} ${MAIN} top ${pid}`
    const env = { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh' }
    this.#top = spawn('script', ['-qefc', command, '/dev/null'], {
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    for (let i = 0; i < VIEWERS; i++) this.#view(`${url}/events`)
    this.#scraping = this.#scrape(`${url}/metrics`)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#top.stdin?.write('q')
    await this.#scraping
    this.#top.kill('SIGTERM')
  }

  #view(url: string): void {
    const request = get(url, { signal: this.#stop.signal }, (response) => {
      response.on('data', () => {
        this.events += 1
      })
      response.on('error', () => {})
    })
    request.on('error', () => {})
  }

  async #scrape(url: string): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await (await fetch(url, { signal })).text()
        this.scrapes += 1
        await sleep(SCRAPE_MS, undefined, { signal })
      } catch {
        // It is over, for one side or the other.
        if (!signal.aborted) await sleep(SCRAPE_MS)
      }
    }
  }
}

/** One receiver, one stream. */
export async function observe(
  part: ObservedPart,
  watched: boolean,
  messages: number,
): Promise<ObservedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-observing-'))
  try {
    const flags = watched ? part.watched(folder) : part.plain
    const metrics = watched && part.watchers ? `http://127.0.0.1:${await freePort()}` : undefined
    const child = startChild(process.execPath, [
      ...[MAIN, 'receive', 'udp://127.0.0.1:0', '--json', '--idle-exit-ms', `${IDLE_MS}`],
      ...[...flags, ...(metrics === undefined ? [] : ['--metrics', metrics])],
    ])
    const [, port] = await child.line(/^receiving .*udp:\/\/127\.0\.0\.1:(\d+)/)
    const watchers = metrics === undefined ? undefined : new Watchers(child.pid, metrics)
    if (watchers !== undefined) await sleep(1000)
    const transmission = await send({
      endpoint: `udp://127.0.0.1:${port}`,
      ...{ count: messages, rate: part.rate, counters: 'off' },
    })
    await transmission.finished
    await watchers?.stop()
    const report = JSON.parse(await child.output()) as ReceiveReport
    const { recording } = report
    return {
      perSecond: report.messagesPerSecond ?? 0,
      delivered: report.delivered,
      lost: messages - report.delivered,
      p50Ns: report.latencyNs?.p50 ?? null,
      p99Ns: report.latencyNs?.p99 ?? null,
      recorded: recording?.recorded ?? null,
      notRecorded:
        recording === null ? null : recording.notRecorded.slow + recording.notRecorded.diskFull,
      scrapes: watchers?.scrapes ?? 0,
      events: watchers?.events ?? 0,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function measure(part: ObservedPart, rounds: number, messages: number): Promise<void> {
  process.stdout.write(`\n${part.name}\n`)
  const plain: ObservedRun[] = []
  const watched: ObservedRun[] = []
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [false, true] : [true, false]
    for (const on of order) {
      const run = await observe(part, on, messages)
      process.stdout.write(`  ${on ? 'with   ' : 'without'} ${JSON.stringify(run)}\n`)
      ;(on ? watched : plain).push(run)
    }
  }
  const figures = (runs: readonly ObservedRun[]) => runs.map((run) => run[part.figure])
  const middle = (runs: readonly ObservedRun[]) =>
    median(figures(runs).filter((value) => value !== null))
  const ratio = medianRatio(figures(watched), figures(plain))
  process.stdout.write(
    `  ${part.figure}: with ${middle(watched)}, without ${middle(plain)}, ratio ${ratio?.toFixed(3)}; ` +
      `lost with ${watched.map(({ lost }) => lost).join(' ')}, without ${plain.map(({ lost }) => lost).join(' ')}\n`,
  )
}

const USAGE = `Usage: node build/bench/observing.js [part [rounds [messages]]]

Measure what it costs to be looked at, and to record.

  part      ${Object.keys(PARTS).join(', ')} or all (default: all)
  rounds    with and without, in turn (default: 5)
  messages  of each run (default: 1000000)
`

if (process.argv.includes('--help')) process.stdout.write(USAGE)
else if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , which = 'all', rounds = '5', messages = '1000000'] = process.argv
  process.stdout.write(`${cpus().length} CPUs, ${cpus()[0]?.model}, Node ${process.version}\n`)
  const names = which === 'all' ? Object.keys(PARTS) : [which]
  for (const part of names.flatMap((name) => PARTS[name] ?? [])) {
    await measure(part, Number(rounds), Number(messages))
  }
}
