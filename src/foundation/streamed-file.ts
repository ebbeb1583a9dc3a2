import { closeSync, existsSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { messageOf, TickwireError } from './errors.js'

/** Files that were begun and are neither finished nor discarded: removed when the process ends. */
const begun = new Set<StreamedFile>()

/**
 * A file that is written piece by piece beside its place, and renamed into it when it is whole. Until then
 * what stood there stays. One thread.
 */
export class StreamedFile {
  readonly path: string
  readonly #beside: string
  #descriptor: number | undefined

  /**
   * @param overwrite whether a file that stands there may be replaced
   * @throws {TickwireError} TW_FILE_EXISTS, TW_FILE_NOT_FOUND, TW_PERMISSION
   */
  constructor(path: string, overwrite: boolean) {
    this.path = path
    if (!overwrite && existsSync(path)) throw fileExists(path)
    this.#beside = join(dirname(path), `.${basename(path)}.${process.pid}.part`)
    try {
      this.#descriptor = openSync(this.#beside, 'w')
    } catch (error) {
      throw unwritable(path, error)
    }
    if (begun.size === 0) process.on('exit', discardAll)
    begun.add(this)
  }

  /** @throws {TickwireError} TW_PERMISSION if it could not be written; the file is then abandoned */
  append(bytes: Uint8Array): void {
    if (this.#descriptor === undefined) return
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#descriptor, bytes, done)
      }
    } catch (error) {
      this.discard()
      throw unwritable(this.path, error)
    }
  }

  /** Puts it in its place. */
  finish(): void {
    if (this.#descriptor === undefined) return
    this.#close()
    try {
      renameSync(this.#beside, this.path)
    } catch (error) {
      throw unwritable(this.path, error)
    }
  }

  /** Leaves what stood in its place as it is. */
  discard(): void {
    if (this.#descriptor === undefined) return
    this.#close()
    try {
      unlinkSync(this.#beside)
    } catch {
      // It may be gone already.
    }
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
    begun.delete(this)
    if (begun.size === 0) process.off('exit', discardAll)
  }
}

function discardAll(): void {
  for (const file of begun) file.discard()
}

/** The error for a file that cannot be opened or written. */
export function unwritable(path: string, error: unknown): TickwireError {
  const { code } = error as NodeJS.ErrnoException
  return new TickwireError(
    code === 'ENOENT' || code === 'ENOTDIR' ? 'TW_FILE_NOT_FOUND' : 'TW_PERMISSION',
    `${path} cannot be written: ${messageOf(error)}`,
    'Give a path in a folder that exists, that you may write to, and that has room.',
    { cause: error },
  )
}

/** The error for a file that would be replaced, and must not be. */
export function fileExists(path: string): TickwireError {
  return new TickwireError(
    'TW_FILE_EXISTS',
    `${path} is there already`,
    'Give another name, or -f to replace it.',
  )
}
