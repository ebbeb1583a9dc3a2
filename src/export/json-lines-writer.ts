import type { Column } from '../codec/column/column.js'
import { isoTime, type MarketDay } from '../codec/value/market-day.js'
import type { MessageView } from '../wire/message-view.js'
import { type ByteSink, type RowHead, type RowWriter, TEXT_CHUNK_CHARACTERS } from './row-writer.js'
import { prettyTime } from './time-text.js'

/** How rows of text are written. */
export interface TextOptions {
  /** Whether the framing says when a datagram was sent. */
  readonly sent: boolean
  /** Times in ISO form instead of nanoseconds. */
  readonly pretty: boolean
  /** What turns times of day into moments; undefined: they stay times of day. */
  readonly day: MarketDay | undefined
}

/**
 * Writes one JSON object per line. Nanoseconds and integers beyond 2^53 are strings, decimals exact
 * numbers.
 */
export class JsonLinesWriter implements RowWriter {
  readonly #columnsOf: (type: string) => readonly Column[]
  readonly #options: TextOptions
  readonly #sink: ByteSink
  /** Per type: its columns, and what stands before each value. */
  readonly #layouts = new Map<string, Layout>()
  #text = ''

  /** @param columnsOf the columns of a type of message; none for one that is not known */
  constructor(
    columnsOf: (type: string) => readonly Column[],
    options: TextOptions,
    sink: ByteSink,
  ) {
    this.#columnsOf = columnsOf
    this.#options = options
    this.#sink = sink
  }

  write(head: Readonly<RowHead>, message: MessageView): void {
    const { pretty, sent, day } = this.#options
    const layout = this.#layout(head.type)
    let row = `{"sequence":${head.sequence},"receivedNs":${timeJson(head.receivedNs, pretty)}`
    if (sent) row += `,"sentNs":${timeJson(head.sentNs, pretty)}`
    row += layout.type
    for (const { key, column } of layout.fields) {
      if (column.isNull(message)) row += `${key}null`
      else if (pretty && column.kind === 'time')
        row += `${key}"${prettyTime(column, message, day)}"`
      else row += key + column.json(message)
    }
    if (layout.fields.length === 0) row += bytesJson(message)
    this.#text += `${row}}\n`
    if (this.#text.length > TEXT_CHUNK_CHARACTERS) this.#flush()
  }

  finish(): void {
    if (this.#text !== '') this.#flush()
  }

  #flush(): void {
    this.#sink(Buffer.from(this.#text))
    this.#text = ''
  }

  #layout(type: string): Layout {
    let layout = this.#layouts.get(type)
    if (layout === undefined) {
      const fields = this.#columnsOf(type).map((column) => ({
        key: `,${JSON.stringify(column.name)}:`,
        column,
      }))
      layout = { type: `,"type":${JSON.stringify(type)}`, fields }
      this.#layouts.set(type, layout)
    }
    return layout
  }
}

interface Layout {
  readonly type: string
  readonly fields: readonly { readonly key: string; readonly column: Column }[]
}

function timeJson(ns: bigint | null, pretty: boolean): string {
  if (ns === null) return 'null'
  return pretty ? `"${isoTime(ns)}"` : `"${ns}"`
}

/** A message without a layout: its bytes. */
function bytesJson({ bytes, offset, length }: MessageView): string {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length)
  return `,"bytes":"${content.toString('hex')}"`
}
