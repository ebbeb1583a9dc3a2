/**
 * `tickwire/export`: messages as rows of tables, as JSON lines, CSV and Parquet.
 *
 * ```ts
 * import { decode } from 'tickwire/export'
 *
 * const decoding = await decode({
 *   endpoint: 'day.pcap.gz', // or udp://239.1.1.1:9001, with durationMs or idleExitMs
 *   types: ['quoteUpdate'],
 *   output: 'quotes.parquet',
 * })
 * const { rows, gaps } = await decoding.finished
 * ```
 *
 * `onRows` gets JSON lines in place of a file; with neither, messages are only counted. The writers can be
 * used alone: they take the columns of a message (`PROTOCOLS` of `tickwire/codec` has them) and views of it.
 */
export { CsvWriter } from './csv-writer.js'
export {
  DecodeFailure,
  type DecodeOptions,
  type DecodeReport,
  type Decoding,
  decode,
} from './decode.js'
export type { DecodeProgress } from './decode-source.js'
export { JsonLinesWriter, type TextOptions } from './json-lines-writer.js'
export { type ParquetOptions, ParquetWriter } from './parquet-writer.js'
export type { Peaks } from './peaks.js'
export type { ByteSink, RowHead, RowWriter } from './row-writer.js'
