import { copyBytes } from '../../foundation/copy-bytes.js'
import type { MessageView } from '../../wire/message-view.js'
import type { RowHead } from '../row-writer.js'

const FIRST_ROWS = 1_024
const FIRST_BYTES = 65_536

/**
 * The rows of a group as they came: the bytes of their messages, one behind the other, and what the
 * framing told of each. Columns are taken from it one after the other, so that only one is in memory as
 * values. Grows to what a group needs and is used again. One thread.
 */
export class RowStore {
  rows = 0
  view = new DataView(new ArrayBuffer(FIRST_BYTES))
  /** Where each row's message begins, and where the last one ends. */
  offsets = new Uint32Array(FIRST_ROWS + 1)
  sequences = new Float64Array(FIRST_ROWS)
  receivedNs = new BigInt64Array(FIRST_ROWS)
  sentNs = new BigInt64Array(FIRST_ROWS)

  /** What the messages are; they are of one type. */
  type = ''

  /** Bytes of the messages that are held. */
  get messageBytes(): number {
    return this.offsets[this.rows]
  }

  add(head: Readonly<RowHead>, message: MessageView): void {
    const row = this.rows
    const { bytes, offset, length } = message
    if (row === this.sequences.length) this.#growRows()
    const at = this.offsets[row]
    if (at + length > this.view.byteLength) this.#growBytes(at + length)
    copyBytes(bytes, offset, this.view, at, length)
    this.offsets[row + 1] = at + length
    this.sequences[row] = head.sequence
    this.receivedNs[row] = head.receivedNs ?? 0n
    this.sentNs[row] = head.sentNs ?? 0n
    this.type = head.type
    this.rows = row + 1
  }

  clear(): void {
    this.rows = 0
  }

  #growRows(): void {
    const rows = 2 * this.sequences.length
    this.offsets = copied(new Uint32Array(rows + 1), this.offsets)
    this.sequences = copied(new Float64Array(rows), this.sequences)
    this.receivedNs = copied(new BigInt64Array(rows), this.receivedNs)
    this.sentNs = copied(new BigInt64Array(rows), this.sentNs)
  }

  #growBytes(needed: number): void {
    const larger = new Uint8Array(Math.max(2 * this.view.byteLength, needed))
    larger.set(new Uint8Array(this.view.buffer))
    this.view = new DataView(larger.buffer)
  }
}

function copied<T extends Uint32Array | Float64Array | BigInt64Array>(to: T, from: T): T {
  // One kind on both sides, which the type of `set` cannot say.
  ;(to as { set(from: T): void }).set(from)
  return to
}
