import {
  closeSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { unwritable } from './streamed-file.js'

/** Files that were opened and neither written nor discarded: removed when the process ends. */
const open = new Set<OutputFile>()
let count = 0

/**
 * A file that is written at the end of a run: beside its place under another name, and renamed into it when
 * it is whole. Until then what stood there stays. A path that is no regular file (`/dev/stdout`, a pipe) is
 * written directly. One thread.
 */
export class OutputFile {
  readonly path: string
  readonly #target: string
  /** Undefined: written directly. */
  readonly #beside: string | undefined
  #descriptor: number | undefined

  /** @throws {TickwireError} TW_FILE_NOT_FOUND, TW_PERMISSION */
  constructor(path: string) {
    this.path = path
    try {
      const found = statSync(path, { throwIfNoEntry: false })
      // A link stays one: the file that it names is replaced.
      this.#target = found === undefined ? path : realpathSync(path)
      const regular = found === undefined || found.isFile()
      // Whoever may not write a file may not replace it either.
      if (found !== undefined) closeSync(openSync(this.#target, regular ? 'r+' : 'a'))
      this.#beside = regular ? besideOf(this.#target) : undefined
      this.#descriptor = openSync(this.#beside ?? this.#target, 'w')
    } catch (error) {
      throw unwritable(path, error)
    }
    if (open.size === 0) process.on('exit', discardAll)
    open.add(this)
  }

  /** Writes all of it and puts it in its place. @throws {TickwireError} TW_PERMISSION */
  write(content: string | Uint8Array): void {
    const descriptor = this.#descriptor
    if (descriptor === undefined) return
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
      this.#close()
      if (this.#beside !== undefined) renameSync(this.#beside, this.#target)
    } catch (error) {
      this.discard()
      throw unwritable(this.path, error)
    }
    this.#forget()
  }

  /** Leaves what stood in its place as it is. */
  discard(): void {
    this.#close()
    if (this.#beside !== undefined) {
      try {
        unlinkSync(this.#beside)
      } catch {
        // It may be gone already.
      }
    }
    this.#forget()
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #forget(): void {
    open.delete(this)
    if (open.size === 0) process.off('exit', discardAll)
  }
}

function besideOf(path: string): string {
  count += 1
  return join(dirname(path), `.${basename(path)}.${process.pid}-${count}.tmp`)
}

function discardAll(): void {
  for (const file of open) file.discard()
}
