/**
 * Books beside a C++ program of the same design (bench/peers/books.cpp): `node build/bench/books.js
 * --help` tells the arguments.
 *
 * A made-up day of ITCH 5.0 and one of DEEP is written to a temporary file. Then the C++ program and ours
 * apply it in turn, each in a process of its own, several times over from empty books, on CPU 0 if `taskset`
 * is there. Given are all rounds, the medians, and their ratio: compare ratios, a bare figure says little. Time
 * is the processor's that the process used, so that other programs on the same cores disturb less.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Books } from '../src/book/index.js'
import { Encoder } from '../test/book/encode.js'
import { Market } from '../test/book/market.js'

/** Protocols that both programs know. */
export const BENCH_PROTOCOLS = ['itch50', 'deep10'] as const
export type BenchProtocol = (typeof BENCH_PROTOCOLS)[number]

/** One pass over the file. */
export interface BooksRound {
  readonly nsPerMessage: number
  readonly messages: number
  /** At the end of the pass. */
  readonly levels: number
  readonly orders: number
  readonly garbageCollections?: number
}

export interface MarketSize {
  readonly messages: number
  readonly instruments: number
  readonly depth: number
}

const SOURCE = join(process.cwd(), 'bench', 'peers', 'books.cpp')
/** Rounds of a process; ours compiles itself in the first two, which are left out for both. */
const ROUNDS = 5
const WARM_UP = 2
const PASSES = 3
const CHUNK_BYTES = 1 << 20

/** Writes a made-up day as { u16 length, big-endian; message }. */
export function writeMarket(file: string, protocol: BenchProtocol, size: MarketSize): void {
  const { messages, instruments, depth } = size
  const market = new Market({ protocol, seed: 1, instruments, depth })
  const encoder = new Encoder(protocol)
  const chunk = new DataView(new ArrayBuffer(CHUNK_BYTES))
  const descriptor = openSync(file, 'w')
  let used = 0
  const flush = () => {
    writeSync(descriptor, new Uint8Array(chunk.buffer, 0, used))
    used = 0
  }
  for (let sequence = 1; sequence <= messages; sequence++) {
    const length = encoder.encode(market.next(), sequence)
    if (used + 2 + length > CHUNK_BYTES) flush()
    chunk.setUint16(used, length)
    for (let i = 0; i < length; i++) chunk.setUint8(used + 2 + i, encoder.bytes.getUint8(i))
    used += 2 + length
  }
  flush()
  closeSync(descriptor)
}

/** Applies the file to our books, in this process. */
export async function runOurs(
  protocol: BenchProtocol,
  file: string,
  rounds: number,
): Promise<BooksRound[]> {
  const content = readFileSync(file)
  const bytes = new DataView(content.buffer, content.byteOffset, content.length)
  const books = new Books(protocol, { instruments: 16_384, orders: 2 ** 21, levels: 2 ** 19 })
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length
  })
  observer.observe({ entryTypes: ['gc'] })
  const results: BooksRound[] = []
  for (let round = 0; round < rounds; round++) {
    books.restart()
    for (let turn = 0; turn < 3; turn++) await setImmediate()
    collections = 0
    const before = process.cpuUsage()
    const messages = applyAll(books, bytes)
    const { user, system } = process.cpuUsage(before)
    const ns = (user + system) * 1000
    for (let turn = 0; turn < 3; turn++) await setImmediate()
    results.push({
      ...{ nsPerMessage: ns / messages, messages, garbageCollections: collections },
      ...{ levels: books.levelCount, orders: books.orderCount },
    })
  }
  observer.disconnect()
  return results
}

function applyAll(books: Books, bytes: DataView): number {
  let messages = 0
  const end = bytes.byteLength
  for (let at = 0; at < end; ) {
    const length = bytes.getUint16(at)
    messages++
    books.sequence = messages
    books.apply(bytes, at + 2, length)
    at += 2 + length
  }
  return messages
}

/** Compiles the C++ program. @returns a sentence if there is no compiler */
export function compilePeer(target: string): string | undefined {
  const { error, status, stderr } = spawnSync(
    'c++',
    ['-O3', '-march=native', '-std=c++17', '-o', target, SOURCE],
    { encoding: 'utf8' },
  )
  if (error !== undefined) return 'there is no C++ compiler'
  if (status !== 0) throw new Error(stderr)
  return undefined
}

/** Lines of JSON that a program prints. */
export function roundsOf(program: string, args: readonly string[]): BooksRound[] {
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BooksRound)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

const USAGE = `Usage: node build/bench/books.js [messages [instruments [depth]]]

Measure the books of a made-up day of ITCH 5.0 and of DEEP beside a C++ program of the same design.

  messages     (default: 2000000)
  instruments  (default: 4000)
  depth        levels on each side of a book (default: 50)
`

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE)
    return
  }
  const self = fileURLToPath(import.meta.url)
  if (args[0] === 'ours') {
    const [, protocol, file, rounds] = args
    const results = await runOurs(protocol as BenchProtocol, file ?? '', Number(rounds))
    for (const result of results) console.log(JSON.stringify(result))
    return
  }
  const [messages = 2_000_000, instruments = 4000, depth = 50] = args.map(Number)
  const folder = mkdtempSync(join(tmpdir(), 'books-bench-'))
  try {
    const peer = join(folder, 'books')
    const missing = compilePeer(peer)
    if (missing !== undefined) throw new Error(missing)
    console.log(`${cpus()[0]?.model}, ${cpus().length} CPUs, Node ${process.version}`)
    const pinned = spawnSync('taskset', ['-V']).status === 0 ? ['taskset', '-c', '0'] : []
    for (const protocol of BENCH_PROTOCOLS) {
      const file = join(folder, protocol)
      writeMarket(file, protocol, { messages, instruments, depth })
      const figures: Record<'c++' | 'ours', number[]> = { 'c++': [], ours: [] }
      let last: BooksRound | undefined
      let collections = 0
      for (let pass = 0; pass < PASSES; pass++) {
        for (const who of ['c++', 'ours'] as const) {
          const own = who === 'c++' ? [peer] : [process.execPath, self, 'ours']
          const [program = '', ...rest] = [...pinned, ...own, protocol, file, String(ROUNDS)]
          const rounds = roundsOf(program, rest).slice(WARM_UP)
          figures[who].push(...rounds.map(({ nsPerMessage }) => nsPerMessage))
          last = rounds.at(-1)
          if (who === 'ours') {
            collections += rounds.reduce((sum, round) => sum + (round.garbageCollections ?? 0), 0)
          }
        }
      }
      console.log(`${protocol}: ${messages} messages, ${instruments} instruments,`)
      console.log(`  at the end ${last?.orders} orders, ${last?.levels} levels`)
      for (const [who, values] of Object.entries(figures)) {
        const all = values.map((value) => value.toFixed(0)).join(' ')
        console.log(`  ${who.padEnd(5)} ns a message: median ${median(values).toFixed(1)} (${all})`)
      }
      const ratio = median(figures.ours) / median(figures['c++'])
      console.log(`  ours / c++ ${ratio.toFixed(2)}, garbage collections ${collections}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
