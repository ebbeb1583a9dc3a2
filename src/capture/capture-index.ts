import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { TickwireError } from '../foundation/errors.js'

/**
 * The index beside a recording, `FILE.index`: lines of JSON, the first of which says what it is, then, if
 * `decode --index` has written it, the states of books, one behind the other.
 *
 * ```
 * {"tickwire":"index","version":3,"packing":"none","head":"4d3cb2a102000400…"}
 * {"at":24,"unpacked":24,"packets":0,"firstNs":"1700000000000000000"}             a place to read from
 * {"at":1048536,"unpacked":1048536,"packets":8123,"firstNs":"1700000004123456789"}
 * {"at":64123456,"skip":0,"packets":812300,"latestNs":"…","messages":…,"blobAt":0,"blobBytes":…}
 * …                                                                               books as of there
 * ```
 *
 * All places are at the beginning of a packet.
 */
export const INDEX_VERSION = 3
const FIRST_READ_BYTES = 65_536
/** The text is no longer than this, whatever it says itself. */
const TEXT_BYTES_MAX = 2 ** 28

export type IndexPacking = 'none' | 'gzip' | 'zstd'

/** A place from which a recording can be read. */
export interface IndexPlace {
  /** Byte of the file; of a packed one the beginning of a member or frame. */
  readonly at: number
  /** The same in the unpacked file. */
  readonly unpacked: number
  /** Packets before it. */
  readonly packets: number
  /** When the first packet there came, ns since 1970. */
  readonly firstNs: string
}

/** A place, and the books as they were before the packet there. */
export interface IndexCheckpoint {
  readonly at: number
  /** Unpacked bytes from there to the packet. */
  readonly skip: number
  readonly packets: number
  /** The latest time of all messages before, ns since 1970. */
  readonly latestNs: string
  /** When the last message that was applied came. */
  readonly lastNs: string
  readonly messages: number
  readonly sequence: number
  /** The publisher's run that it belongs to: the number of those before. */
  readonly run: number
  /** Where the state is behind the text, packed with zlib, and its bytes. */
  readonly blobAt: number
  readonly blobBytes: number
}

/** What the books of an index are of. */
export interface IndexedBooks {
  readonly framing: string
  readonly protocol: string
  readonly session: string | null
  readonly to: string | null
  /** From which the times within the states count, and when the first packet came. */
  readonly epochSeconds: number
  readonly firstNs: string
  /** The last one of these runs. */
  readonly lastRun: number
  /** Of the recording, when it was indexed. */
  readonly fileBytes: number
}

interface IndexHead {
  readonly tickwire: 'index'
  readonly version: number
  readonly packing: IndexPacking
  readonly head: string
  /** How long the text is; left out: all of it is. */
  readonly textBytes?: string
  readonly books?: IndexedBooks
}

/** @param head the file's own header, unpacked: what has to be read before any packet */
export function indexHead(packing: IndexPacking, head: Uint8Array): string {
  const text = Buffer.from(head).toString('hex')
  return `${JSON.stringify({ tickwire: 'index', version: INDEX_VERSION, packing, head: text } satisfies IndexHead)}\n`
}

export function indexLine(place: IndexPlace): string {
  return `${JSON.stringify(place)}\n`
}

/** All of an index with books. */
export function indexWithBooks(
  packing: IndexPacking,
  head: Uint8Array,
  books: IndexedBooks,
  places: readonly IndexPlace[],
  checkpoints: readonly IndexCheckpoint[],
  blobs: readonly Uint8Array[],
): Uint8Array {
  const rest = [...places, ...checkpoints].map((line) => `${JSON.stringify(line)}\n`).join('')
  const first = (textBytes: number): string =>
    `${JSON.stringify({
      ...{ tickwire: 'index', version: INDEX_VERSION, packing },
      head: Buffer.from(head).toString('hex'),
      textBytes: String(textBytes).padStart(12, '0'),
      books,
    } satisfies IndexHead)}\n`
  const textBytes = Buffer.byteLength(first(0)) + Buffer.byteLength(rest)
  return Buffer.concat([Buffer.from(first(textBytes) + rest), ...blobs])
}

/** An index as it is read. */
export class CaptureIndex {
  readonly path: string
  readonly packing: IndexPacking
  readonly head: Uint8Array
  readonly places: readonly IndexPlace[]
  readonly checkpoints: readonly IndexCheckpoint[]
  /** Undefined: it has none. */
  readonly books: IndexedBooks | undefined
  readonly #textBytes: number

  private constructor(path: string, head: IndexHead, lines: readonly string[], textBytes: number) {
    this.path = path
    this.packing = head.packing
    this.head = new Uint8Array(Buffer.from(head.head, 'hex'))
    this.books = head.books
    this.#textBytes = textBytes
    const places: IndexPlace[] = []
    const checkpoints: IndexCheckpoint[] = []
    for (const line of lines) {
      const place = parsed(line) as IndexPlace | IndexCheckpoint | undefined
      if (place === undefined) continue
      if ('blobAt' in place) checkpoints.push(place)
      else places.push(place)
    }
    this.places = places
    this.checkpoints = checkpoints
  }

  /** The index beside a recording; undefined without one, or where it is none that can be read. */
  static beside(recording: string): CaptureIndex | undefined {
    const path = `${recording}.index`
    if (recording === '-' || !existsSync(path)) return undefined
    const descriptor = openSync(path, 'r')
    try {
      const begin = readAt(descriptor, 0, FIRST_READ_BYTES)
      const lineEnd = begin.indexOf(10)
      const head = parsed(begin.subarray(0, Math.max(0, lineEnd)).toString('utf8')) as
        | IndexHead
        | undefined
      if (head?.tickwire !== 'index' || head.version !== INDEX_VERSION) return undefined
      const size = fstatSync(descriptor).size
      const textBytes = head.textBytes === undefined ? size : Number(head.textBytes)
      if (!(textBytes <= Math.min(size, TEXT_BYTES_MAX))) return undefined
      const text = readAt(descriptor, 0, textBytes).toString('utf8')
      // The last line of a recording that was killed may be cut.
      return new CaptureIndex(path, head, text.split('\n').slice(1), textBytes)
    } finally {
      closeSync(descriptor)
    }
  }

  /** Whether its books are of the recording as it is. */
  fits(recording: string): boolean {
    return this.books !== undefined && statSync(recording).size === this.books.fileBytes
  }

  /** The packed state of books of a checkpoint. */
  blob({ blobAt, blobBytes }: IndexCheckpoint): Uint8Array {
    const descriptor = openSync(this.path, 'r')
    try {
      const bytes = readAt(descriptor, this.#textBytes + blobAt, blobBytes)
      if (bytes.length === blobBytes) return bytes
    } finally {
      closeSync(descriptor)
    }
    throw new TickwireError(
      'TW_BAD_FILE',
      `${this.path} ends within the books that it has`,
      'Make it anew: tickwire decode FILE --index.',
    )
  }
}

function readAt(descriptor: number, at: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  let done = 0
  while (done < bytes) {
    const count = readSync(descriptor, buffer, done, bytes - done, at + done)
    if (count === 0) break
    done += count
  }
  return buffer.subarray(0, done)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
