import type { CounterSection } from './counters-layout.js'

/**
 * The losses of a run, a row for each burst of them. The newest rows stay.
 *
 * ```
 *    0  rows ever    f64   how many rows there have been; the last `capacity` of them are here
 *    8  unused       f64
 *   16  row 0        8 f64: line, cause, first sequence, last sequence, count, first ns, last ns, unused
 *   80  row 1 …      row number modulo capacity
 * ```
 *
 * `line` is -1 where the loss is the feed's and not one line's, `cause` an index into the causes of
 * `LOSS`; times are wall-clock ns since the epoch. `count` may be less than the span of the sequences: what
 * arrived in between is not counted.
 *
 * The thread that handles the feed writes, as messages are declared lost; no allocation.
 */
const ROWS_EVER = 0
const ROWS = 2
const ROW_WORDS = 8
const CAPACITY = 512
const LINE = 0
const CAUSE = 1
const FIRST = 2
const LAST = 3
const COUNT = 4
const FIRST_NS = 5
const LAST_NS = 6
/** Losses of one cause that follow each other within so long are one burst, and one row. */
const BURST_NS = 100e6

export const LOSS_LOG_BYTES = (ROWS + CAPACITY * ROW_WORDS) * 8

export function lossLogSection(label: string): CounterSection {
  return { kind: 'losses', label, bytes: LOSS_LOG_BYTES, fields: { capacity: CAPACITY } }
}

export class LossLog {
  /** Of the loss to note: fields, since doubles as arguments would be boxed. */
  first = 0
  count = 0
  ns = 0
  /** Who is told of each loss, one by one; null: nobody. */
  listener: LossListener | null = null
  readonly #words: Float64Array

  /** @param byteOffset where LOSS_LOG_BYTES begin, a multiple of 8 */
  constructor(buffer: ArrayBufferLike, byteOffset: number) {
    this.#words = new Float64Array(buffer, byteOffset, LOSS_LOG_BYTES / 8)
  }

  /**
   * Notes the loss that the fields tell of.
   *
   * @param line its index, -1: the feed
   * @param cause a value of `LOSS`
   */
  note(line: number, cause: number): void {
    if (this.listener !== null) this.listener.lost(this, line, cause)
    const words = this.#words
    const last = this.first + this.count - 1
    const rows = words[ROWS_EVER]
    const newest = this.#at(rows - 1)
    if (
      rows > 0 &&
      words[newest + LINE] === line &&
      words[newest + CAUSE] === cause &&
      this.first > words[newest + LAST] &&
      this.ns - words[newest + LAST_NS] <= BURST_NS
    ) {
      words[newest + LAST] = last
      words[newest + COUNT] += this.count
      words[newest + LAST_NS] = this.ns
      return
    }
    const at = this.#at(rows)
    words[at + LINE] = line
    words[at + CAUSE] = cause
    words[at + FIRST] = this.first
    words[at + LAST] = last
    words[at + COUNT] = this.count
    words[at + FIRST_NS] = this.ns
    words[at + LAST_NS] = this.ns
    words[ROWS_EVER] = rows + 1
  }

  #at(row: number): number {
    return ROWS + (row % CAPACITY) * ROW_WORDS
  }
}

/** Is told of each loss by the thread that handles the feed. Must not allocate. */
export interface LossListener {
  /** @param loss whose fields tell of it */
  lost(loss: LossLog, line: number, cause: number): void
}

/** A burst of losses, as a reader finds it. */
export interface LossRow {
  readonly line: number
  readonly cause: number
  readonly firstSequence: number
  readonly lastSequence: number
  readonly count: number
  readonly firstNs: number
  readonly lastNs: number
}

/** The rows that are kept, the oldest first; and how many there have been. */
export function readLossLog(
  buffer: ArrayBufferLike,
  byteOffset: number,
): { readonly rows: readonly LossRow[]; readonly rowsEver: number } {
  const words = new Float64Array(buffer, byteOffset, LOSS_LOG_BYTES / 8)
  const rowsEver = words[ROWS_EVER]
  const rows: LossRow[] = []
  for (let row = Math.max(0, rowsEver - CAPACITY); row < rowsEver; row++) {
    const at = ROWS + (row % CAPACITY) * ROW_WORDS
    rows.push({
      line: words[at + LINE],
      cause: words[at + CAUSE],
      firstSequence: words[at + FIRST],
      lastSequence: words[at + LAST],
      count: words[at + COUNT],
      firstNs: words[at + FIRST_NS],
      lastNs: words[at + LAST_NS],
    })
  }
  return { rows, rowsEver }
}
