import type { Column } from '../codec/column/column.js'
import type { MessageViews } from '../codec/message-dispatch.js'
import { fitsItch50 } from '../codec/tables/fits-itch50.js'
import { MessageView } from '../wire/message-view.js'
import { Instruments, type NamingFields } from './instruments.js'
import type { RowHead, RowWriter } from './row-writer.js'

/** What a message is called whose protocol is not known. */
const NAMELESS = 'message'

/** Which messages are wanted as rows, and where they go. */
export interface Selection {
  /** Only these; undefined: all. */
  readonly types: ReadonlySet<string> | undefined
  readonly instruments: ReadonlySet<string> | undefined
  /** Rows to write at most. */
  readonly limit: number
}

/** What was counted. */
export interface TallyCounts {
  readonly messages: number
  readonly byType: Readonly<Record<string, number>>
  /** Messages of types that the protocol does not know, by their code. */
  readonly unknown: Readonly<Record<string, number>>
  readonly messageFaults: number
  readonly instruments: number
  readonly rows: number
}

/** Counts messages by type, and writes those that are wanted as rows. One thread. */
export class MessageTally {
  /** What the rows of the present datagram have in common. */
  readonly head: RowHead = { sequence: 0, receivedNs: null, sentNs: null, type: '' }
  messages = 0
  /** Of those without a protocol: how many have a type and a length of ITCH 5.0. */
  itchLike = 0
  rows = 0
  readonly #views: MessageViews | undefined
  readonly #selection: Selection
  readonly #writerOf: ((type: string) => RowWriter) | undefined
  readonly #instruments: Instruments
  readonly #nameless = new MessageView()
  readonly #kinds = new Map<string, Kind>()
  readonly #unknown = new Map<string, number>()
  /** Of the message before: most are like it. */
  #last: Kind | undefined
  #faults = 0

  /**
   * @param views undefined: messages are bytes
   * @param writerOf where rows of a type go; undefined: nowhere, they are only counted
   */
  constructor(
    views: MessageViews | undefined,
    columnsOf: (type: string) => readonly Column[],
    selection: Selection,
    writerOf: ((type: string) => RowWriter) | undefined,
  ) {
    this.#views = views
    this.#selection = selection
    this.#writerOf = writerOf
    this.#instruments = new Instruments(columnsOf)
  }

  /** Whether as many rows were written as were wanted. */
  get satisfied(): boolean {
    return this.rows >= this.#selection.limit
  }

  /** Takes the message in `[offset, offset + length)` of `bytes`; `head` says the rest. */
  take(bytes: DataView, offset: number, length: number, sequence: number): void {
    this.messages++
    const views = this.#views
    const named = views?.select(bytes, offset, length)
    const view = named ?? this.#nameless.wrap(bytes, offset, length)
    const type = named?.type ?? NAMELESS
    const last = this.#last
    const kind = last?.type === type ? last : this.#kindOf(type)
    this.#last = kind
    if (views === undefined && length > 0 && fitsItch50(bytes.getUint8(offset), length)) {
      this.itchLike++
    }
    if (named === undefined || named !== views?.unknown) kind.count++
    else if (views.unknown.fault) this.#faults++
    else this.#countUnknown(codeText(bytes.getUint8(offset)))
    const instrument = this.#instruments.of(kind.naming, view)
    if (!kind.wanted) return
    const { instruments } = this.#selection
    if (instruments !== undefined && !(instrument !== undefined && instruments.has(instrument))) {
      return
    }
    kind.writer ??= this.#writerOf?.(type)
    if (kind.writer === undefined) return
    this.head.sequence = sequence
    this.head.type = type
    kind.writer.write(this.head, view)
    this.rows++
  }

  counts(): TallyCounts {
    const counted = [...this.#kinds.values()].filter(({ count }) => count > 0)
    counted.sort((a, b) => b.count - a.count)
    return {
      messages: this.messages,
      byType: Object.fromEntries(counted.map(({ type, count }) => [type, count])),
      unknown: Object.fromEntries(this.#unknown),
      messageFaults: this.#faults,
      instruments: this.#instruments.count,
      rows: this.rows,
    }
  }

  #kindOf(type: string): Kind {
    let kind = this.#kinds.get(type)
    if (kind === undefined) {
      const { types } = this.#selection
      const wanted = this.#writerOf !== undefined && (types === undefined || types.has(type))
      const naming = this.#instruments.namingOf(type)
      kind = { type, naming, count: 0, wanted, writer: undefined }
      this.#kinds.set(type, kind)
    }
    return kind
  }

  #countUnknown(code: string): void {
    this.#unknown.set(code, (this.#unknown.get(code) ?? 0) + 1)
  }
}

/** What there is of each type. */
interface Kind {
  readonly type: string
  readonly naming: NamingFields
  count: number
  readonly wanted: boolean
  /** Made with the first row. */
  writer: RowWriter | undefined
}

/** A type's code as people write it. */
function codeText(code: number): string {
  return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : String(code)
}
