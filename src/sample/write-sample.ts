import { gzipSync } from 'node:zlib'
import { PcapWriter } from '../capture/pcap-writer.js'
import { abortedBy, type EndedBy } from '../foundation/ended-by.js'
import { StreamedFile } from '../foundation/streamed-file.js'
import { NS_PER_SECOND } from '../foundation/units.js'
import { DatagramPacker } from './datagram-packer.js'
import { Deepplus10Publisher } from './deepplus10-publisher.js'
import { Itch50Publisher } from './itch50-publisher.js'
import { Deep10Publisher, Tops16Publisher } from './level-publishers.js'
import { Market, type MarketSink } from './market.js'
import { Random } from './random.js'

/** The feeds that a sample can be of. */
export const SAMPLE_KINDS = ['itch50', 'deep10', 'deepplus10', 'tops16'] as const
export type SampleKind = (typeof SAMPLE_KINDS)[number]
export const SAMPLE_LINES = ['a', 'b'] as const
export type SampleLine = (typeof SAMPLE_LINES)[number]

export interface SampleOptions {
  readonly kind: SampleKind
  readonly file: string
  /** Of the feed, at least; the day's end is told behind them. */
  readonly messages: number
  readonly instruments: number
  readonly seed: number
  /** The probability with which a datagram is left out, from 0 to 1. */
  readonly loss: number
  readonly line: SampleLine
  /** Whether a file that is there may be replaced. */
  readonly overwrite: boolean
}

/** What `tickwire sample --json` prints. */
export interface SampleReport {
  readonly command: 'sample'
  readonly kind: SampleKind
  readonly file: string
  readonly line: SampleLine
  /** Of the feed, those in datagrams that were left out too. */
  readonly messages: number
  /** In the file. */
  readonly datagrams: number
  readonly datagramsLeftOut: number
  /** Of the file; 0 where the run was stopped, which leaves no file. */
  readonly bytes: number
  readonly endedBy: EndedBy
}

const IEX_PROTOCOLS = { tops16: 0x8003, deep10: 0x8004, deepplus10: 0x8005 } as const
/** A Monday without a change of clocks: midnight in New York is 5:00 UTC. */
const DAY_START_SECONDS = Date.UTC(2026, 2, 2, 5) / 1000
const PORT = 26_400
const SOURCE_PORT = 40_000
const CHUNK_BYTES = 1_048_576
const RECORD_ROOM_BYTES = 2_048
/** What a line takes from publisher to tap: a little, and a little more now and then. */
const LINE_DELAY_NS = { a: 8_000, b: 21_000 } as const
const JITTER_NS = 4_000

/**
 * Writes a recording of a made-up market: the same options, the same bytes. Gzip if the name ends in
 * `.gz`, a member for each MiB.
 *
 * @param signal ends it; what was begun is then removed
 * @throws {TickwireError} TW_FILE_EXISTS, TW_FILE_NOT_FOUND, TW_PERMISSION
 */
export async function writeSample(
  options: SampleOptions,
  signal?: AbortSignal,
): Promise<SampleReport> {
  const recorder = new Recorder(options)
  const file = new StreamedFile(options.file, options.overwrite)
  const packed = options.file.endsWith('.gz')
  let bytes = 0
  let endedBy: EndedBy = 'count'
  try {
    for (const chunk of recorder.chunks()) {
      const content = packed ? gzipSync(chunk) : chunk
      bytes += content.length
      file.append(content)
      await new Promise(setImmediate)
      if (signal?.aborted !== true) continue
      endedBy = abortedBy(signal)
      break
    }
    if (endedBy === 'count') file.finish()
    else bytes = 0
  } finally {
    file.discard()
  }
  const { datagrams, datagramsLeftOut, messages } = recorder
  const { kind, line } = options
  return {
    command: 'sample',
    kind,
    file: options.file,
    line,
    messages,
    datagrams,
    datagramsLeftOut,
    bytes,
    endedBy,
  }
}

/** Runs the market and lays its datagrams out as a file. */
class Recorder {
  datagrams = 0
  datagramsLeftOut = 0
  readonly #options: SampleOptions
  readonly #writer = new PcapWriter()
  readonly #packer: DatagramPacker
  readonly #market: Market
  readonly #random: Random
  readonly #source
  readonly #destination
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  #used = 0
  #full: Buffer[] = []
  #lastNs = 0

  constructor(options: SampleOptions) {
    const { kind, line, seed, instruments } = options
    this.#options = options
    this.#random = new Random(seed, line === 'a' ? 1 : 2)
    const lastByte = line === 'a' ? 1 : 2
    this.#source = { address: Uint8Array.of(192, 0, 2, lastByte), port: SOURCE_PORT }
    this.#destination = { address: Uint8Array.of(233, 252, 0, lastByte), port: PORT }
    const dayStartNs = BigInt(DAY_START_SECONDS) * BigInt(NS_PER_SECOND)
    const protocol = kind === 'itch50' ? undefined : IEX_PROTOCOLS[kind]
    this.#packer = new DatagramPacker(
      (bytes, length, timeNs) => this.#record(bytes, length, timeNs),
      protocol,
      dayStartNs,
    )
    const publisher = publisherOf(kind, this.#packer, dayStartNs)
    this.#market = new Market(instruments, seed, publisher)
    publisher.market = this.#market
  }

  get messages(): number {
    return this.#packer.messages
  }

  *chunks(): Generator<Buffer> {
    this.#used = PcapWriter.writeFileHeader(this.#view(), 0)
    this.#market.open()
    while (this.messages < this.#options.messages) {
      this.#market.step()
      yield* this.#takeFull()
    }
    this.#market.close()
    this.#packer.finish()
    yield* this.#takeFull()
    yield this.#chunk.subarray(0, this.#used)
  }

  *#takeFull(): Generator<Buffer> {
    if (this.#full.length === 0) return
    const full = this.#full
    this.#full = []
    yield* full
  }

  #record(bytes: DataView, length: number, timeNs: number): void {
    // Drawn for each datagram, so that losses move no times.
    const jitterNs = Math.floor(this.#random.exponential(JITTER_NS))
    if (this.#random.unit() < this.#options.loss) {
      this.datagramsLeftOut++
      return
    }
    const arrivedNs = Math.max(this.#lastNs, timeNs + LINE_DELAY_NS[this.#options.line] + jitterNs)
    this.#lastNs = arrivedNs
    if (this.#used + RECORD_ROOM_BYTES > CHUNK_BYTES) this.#nextChunk()
    const seconds = DAY_START_SECONDS + Math.floor(arrivedNs / NS_PER_SECOND)
    this.#used += this.#writer.write(
      this.#view(),
      this.#used,
      seconds,
      arrivedNs % NS_PER_SECOND,
      this.#source,
      this.#destination,
      bytes,
      0,
      length,
    )
    this.datagrams++
  }

  #nextChunk(): void {
    this.#full.push(this.#chunk.subarray(0, this.#used))
    this.#chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    this.#used = 0
  }

  #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.#chunk
    return new DataView(buffer, byteOffset, byteLength)
  }
}

type Publisher = MarketSink & { market: Market | undefined }

function publisherOf(kind: SampleKind, packer: DatagramPacker, dayStartNs: bigint): Publisher {
  if (kind === 'itch50') return new Itch50Publisher(packer)
  if (kind === 'deep10') return new Deep10Publisher(packer, dayStartNs)
  if (kind === 'deepplus10') return new Deepplus10Publisher(packer, dayStartNs)
  return new Tops16Publisher(packer, dayStartNs)
}
