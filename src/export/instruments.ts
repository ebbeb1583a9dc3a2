import type { Column } from '../codec/column/column.js'
import type { MessageView } from '../wire/message-view.js'

/** Fields that name an instrument, in the protocols that are built in. */
const NAMES: readonly string[] = ['symbol', 'stock', 'instrument']
/** A day's number for one, learnt from messages that have both. */
const LOCATE = 'stockLocate'

/** Tells which instrument a message is about, and how many there are. */
export class Instruments {
  readonly #seen = new Set<string>()
  readonly #symbolOfLocate = new Map<number, string>()
  readonly #columnsOf: (type: string) => readonly Column[]

  constructor(columnsOf: (type: string) => readonly Column[]) {
    this.#columnsOf = columnsOf
  }

  get count(): number {
    return this.#seen.size
  }

  /** The instrument's name; undefined where a message is about none, or of one that was never named. */
  of({ name, locate }: NamingFields, message: MessageView): string | undefined {
    const number = locate === undefined ? 0 : locate.number(message)
    if (name === undefined) return number === 0 ? undefined : this.#symbolOfLocate.get(number)
    const symbol = name.text(message)
    if (symbol === '') return undefined
    if (number !== 0) this.#symbolOfLocate.set(number, symbol)
    this.#seen.add(symbol)
    return symbol
  }

  /** The fields by which messages of a type name their instrument. */
  namingOf(type: string): NamingFields {
    const columns = this.#columnsOf(type)
    return {
      name: columns.find((one) => NAMES.includes(one.name)),
      locate: columns.find((one) => one.name === LOCATE),
    }
  }
}

/** Where a message names its instrument: by its name, by a number, by both. */
export interface NamingFields {
  readonly name: Column | undefined
  readonly locate: Column | undefined
}
