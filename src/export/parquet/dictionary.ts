import type { Column, FieldPlace } from '../../codec/column/column.js'
import { MessageView } from '../../wire/message-view.js'
import type { RowStore } from './row-store.js'

const BLANKS = 0x20202020
/** Places in the table of keys, before it grows. A power of two. */
const FIRST_TABLE = 1_024

/**
 * The texts of one column of a group: each different one once, and for each value its number. Its memory
 * is used again by the column after it. One thread.
 */
export class Dictionary {
  readonly texts: string[] = []
  /** The number of each value's text. */
  numbers = new Uint32Array(FIRST_TABLE)
  readonly #numberOf = new Map<string, number>()
  /** Numbers plus one, at the places that keys have; 0 where there is none. */
  #table = new Uint32Array(FIRST_TABLE)
  /** The two words of each text's key. */
  #keys = new Uint32Array(FIRST_TABLE)

  /** Takes the same text for each row. */
  takeOne(text: string, rows: number): void {
    this.#begin(rows)
    if (rows > 0) this.texts.push(text)
    this.numbers.fill(0, 0, rows)
  }

  /** Takes texts that stand in the same place of every message. */
  takePlaced(store: RowStore, column: Column, place: FieldPlace): void {
    if (place.type === 'char') this.#takeCodes(store, column, place.offset)
    else if (column.bytes === 8 || column.bytes === 4) this.#takeShort(store, column, place.offset)
    else this.takeEach(store, column)
  }

  /**
   * Takes whatever texts a column reads.
   *
   * @param defined which rows have one; undefined: all
   * @returns how many have one
   */
  takeEach(store: RowStore, column: Column, defined?: Uint8Array): number {
    const { rows, view, offsets } = store
    this.#begin(rows)
    const message = new MessageView()
    let count = 0
    for (let row = 0; row < rows; row++) {
      if (defined !== undefined && defined[row] === 0) continue
      message.wrap(view, offsets[row], offsets[row + 1] - offsets[row])
      this.numbers[count++] = this.#numberOfText(column.text(message))
    }
    return count
  }

  #begin(rows: number): void {
    this.texts.length = 0
    this.#numberOf.clear()
    this.#table.fill(0)
    if (this.numbers.length < rows) this.numbers = new Uint32Array(rows)
  }

  #numberOfText(text: string): number {
    let number = this.#numberOf.get(text)
    if (number === undefined) {
      number = this.texts.push(text) - 1
      this.#numberOf.set(text, number)
    }
    return number
  }

  #takeCodes(store: RowStore, column: Column, offset: number): void {
    const { rows, view, offsets } = store
    this.#begin(rows)
    for (let row = 0; row < rows; row++) {
      const code = view.getUint8(offsets[row] + offset)
      const number = this.#table[code] - 1
      this.numbers[row] = number >= 0 ? number : this.#add(code, store, column, row)
    }
  }

  #takeShort(store: RowStore, column: Column, offset: number): void {
    const { rows, view, offsets } = store
    this.#begin(rows)
    const isLong = column.bytes === 8
    for (let row = 0; row < rows; row++) {
      const at = offsets[row] + offset
      const high = view.getUint32(at)
      const low = isLong ? view.getUint32(at + 4) : BLANKS
      const slot = this.#slotOf(high, low)
      const number = this.#table[slot] - 1
      if (number >= 0) this.numbers[row] = number
      else this.numbers[row] = this.#addKey(high, low, slot, store, column, row)
    }
  }

  /** Where a key is in the table, or would be. */
  #slotOf(high: number, low: number): number {
    const mask = this.#table.length - 1
    let slot = (Math.imul(high ^ Math.imul(low, 0x9e3779b1), 0x85ebca6b) >>> 12) & mask
    for (;;) {
      const number = this.#table[slot] - 1
      if (number < 0) return slot
      if (this.#keys[2 * number] === high && this.#keys[2 * number + 1] === low) return slot
      slot = (slot + 1) & mask
    }
  }

  #add(slot: number, store: RowStore, column: Column, row: number): number {
    const { view, offsets } = store
    const message = new MessageView().wrap(view, offsets[row], offsets[row + 1] - offsets[row])
    this.#table[slot] = this.texts.push(column.text(message))
    return this.texts.length - 1
  }

  #addKey(
    high: number,
    low: number,
    slot: number,
    store: RowStore,
    column: Column,
    row: number,
  ): number {
    const number = this.#add(slot, store, column, row)
    this.#keys[2 * number] = high
    this.#keys[2 * number + 1] = low
    if (2 * this.texts.length >= this.#table.length) this.#grow()
    return number
  }

  #grow(): void {
    const keys = new Uint32Array(2 * this.#keys.length)
    keys.set(this.#keys)
    this.#keys = keys
    this.#table = new Uint32Array(2 * this.#table.length)
    for (let number = 0; number < this.texts.length; number++) {
      this.#table[this.#slotOf(keys[2 * number], keys[2 * number + 1])] = number + 1
    }
  }
}
