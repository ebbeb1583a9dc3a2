import * as zlib from 'node:zlib'
import { messageOf, TickwireError } from '../../foundation/errors.js'
import { ZstdDecoder } from '../../native/zstd.js'
import { type ByteInput, badInput } from './byte-input.js'

/** How a recording is packed; told by its first bytes. */
export type Packing = 'none' | 'gzip' | 'zstd'

/** Packed bytes that are handed to the unpacker at once: what a fault in the middle can cost. */
const PIECE_BYTES = 65_536
/** Unpacked bytes that come at once at most. */
const UNPACKED_BYTES = 2 ** 20
const GZIP_TRAILER_BYTES = 8
/** The first bytes of a Zstandard frame (RFC 8878, section 3.1.1), and of one that is skipped. */
const ZSTD_MAGIC = 0xfd2fb528
const ZSTD_SKIPPABLE_MAGIC = 0x184d2a50

/** The streams of node:zlib that unpack; not all versions have the one for zstd. */
interface ZlibWithZstd {
  createZstdDecompress?(options: { chunkSize: number }): zlib.InflateRaw
}

/** Bytes that are unpacked on their way, and what was noticed about their packing. */
export interface UnpackedInput extends ByteInput {
  readonly packing: Packing
  /** Whether the packed data stopped before their end: they were cut off. */
  readonly endedEarly: boolean
  /** Packed bytes behind the last whole member that are none of it. */
  readonly trailingBytes: number
}

/**
 * Unpacks what begins like gzip (RFC 1952) or Zstandard (RFC 8878), several members or frames one
 * behind the other, and leaves all else as it is.
 *
 * What follows the last member and is none is skipped; data that stop early end early. Data that
 * contradict themselves are an error, after what came before.
 *
 * @throws {TickwireError} TW_NOT_SUPPORTED for zstd where neither Node.js nor the system has it; what
 * `input.read` throws
 */
export async function unpack(name: string, input: ByteInput): Promise<UnpackedInput> {
  const packed = new PackedBytes(input)
  while (packed.length < 4 && (await packed.more()));
  const head = packed.unread()
  if (head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b) {
    return new Unpacker(name, 'gzip', packed, input)
  }
  if (isZstd(head)) return new Unpacker(name, 'zstd', packed, input)
  return new PlainInput(packed, input)
}

function isZstd(head: Uint8Array): boolean {
  if (head.length < 4) return false
  const magic = new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true)
  return magic === ZSTD_MAGIC || (magic & 0xfffffff0) >>> 0 === ZSTD_SKIPPABLE_MAGIC
}

/** The packed bytes that were read and not used yet. */
class PackedBytes {
  ended = false
  readonly #input: ByteInput
  readonly #bytes = new Uint8Array(2 * PIECE_BYTES)
  #start = 0
  #end = 0

  constructor(input: ByteInput) {
    this.#input = input
  }

  get length(): number {
    return this.#end - this.#start
  }

  unread(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  skip(count: number): void {
    this.#start += count
  }

  /** Reads more behind what is there, which may move; false at the end. */
  async more(): Promise<boolean> {
    if (this.ended) return false
    if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end)
      this.#end -= this.#start
      this.#start = 0
    }
    const room = this.#bytes.subarray(this.#end, this.#end + PIECE_BYTES)
    const count = room.length === 0 ? 0 : await this.#input.read(room)
    this.#end += count
    this.ended = count === 0
    return count > 0
  }
}

/** What is not packed. The bytes that were looked at come first. */
class PlainInput implements UnpackedInput {
  readonly packing = 'none'
  readonly endedEarly = false
  readonly trailingBytes = 0
  readonly #head: PackedBytes
  readonly #input: ByteInput

  constructor(head: PackedBytes, input: ByteInput) {
    this.#head = head
    this.#input = input
  }

  get totalBytes(): number {
    return this.#input.totalBytes
  }

  get consumedBytes(): number {
    return this.#input.consumedBytes
  }

  async read(into: Uint8Array): Promise<number> {
    if (this.#head.length === 0) return this.#input.read(into)
    const count = Math.min(into.length, this.#head.length)
    into.set(this.#head.unread().subarray(0, count))
    this.#head.skip(count)
    return count
  }

  close(): Promise<void> {
    return this.#input.close()
  }
}

type Chunks = AsyncGenerator<Uint8Array, void, undefined>

class Unpacker implements UnpackedInput {
  readonly packing: Packing
  endedEarly = false
  trailingBytes = 0
  readonly #name: string
  readonly #packed: PackedBytes
  readonly #input: ByteInput
  readonly #chunks: Chunks
  #rest: Uint8Array | null = null
  #stream: zlib.InflateRaw | null = null
  #unpackedBytes = 0
  #checksum = 0
  #memberBytes = 0
  #closed = false

  constructor(name: string, packing: 'gzip' | 'zstd', packed: PackedBytes, input: ByteInput) {
    this.#name = name
    this.packing = packing
    this.#packed = packed
    this.#input = input
    this.#chunks = packing === 'gzip' ? this.#gzip() : this.#zstd()
  }

  get totalBytes(): number {
    return this.#input.totalBytes
  }

  get consumedBytes(): number {
    return this.#input.consumedBytes
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#rest === null) {
      if (this.#closed) return 0
      const { value, done } = await this.#chunks.next()
      if (done === true) return 0
      if (value.length > 0) this.#rest = value
    }
    const rest = this.#rest
    const count = Math.min(rest.length, into.length)
    into.set(count === rest.length ? rest : rest.subarray(0, count))
    this.#rest = count === rest.length ? null : rest.subarray(count)
    return count
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#stream?.destroy()
    await this.#input.close()
  }

  async *#gzip(): Chunks {
    for (let first = true; ; first = false) {
      const header = await this.#gzipHeader()
      if (header === 0) {
        if (first) this.endedEarly = true
        await this.#passOverRest()
        return
      }
      this.#packed.skip(header)
      this.#checksum = 0
      this.#memberBytes = 0
      yield* this.#member(zlib.createInflateRaw({ chunkSize: UNPACKED_BYTES }), true)
      if (this.endedEarly || this.#closed) return
      while (this.#packed.length < GZIP_TRAILER_BYTES && (await this.#packed.more()));
      if (this.#packed.length < GZIP_TRAILER_BYTES) {
        this.endedEarly = true
        return
      }
      this.#checkTrailer()
      this.#packed.skip(GZIP_TRAILER_BYTES)
    }
  }

  async *#zstd(): Chunks {
    const { createZstdDecompress } = zlib as ZlibWithZstd
    if (createZstdDecompress === undefined) {
      yield* this.#zstdByLibrary()
      return
    }
    for (let first = true; ; first = false) {
      while (this.#packed.length < 4 && (await this.#packed.more()));
      if (!isZstd(this.#packed.unread())) {
        if (first) this.endedEarly = true
        await this.#passOverRest()
        return
      }
      yield* this.#member(createZstdDecompress({ chunkSize: UNPACKED_BYTES }), false)
      if (this.endedEarly || this.#closed) return
    }
  }

  async *#zstdByLibrary(): Chunks {
    const decoder = ZstdDecoder.create()
    if (decoder === undefined) {
      throw new TickwireError(
        'TW_NOT_SUPPORTED',
        `${this.#name} is packed with zstd, which this Node.js (${process.version}) cannot unpack, and the system's libzstd was not found`,
        'Use Node.js 22.15 or later, install libzstd (apt-get install libzstd1), or unpack it first: zstd -dc FILE | tickwire … file:-',
      )
    }
    const output = new Uint8Array(UNPACKED_BYTES)
    try {
      for (;;) {
        while (this.#packed.length < 4 && (await this.#packed.more()));
        const input = this.#packed.unread()
        if (decoder.atFrameEnd && !isZstd(input)) {
          await this.#passOverRest()
          return
        }
        decoder.decode(input, output)
        if (decoder.problem !== '') throw this.#damaged(decoder.problem)
        this.#packed.skip(decoder.taken)
        this.#unpackedBytes += decoder.written
        if (decoder.written > 0) yield output.subarray(0, decoder.written)
        // A full output may hide more; less means that the input is used up.
        if (decoder.written < output.length && !decoder.atFrameEnd) {
          if (!(await this.#packed.more())) {
            this.endedEarly = true
            return
          }
        }
      }
    } finally {
      decoder.close()
    }
  }

  /** Unpacks one member or frame, and leaves what is behind it unread. */
  async *#member(stream: zlib.InflateRaw, checked: boolean): Chunks {
    this.#stream = stream
    let wake = (): void => {}
    let failure: unknown
    let ended = false
    let writing = false
    let taken = 0
    stream.on('readable', () => wake())
    stream.on('error', (error) => {
      failure ??= error
      wake()
    })
    stream.on('end', () => {
      ended = true
      wake()
    })
    stream.on('close', () => {
      ended = true
      wake()
    })
    const settle = () => {
      this.#packed.skip(stream.bytesWritten - taken)
      taken = stream.bytesWritten
    }
    const write = () => {
      writing = true
      stream.write(this.#packed.unread(), () => {
        writing = false
        wake()
      })
    }
    if (this.#packed.length > 0) write()
    for (;;) {
      const chunk = stream.read() as Buffer | null
      if (chunk !== null) {
        this.#unpackedBytes += chunk.length
        if (checked) {
          this.#checksum = zlib.crc32(chunk, this.#checksum)
          this.#memberBytes += chunk.length
        }
        yield chunk
      } else if (failure !== undefined) throw this.#damaged(messageOf(failure))
      else if (ended) break
      else if (!writing) {
        settle()
        // Bytes that were not taken: the member is at its end, and the stream says so next.
        if (this.#packed.length > 0) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        } else if (await this.#packed.more()) write()
        else {
          this.endedEarly = true
          stream.destroy()
          return
        }
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    if (this.#closed) return
    while (writing) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    settle()
    stream.destroy()
  }

  /** Bytes of the header of the next member; 0: there is none. */
  async #gzipHeader(): Promise<number> {
    for (;;) {
      const bytes = gzipHeaderBytes(this.#packed.unread())
      if (bytes >= 0) return bytes
      if (!(await this.#packed.more())) return 0
    }
  }

  #checkTrailer(): void {
    const bytes = this.#packed.unread()
    const trailer = new DataView(bytes.buffer, bytes.byteOffset, GZIP_TRAILER_BYTES)
    const sizeFits = trailer.getUint32(4, true) === this.#memberBytes % 2 ** 32
    if (sizeFits && trailer.getUint32(0, true) === this.#checksum) return
    throw this.#damaged('the checksum at the end does not fit')
  }

  /** Counts what is behind the last member; padding of zeros is none. */
  async #passOverRest(): Promise<void> {
    do {
      const bytes = this.#packed.unread()
      if (this.trailingBytes > 0 || bytes.some((byte) => byte !== 0)) {
        this.trailingBytes += bytes.length
      }
      this.#packed.skip(bytes.length)
    } while (await this.#packed.more())
  }

  #damaged(why: string): TickwireError {
    return badInput(
      `${this.#name}: the ${this.packing} data fail after ${this.#unpackedBytes} unpacked bytes (${why})`,
      'The file is damaged: fetch it again.',
    )
  }
}

/**
 * Bytes of a gzip header (RFC 1952, section 2.3): 0 if it is none, -1 if it does not end within `bytes`.
 */
function gzipHeaderBytes(bytes: Uint8Array): number {
  if (bytes.length > 0 && bytes[0] !== 0x1f) return 0
  if (bytes.length > 1 && bytes[1] !== 0x8b) return 0
  if (bytes.length > 2 && bytes[2] !== 8) return 0
  if (bytes.length < 10) return -1
  const flags = bytes[3] ?? 0
  if ((flags & 0xe0) !== 0) return 0
  let at = 10
  if ((flags & 4) !== 0) {
    if (bytes.length < at + 2) return -1
    at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))
  }
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue
    const end = at >= bytes.length ? -1 : bytes.indexOf(0, at)
    if (end < 0) return bytes.length > PIECE_BYTES ? 0 : -1
    at = end + 1
  }
  if ((flags & 2) !== 0) at += 2
  return at <= bytes.length ? at : -1
}
