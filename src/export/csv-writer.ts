import type { Column } from '../codec/column/column.js'
import { isoTime } from '../codec/value/market-day.js'
import type { MessageView } from '../wire/message-view.js'
import type { TextOptions } from './json-lines-writer.js'
import { type ByteSink, type RowHead, type RowWriter, TEXT_CHUNK_CHARACTERS } from './row-writer.js'
import { prettyTime } from './time-text.js'

/** Writes messages of one type as comma-separated values (RFC 4180): a line of names, then the rows. */
export class CsvWriter implements RowWriter {
  readonly #columns: readonly Column[]
  readonly #options: TextOptions
  readonly #sink: ByteSink
  #text: string

  constructor(columns: readonly Column[], options: TextOptions, sink: ByteSink) {
    this.#columns = columns
    this.#options = options
    this.#sink = sink
    const head = ['sequence', 'receivedNs', ...(options.sent ? ['sentNs'] : []), 'type']
    this.#text = `${[...head, ...columns.map((column) => column.name)].join(',')}\r\n`
  }

  write(head: Readonly<RowHead>, message: MessageView): void {
    const { pretty, sent, day } = this.#options
    let row = `${head.sequence},${timeText(head.receivedNs, pretty)}`
    if (sent) row += `,${timeText(head.sentNs, pretty)}`
    row += `,${head.type}`
    for (const column of this.#columns) {
      row += ','
      if (column.isNull(message)) continue
      if (pretty && column.kind === 'time') row += prettyTime(column, message, day)
      else row += quoted(column.text(message))
    }
    this.#text += `${row}\r\n`
    if (this.#text.length > TEXT_CHUNK_CHARACTERS) this.#flush()
  }

  finish(): void {
    if (this.#text !== '') this.#flush()
  }

  #flush(): void {
    this.#sink(Buffer.from(this.#text))
    this.#text = ''
  }
}

function timeText(ns: bigint | null, pretty: boolean): string {
  if (ns === null) return ''
  return pretty ? isoTime(ns) : String(ns)
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
