import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { PCAP_FILE_HEADER_BYTES, PcapWriter } from '../capture/pcap-writer.js'
import { messageOf, TickwireError } from '../foundation/errors.js'
import { subjectToken } from '../transport/nats/nats-url.js'
import type { BatchFacts } from '../wire/bridged/batch-headers.js'
import type { Batch } from './batch-maker.js'

const NS_DIGITS = 9
/** Where the packets of a spilled feed seem to go: nobody sent them. */
const NOWHERE = { address: new Uint8Array([127, 0, 0, 1]), port: 9 }

interface Spilled {
  readonly facts: BatchFacts
  readonly file: string
  /** Of the body, in the file. */
  readonly offset: number
  readonly length: number
}

/**
 * Batches that wait on disk while the stream is away: a recording of the feed (`NAME.pcap`, which every
 * command reads), and beside it what the batches' headers say (`NAME.jsonl`, a line each). First in, first
 * out. What a bridge that died has left is taken up by the next one. One thread; writes block it, and not
 * the thread that receives.
 */
export class Spill {
  readonly #folder: string
  readonly #prefix: string
  readonly #queue: Spilled[] = []
  #head = 0
  #waitingBytes = 0
  #recording: number | undefined
  #lines: number | undefined
  #name = ''
  #end = 0
  #buffer = new DataView(new ArrayBuffer(2 ** 17))
  readonly #writer = new PcapWriter()
  readonly #files = new Set<string>()

  /** @throws {TickwireError} TW_SYSTEM if there can be no files */
  constructor(folder: string, feed: string) {
    this.#folder = folder
    this.#prefix = `${subjectToken(feed)}-`
    try {
      mkdirSync(folder, { recursive: true })
      for (const name of readdirSync(folder).sort()) this.#takeUp(name)
      // What was in doubt at an end stands behind what came later.
      this.#queue.sort((a, b) => a.facts.run - b.facts.run || a.facts.first - b.facts.first)
    } catch (error) {
      throw new TickwireError(
        'TW_SYSTEM',
        `The folder ${folder} cannot be used: ${messageOf(error)}`,
        'Name a folder that this user may write to.',
        { cause: error },
      )
    }
  }

  get isEmpty(): boolean {
    return this.#head === this.#queue.length
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** What the batch that was put in last says; undefined: there is none. */
  get last(): BatchFacts | undefined {
    return this.#queue.at(-1)?.facts
  }

  /** False if the disk does not take it. */
  put({ facts, body }: Batch): boolean {
    try {
      this.#open()
      if (this.#recording === undefined || this.#lines === undefined) return false
      const { seconds, nanoseconds } = timeOf(facts.firstReceivedNs)
      let written = 0
      if (body.length > 0) {
        const view = new DataView(body.buffer, body.byteOffset, body.length)
        written = this.#writer.write(
          this.#buffer,
          0,
          seconds,
          nanoseconds,
          NOWHERE,
          NOWHERE,
          view,
          0,
          body.length,
        )
        writeAll(this.#recording, new Uint8Array(this.#buffer.buffer, 0, written), this.#end)
      }
      const offset = this.#end + written - body.length
      const spilled = { facts, file: this.#name, offset, length: body.length }
      const former = Number.isNaN(facts.former) ? 'unknown' : facts.former
      const told = { facts: { ...facts, former }, offset, length: body.length }
      const line = `${JSON.stringify(told)}\n`
      writeAll(this.#lines, new TextEncoder().encode(line), null)
      this.#end += written
      this.#queue.push(spilled)
      this.#waitingBytes += body.length
      return true
    } catch {
      return false
    }
  }

  /** Takes the oldest one out; undefined: there is none, or it cannot be read. */
  take(): Batch | undefined {
    const spilled = this.#queue[this.#head]
    if (spilled === undefined) return undefined
    const body = new Uint8Array(spilled.length)
    if (spilled.length > 0) {
      const file = openSync(join(this.#folder, spilled.file), 'r')
      try {
        readSync(file, body, 0, spilled.length, spilled.offset)
      } finally {
        closeSync(file)
      }
    }
    this.#head += 1
    this.#waitingBytes -= spilled.length
    return { facts: spilled.facts, body }
  }

  /** All that was taken out is with the stream: nothing has to be kept. */
  clear(): void {
    if (!this.isEmpty) return
    this.#queue.length = 0
    this.#head = 0
    for (const file of this.#files) {
      if (file === this.#name && this.#recording !== undefined) continue
      rmSync(join(this.#folder, file), { force: true })
      rmSync(join(this.#folder, linesOf(file)), { force: true })
      this.#files.delete(file)
    }
    if (this.#recording === undefined || this.#lines === undefined) return
    ftruncateSync(this.#recording, PCAP_FILE_HEADER_BYTES)
    ftruncateSync(this.#lines, 0)
    this.#end = PCAP_FILE_HEADER_BYTES
  }

  /** What still waits stays on disk for the next bridge of the feed. */
  close(): void {
    if (this.#recording !== undefined) closeSync(this.#recording)
    if (this.#lines !== undefined) closeSync(this.#lines)
    this.#recording = undefined
    this.#lines = undefined
    if (this.isEmpty) this.clear()
  }

  #open(): void {
    if (this.#recording !== undefined) return
    this.#name = `${this.#prefix}${Date.now()}-${process.pid}.pcap`
    this.#recording = openSync(join(this.#folder, this.#name), 'w', 0o600)
    this.#lines = openSync(join(this.#folder, linesOf(this.#name)), 'a', 0o600)
    this.#files.add(this.#name)
    const bytes = PcapWriter.writeFileHeader(this.#buffer, 0)
    writeAll(this.#recording, new Uint8Array(this.#buffer.buffer, 0, bytes), 0)
    this.#end = bytes
  }

  /** What a bridge left that is not there any more. */
  #takeUp(name: string): void {
    const own = name.startsWith(this.#prefix) && name.endsWith('.pcap')
    const [, id] = /-(\d+)\.pcap$/.exec(name) ?? []
    if (!own || id === undefined || isAlive(Number(id))) return
    const lines = join(this.#folder, linesOf(name))
    if (!existsSync(lines)) return
    this.#files.add(name)
    for (const line of readFileSync(lines, 'utf8').split('\n')) {
      const spilled = parseLine(line)
      if (spilled === undefined) continue
      this.#queue.push({ ...spilled, file: name })
      this.#waitingBytes += spilled.length
    }
  }
}

function linesOf(recording: string): string {
  return recording.replace(/\.pcap$/, '.jsonl')
}

/** The last line may be torn. */
function parseLine(line: string): Omit<Spilled, 'file'> | undefined {
  if (line === '') return undefined
  try {
    return JSON.parse(line, (key, value: unknown) =>
      key === 'former' && value === 'unknown' ? Number.NaN : value,
    ) as Omit<Spilled, 'file'>
  } catch {
    return undefined
  }
}

function isAlive(processId: number): boolean {
  if (processId === process.pid) return false
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function timeOf(ns: string): { readonly seconds: number; readonly nanoseconds: number } {
  const text = ns === '' ? `${BigInt(Date.now()) * 1_000_000n}` : ns
  return {
    seconds: Number(text.slice(0, -NS_DIGITS)),
    nanoseconds: Number(text.slice(-NS_DIGITS)),
  }
}

function writeAll(file: number, bytes: Uint8Array, position: number | null): void {
  let done = 0
  while (done < bytes.length) {
    done += writeSync(
      file,
      bytes,
      done,
      bytes.length - done,
      position === null ? null : position + done,
    )
  }
}
