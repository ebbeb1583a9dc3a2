import type { ColumnChunk, Encoding, RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import type { Column } from '../codec/column/column.js'
import type { MarketDay } from '../codec/value/market-day.js'
import type { MessageView } from '../wire/message-view.js'
import { type EncodedColumn, encodeColumn, type ParquetColumn } from './parquet/encode-column.js'
import { parquetColumns } from './parquet/parquet-columns.js'
import { RowStore } from './parquet/row-store.js'
import type { ByteSink, RowHead, RowWriter } from './row-writer.js'

/** Rows of a group: what readers skip by. */
const GROUP_ROWS = 250_000
/** Bytes of messages at which a group ends before it has them. */
const GROUP_BYTES = 2 ** 25
/** `PAR1`, at both ends of a file. */
const MAGIC = 0x31524150

export interface ParquetOptions {
  /** Whether every row has the time at which it was received; else none has. */
  readonly received: boolean
  /** Whether the framing says when a datagram was sent. */
  readonly sent: boolean
  /** What turns times of day into moments; undefined: they stay times of day. */
  readonly day: MarketDay | undefined
}

/**
 * Writes messages of one type as a Parquet file, in groups of 250,000 rows. Integers have their full
 * width, prices are DECIMAL, times TIMESTAMP(NANOS). Numbers are stored by their differences, texts by
 * dictionaries, which Snappy packs.
 *
 * Messages are kept as bytes until their group is complete, and its columns are encoded then, one after
 * the other. The only file that knows hyparquet-writer, which frames pages and writes the file's end.
 */
export class ParquetWriter implements RowWriter {
  readonly #columns: readonly ParquetColumn[]
  readonly #sink: ByteSink
  readonly #store = new RowStore()
  readonly #bytes = new ByteWriter()
  readonly #groups: RowGroup[] = []
  #rows = 0

  constructor(columns: readonly Column[], options: ParquetOptions, sink: ByteSink) {
    this.#columns = parquetColumns(columns, options)
    this.#sink = sink
    this.#bytes.appendUint32(MAGIC)
  }

  write(head: Readonly<RowHead>, message: MessageView): void {
    const store = this.#store
    store.add(head, message)
    if (store.rows === GROUP_ROWS || store.messageBytes >= GROUP_BYTES) this.#endGroup()
  }

  finish(): void {
    this.#endGroup()
    const root = { name: 'root', num_children: this.#columns.length }
    writeMetadata(this.#bytes, {
      version: 2,
      created_by: 'tickwire',
      schema: [root, ...this.#columns.map((column) => column.element)],
      num_rows: BigInt(this.#rows),
      row_groups: this.#groups,
      // Not of the format: what readers note.
      metadata_length: 0,
    })
    this.#bytes.appendUint32(MAGIC)
    this.#flush()
  }

  /** Writes the rows that are held back as a group of their own. */
  #endGroup(): void {
    const store = this.#store
    const { rows } = store
    if (rows === 0) return
    const begin = this.#bytes.offset
    const columns = this.#columns.map((column) =>
      this.#writeChunk(column.element, encodeColumn(column, store), rows),
    )
    this.#groups.push({
      columns,
      total_byte_size: columns.reduce(
        (sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n),
        0n,
      ),
      num_rows: BigInt(rows),
      total_compressed_size: BigInt(this.#bytes.offset - begin),
    })
    this.#rows += rows
    store.clear()
    this.#flush()
  }

  #writeChunk(element: SchemaElement, encoded: EncodedColumn, rows: number): ColumnChunk {
    const writer = this.#bytes
    const { dictionary, encoding, levels, values, defined } = encoded
    const begin = writer.offset
    let unpacked = 0
    if (dictionary !== undefined) {
      const packed = snappyCompress(dictionary.bytes)
      writePageHeader(writer, {
        type: 'DICTIONARY_PAGE',
        uncompressed_page_size: dictionary.bytes.length,
        compressed_page_size: packed.length,
        dictionary_page_header: { num_values: dictionary.count, encoding: 'PLAIN' },
      })
      unpacked = writer.offset - begin + dictionary.bytes.length
      writer.appendBytes(packed)
    }
    const dataBegin = writer.offset
    // Differences are as short as they get.
    const isPacked = encoding !== 'DELTA_BINARY_PACKED'
    const packed = isPacked ? snappyCompress(values) : values
    writePageHeader(writer, {
      type: 'DATA_PAGE_V2',
      uncompressed_page_size: levels.length + values.length,
      compressed_page_size: levels.length + packed.length,
      data_page_header_v2: {
        num_values: rows,
        num_nulls: rows - defined,
        num_rows: rows,
        encoding,
        definition_levels_byte_length: levels.length,
        repetition_levels_byte_length: 0,
        is_compressed: isPacked,
      },
    })
    unpacked += writer.offset - dataBegin + levels.length + values.length
    writer.appendBytes(levels)
    writer.appendBytes(packed)
    const encodings: Encoding[] = dictionary === undefined ? [encoding] : ['PLAIN', encoding]
    return {
      file_offset: 0n,
      meta_data: {
        type: element.type ?? 'INT64',
        encodings,
        path_in_schema: [element.name],
        codec: isPacked ? 'SNAPPY' : 'UNCOMPRESSED',
        num_values: BigInt(rows),
        total_uncompressed_size: BigInt(unpacked),
        total_compressed_size: BigInt(writer.offset - begin),
        data_page_offset: BigInt(dataBegin),
        ...(dictionary === undefined ? {} : { dictionary_page_offset: BigInt(begin) }),
      },
    }
  }

  #flush(): void {
    const bytes = this.#bytes.getBytes()
    this.#sink(bytes.subarray(0, bytes.length))
    this.#bytes.index = 0
  }
}
