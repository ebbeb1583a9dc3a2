import type { Column } from '../codec/column/column.js'
import type { Protocol } from '../codec/protocols.js'
import type { ExactInteger } from '../codec/value/exact.js'
import type { MessageView } from '../wire/message-view.js'

/** Columns that every row has. */
const HEAD: ReadonlySet<string> = new Set(['sequence', 'receivedNs', 'sentNs', 'type'])

/**
 * The columns of each type of a protocol; none for a type that it does not have. A field that is called like
 * a column of every row gets a trailing `_`; the sequence of a native message is in its row already.
 */
export function columnsByType(protocol: Protocol | undefined): (type: string) => readonly Column[] {
  const native = protocol?.name === 'native'
  const columns = new Map(
    protocol?.kinds.map(({ name, columns }) => [
      name,
      columns
        .filter((column) => !native || column.name !== 'sequence')
        .map((column) => (HEAD.has(column.name) ? new RenamedColumn(column) : column)),
    ]),
  )
  return (type) => columns.get(type) ?? []
}

/** A column under another name. */
class RenamedColumn implements Column {
  readonly name: string
  readonly kind: Column['kind']
  readonly bytes: number
  readonly bits: number
  readonly signed: boolean
  readonly decimals: number | null
  readonly unit: Column['unit']
  readonly nullable: boolean
  readonly doc: string
  readonly place: Column['place']
  readonly #column: Column

  constructor(column: Column) {
    this.name = `${column.name}_`
    this.kind = column.kind
    this.bytes = column.bytes
    this.bits = column.bits
    this.signed = column.signed
    this.decimals = column.decimals
    this.unit = column.unit
    this.nullable = column.nullable
    this.doc = column.doc
    this.place = column.place
    this.#column = column
  }

  isNull(view: MessageView): boolean {
    return this.#column.isNull(view)
  }

  number(view: MessageView): number {
    return this.#column.number(view)
  }

  exact(view: MessageView): ExactInteger {
    return this.#column.exact(view)
  }

  text(view: MessageView): string {
    return this.#column.text(view)
  }

  json(view: MessageView): string {
    return this.#column.json(view)
  }
}
