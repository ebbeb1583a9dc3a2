import { close, closeSync, constants, fstat, open, readSync, type Stats } from 'node:fs'
import { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { messageOf, TickwireError } from '../../foundation/errors.js'

/** The path that stands for standard input. */
export const STANDARD_INPUT = '-'

/** Where the bytes of a recording come from, as fast as they are asked for. One reader, one thread. */
export interface ByteInput {
  /**
   * Fills the beginning of `into`, as far as bytes are there; waits for at least one.
   *
   * @returns how many; 0: there are no more
   * @throws {TickwireError} after all bytes before the fault have been given
   */
  read(into: Uint8Array): Promise<number>
  /** Gives back what is held; a `read` that waits comes to its end. May be called twice. */
  close(): Promise<void>
  /** Bytes of the file and how many have been read of it; NaN where nobody knows. */
  readonly totalBytes: number
  readonly consumedBytes: number
}

/**
 * Opens a file, a FIFO or standard input (`-`) for reading once, front to back.
 *
 * A FIFO without a writer is waited for in `read`, which `close` ends.
 *
 * @param at byte of a regular file to begin with
 * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_PERMISSION, TW_BAD_FILE
 */
export async function openByteInput(path: string, at = 0): Promise<ByteInput> {
  const standard = path === STANDARD_INPUT
  const name = standard ? 'standard input' : path
  let descriptor = 0
  try {
    // Without waiting for a writer, which could not be broken off. It means nothing for files.
    if (!standard) descriptor = await opened(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stats = await statOf(descriptor)
    if (stats.isDirectory()) {
      throw badInput(`${name} is a folder`, 'Give a file in it.')
    }
    if (stats.isFile()) return new FileInput(name, descriptor, stats.size, !standard, at)
    if (stats.isFIFO() || stats.isSocket()) return new PipeInput(name, descriptor)
    if (standard && stats.isCharacterDevice()) {
      throw badInput(
        'standard input is a terminal, and a recording was expected there',
        'Pipe one in, for example: zcat day.pcap.gz | tickwire decode file:-',
      )
    }
    return new FileInput(name, descriptor, Number.NaN, !standard)
  } catch (error) {
    if (descriptor > 0) close(descriptor, () => {})
    if (error instanceof TickwireError) throw error
    throw inputError(name, error)
  }
}

/**
 * A regular file, read straight into the reader's own memory. By a blocking call: handing a read over to
 * another thread and back takes longer than the read, on a busy machine a hundred times as long.
 */
class FileInput implements ByteInput {
  readonly totalBytes: number
  consumedBytes = 0
  readonly #name: string
  readonly #descriptor: number
  readonly #owned: boolean
  /** Where it is read next; null: wherever the descriptor stands. */
  #position: number | null
  #closed = false

  constructor(name: string, descriptor: number, totalBytes: number, owned: boolean, at = 0) {
    this.#name = name
    this.#descriptor = descriptor
    this.totalBytes = totalBytes
    this.#owned = owned
    this.#position = at === 0 ? null : at
    this.consumedBytes = at
  }

  async read(into: Uint8Array): Promise<number> {
    // Timers, sockets and messages get their turn between two reads.
    await nextTurn()
    if (this.#closed) return 0
    try {
      const count = readSync(this.#descriptor, into, 0, into.length, this.#position)
      this.consumedBytes += count
      if (this.#position !== null) this.#position += count
      return count
    } catch (error) {
      throw inputError(this.#name, error)
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#owned) closeSync(this.#descriptor)
  }
}

/** A pipe, a FIFO or a socket: read when the kernel has something, which can be broken off. */
class PipeInput implements ByteInput {
  readonly totalBytes = Number.NaN
  consumedBytes = 0
  readonly #name: string
  readonly #socket: Socket
  #rest: Buffer | null = null
  #failure: unknown
  #ended = false
  #wake = (): void => {}

  constructor(name: string, descriptor: number) {
    this.#name = name
    this.#socket = new Socket({ fd: descriptor, readable: true, writable: false })
    this.#socket.on('readable', () => this.#wake())
    this.#socket.on('error', (error) => this.#end(error))
    this.#socket.once('end', () => this.#end(undefined))
    this.#socket.once('close', () => this.#end(undefined))
  }

  async read(into: Uint8Array): Promise<number> {
    for (;;) {
      this.#rest ??= this.#socket.read() as Buffer | null
      if (this.#rest !== null) {
        const count = Math.min(this.#rest.length, into.length)
        into.set(count === this.#rest.length ? this.#rest : this.#rest.subarray(0, count))
        this.#rest = count === this.#rest.length ? null : this.#rest.subarray(count)
        this.consumedBytes += count
        return count
      }
      if (this.#failure !== undefined) throw inputError(this.#name, this.#failure)
      if (this.#ended) return 0
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async close(): Promise<void> {
    this.#socket.destroy()
    this.#rest = null
    this.#end(undefined)
  }

  #end(error: unknown): void {
    this.#failure ??= error
    this.#ended = true
    this.#wake()
  }
}

/** The error for bytes that are not what was expected. */
export function badInput(what: string, remedy: string, cause?: unknown): TickwireError {
  return new TickwireError('TW_BAD_FILE', what, remedy, cause === undefined ? {} : { cause })
}

function opened(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)))
  })
}

function statOf(descriptor: number): Promise<Stats> {
  return new Promise((resolve, reject) => {
    fstat(descriptor, (error, stats) => (error === null ? resolve(stats) : reject(error)))
  })
}

function inputError(name: string, error: unknown): TickwireError {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new TickwireError('TW_FILE_NOT_FOUND', `${name} does not exist`, 'Check the path.', {
        cause: error,
      })
    case 'EACCES':
    case 'EPERM':
    case 'ERR_ACCESS_DENIED':
      return new TickwireError(
        'TW_PERMISSION',
        `${name} may not be read (${code})`,
        'Ask for read permission on the file.',
        { cause: error },
      )
    default:
      return badInput(
        `${name} cannot be read (${messageOf(error)})`,
        'Give a pcap, pcapng or BinaryFILE, plain, gzip or zstd.',
        error,
      )
  }
}
