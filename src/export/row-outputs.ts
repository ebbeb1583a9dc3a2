import { existsSync } from 'node:fs'
import zlib, { gzipSync } from 'node:zlib'
import type { Column } from '../codec/column/column.js'
import type { MarketDay } from '../codec/value/market-day.js'
import { TickwireError } from '../foundation/errors.js'
import { fileExists, StreamedFile } from '../foundation/streamed-file.js'
import { zstdCompressor } from '../native/zstd.js'
import { CsvWriter } from './csv-writer.js'
import { JsonLinesWriter } from './json-lines-writer.js'
import { formatOfName, type NamedFormat, TYPE_PLACE } from './output-format.js'
import { ParquetWriter } from './parquet-writer.js'
import type { ByteSink, RowWriter } from './row-writer.js'

/** Bytes of one member of a packed file: each can be unpacked by itself. */
const MEMBER_BYTES = 2 ** 20

/** What all rows of a recording have in common. */
export interface TableShape {
  columnsOf(type: string): readonly Column[]
  readonly received: boolean
  readonly sent: boolean
  readonly pretty: boolean
  readonly day: MarketDay | undefined
}

/**
 * What the name of an output says, if it can be written.
 *
 * @param types that are wanted; undefined: all
 * @throws {TickwireError} TW_BAD_OPTION for a name without a format, or several types for a table of one;
 * TW_FILE_EXISTS
 */
export function checkOutput(
  file: string,
  overwrite: boolean,
  types: ReadonlySet<string> | undefined,
): NamedFormat {
  const named = formatOfName(file)
  if (file.includes(TYPE_PLACE)) return named
  if (named.format !== 'jsonl' && types?.size !== 1) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `a ${named.format} file holds messages of one type, and ${types === undefined ? 'all' : types.size} are wanted`,
      `Choose one with --type, or write one file each: -o ${file.replace(/\.(?=[^/]*$)/, `.${TYPE_PLACE}.`)}.`,
    )
  }
  if (!overwrite && existsSync(file)) throw fileExists(file)
  return named
}

/**
 * The files that rows go to: one, or one for each type where `{type}` stands in the name. They take their
 * places when all is written.
 */
export class RowOutputs {
  readonly #file: string
  readonly #overwrite: boolean
  readonly #shape: TableShape
  readonly #named: NamedFormat
  readonly #byType = new Map<string, RowWriter>()
  readonly #files: { readonly file: StreamedFile; finish(): void }[] = []

  /**
   * @param types that are wanted; undefined: all
   * @throws {TickwireError} TW_BAD_OPTION for a name without a format, or several types for a table of
   * one; TW_FILE_EXISTS; TW_FILE_NOT_FOUND; TW_PERMISSION
   */
  constructor(
    file: string,
    overwrite: boolean,
    types: ReadonlySet<string> | undefined,
    shape: TableShape,
  ) {
    this.#file = file
    this.#overwrite = overwrite
    this.#shape = shape
    this.#named = checkOutput(file, overwrite, types)
    const { format } = this.#named
    if (file.includes(TYPE_PLACE)) return
    // A wrong path is known before there is something to lose.
    const [type = ''] = types ?? []
    const writer = this.#open(file, format === 'jsonl' ? undefined : type)
    if (format === 'jsonl') this.#all = writer
    else this.#byType.set(type, writer)
  }

  #all: RowWriter | undefined

  /** The paths that were written. */
  get paths(): string[] {
    return this.#files.map(({ file }) => file.path)
  }

  writerOf(type: string): RowWriter {
    if (this.#all !== undefined) return this.#all
    let writer = this.#byType.get(type)
    if (writer === undefined) {
      writer = this.#open(this.#file.replaceAll(TYPE_PLACE, type), type)
      this.#byType.set(type, writer)
    }
    return writer
  }

  /** Writes what is held back and puts the files in their places. */
  finish(): void {
    for (const one of this.#files) one.finish()
  }

  /** Leaves nothing behind. */
  discard(): void {
    for (const { file } of this.#files) file.discard()
  }

  #open(path: string, type: string | undefined): RowWriter {
    const file = new StreamedFile(path, this.#overwrite)
    const packed =
      this.#named.packing === 'none'
        ? undefined
        : new PackedSink((bytes) => file.append(bytes), packerOf(this.#named.packing, path))
    const sink: ByteSink = packed === undefined ? (bytes) => file.append(bytes) : packed.sink
    const writer = this.#writer(type, sink)
    this.#files.push({
      file,
      finish() {
        writer.finish()
        packed?.finish()
        file.finish()
      },
    })
    return writer
  }

  #writer(type: string | undefined, sink: ByteSink): RowWriter {
    const shape = this.#shape
    if (type === undefined || this.#named.format === 'jsonl') {
      return new JsonLinesWriter((one) => shape.columnsOf(one), shape, sink)
    }
    const columns = shape.columnsOf(type)
    return this.#named.format === 'csv'
      ? new CsvWriter(columns, shape, sink)
      : new ParquetWriter(columns, shape, sink)
  }
}

type Pack = (bytes: Uint8Array) => Uint8Array

/** Packs what goes through it, a member per MiB. */
class PackedSink {
  readonly #sink: ByteSink
  readonly #pack: Pack
  #held: Uint8Array[] = []
  #bytes = 0

  constructor(sink: ByteSink, pack: Pack) {
    this.#sink = sink
    this.#pack = pack
  }

  readonly sink: ByteSink = (bytes) => {
    this.#held.push(bytes.slice())
    this.#bytes += bytes.length
    if (this.#bytes >= MEMBER_BYTES) this.finish()
  }

  finish(): void {
    if (this.#bytes > 0) this.#sink(this.#pack(Buffer.concat(this.#held)))
    this.#held = []
    this.#bytes = 0
  }
}

function packerOf(packing: 'gzip' | 'zstd', path: string): Pack {
  if (packing === 'gzip') return (bytes) => gzipSync(bytes)
  const { zstdCompressSync } = zlib as { zstdCompressSync?: Pack }
  const pack = zstdCompressSync ?? zstdCompressor()
  if (pack !== undefined) return pack
  throw new TickwireError(
    'TW_NOT_SUPPORTED',
    `${path} would be packed with zstd, which this Node.js (${process.version}) does not have, nor this system (libzstd)`,
    'Use .gz, Node.js 22.15 or newer, or install libzstd.',
  )
}
