import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import { messageOf, TickwireError } from '../foundation/errors.js'
import { badFile } from './pcap-format.js'

const GUNZIP_CHUNK_BYTES = 65_536

/** What a stream yields until it ends, fails or is destroyed. */
type Chunks = AsyncGenerator<Uint8Array, void, undefined>

/**
 * The bytes of a file, gunzipped on the way if they begin like gzip (RFC 1952, section 2.3.1).
 *
 * Reads as it is asked, so memory does not grow with the file. Works on pipes as well as on files.
 * A failure in the middle comes after all bytes before it.
 */
export class CaptureBytes {
  readonly #chunks: Chunks
  #file: Readable | null = null
  #gunzip: Gunzip | null = null

  /** @param chunkBytes how much to read from the file at once. */
  constructor(
    readonly path: string,
    readonly chunkBytes: number,
  ) {
    this.#chunks = this.#decoded()
  }

  /**
   * The next bytes, at least one, or `null` at the end.
   *
   * @throws {TickwireError} `TW_FILE_NOT_FOUND`, `TW_PERMISSION`, `TW_BAD_FILE`
   */
  async next(): Promise<Uint8Array | null> {
    const result = await this.#chunks.next()
    return result.done ? null : result.value
  }

  /** Resolves when the file has been given back; a `next` that waits comes to its end. */
  async close(): Promise<void> {
    this.#gunzip?.destroy()
    const file = this.#file
    if (file === null || file.closed) return
    await new Promise<void>((resolve) => {
      file.once('close', resolve)
      file.destroy()
    })
  }

  async *#decoded(): Chunks {
    const encoded = this.#read()
    let head: Uint8Array = new Uint8Array(0)
    while (head.length < 2) {
      const { value, done } = await encoded.next()
      if (done) break
      head = Buffer.concat([head, value])
    }
    if (head[0] === 0x1f && head[1] === 0x8b) yield* this.#inflate(head, encoded)
    else {
      if (head.length > 0) yield head
      yield* encoded
    }
  }

  async *#read(): Chunks {
    this.#file = createReadStream(this.path, { highWaterMark: this.chunkBytes })
    try {
      yield* chunksOf(this.#file)
    } catch (error) {
      throw fileError(this.path, error)
    }
  }

  async *#inflate(head: Uint8Array, encoded: Chunks): Chunks {
    const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES })
    this.#gunzip = gunzip
    let outputBytes = 0
    feed(gunzip, head, encoded).catch((error: TickwireError) => gunzip.destroy(error))
    try {
      for await (const chunk of chunksOf(gunzip)) {
        outputBytes += chunk.length
        yield chunk
      }
    } catch (error) {
      if (error instanceof TickwireError) throw error
      throw badFile(
        `${this.path}: gzip data fails after ${outputBytes} unpacked bytes (${messageOf(error)})`,
        'The file is damaged or was cut off: fetch it again',
        error,
      )
    }
  }
}

/**
 * Writes compressed bytes and ends the stream only when all of them have been unpacked. To end it
 * together with the last write, as `pipe` may, makes zlib throw away the output of that write when
 * the data are cut off.
 */
async function feed(gunzip: Gunzip, head: Uint8Array, encoded: Chunks): Promise<void> {
  await written(gunzip, head)
  for await (const chunk of encoded) await written(gunzip, chunk)
  gunzip.end()
}

/**
 * Resolves when the chunk has been unpacked. On failure it may never do so: that is the reading
 * side's to report, and nothing else waits for this.
 */
function written(gunzip: Gunzip, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    gunzip.write(chunk, () => resolve())
  })
}

/**
 * The chunks of a stream. Unlike the stream's own iterator it yields what is buffered before it
 * throws what went wrong. Call `next` in the turn that made the stream: it listens from then on.
 */
async function* chunksOf(stream: Readable): Chunks {
  let failure: unknown
  let finished = false
  let wake = (): void => {}
  stream.on('readable', () => wake())
  const finish = (error?: unknown): void => {
    failure ??= error
    finished = true
    wake()
  }
  stream.on('error', finish)
  stream.once('end', () => finish())
  stream.once('close', () => finish())
  for (;;) {
    const chunk: Uint8Array | null = stream.read()
    if (chunk !== null) yield chunk
    else if (failure !== undefined) throw failure
    else if (finished) return
    else {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
}

function fileError(path: string, error: unknown): TickwireError {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new TickwireError('TW_FILE_NOT_FOUND', `${path} does not exist`, 'Check the path.', {
        cause: error,
      })
    case 'EACCES':
    case 'EPERM':
      return new TickwireError(
        'TW_PERMISSION',
        `${path} may not be read (${code})`,
        'Ask for read permission on the file.',
        { cause: error },
      )
    default:
      return badFile(
        `${path} cannot be read (${messageOf(error)})`,
        'Give a classic pcap file, plain or gzip',
        error,
      )
  }
}
