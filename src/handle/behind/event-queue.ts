import { LOSS_REASONS } from '../../sequence/gap-table.js'
import type { FeedStatus, Gap } from '../handler.js'
import type { Notices } from '../notices/notices.js'
import type { ConflationTable } from './conflation-table.js'

const FIRST = 0
const COUNT = 8
const LINE = 16
const KIND = 20
/** In place of a line: the event is a gap. */
const GAP_LINE = -2

const STATUS_CODES: Readonly<Record<FeedStatus['kind'], number>> = {
  'line-silent': 0,
  'line-behind': 1,
  'line-live': 2,
  stale: 3,
  live: 4,
  missing: 5,
  session: 6,
  'end-of-session': 7,
  'line-left': 8,
  'line-joined': 9,
  'second-stream': 10,
  'single-stream': 11,
}
const STATUS_KINDS = Object.keys(STATUS_CODES) as FeedStatus['kind'][]

/**
 * Keeps gaps and statuses in a conflation table, so that the handler is told of each after the messages
 * that came before it. One thread; no allocation for each.
 *
 * ```
 *   0       8       16     20     21     in the bytes of an entry
 *   +-------+-------+------+------+
 *   | first | count | line | kind |      f64, f64, i32, u8: why lost, or the status's code
 *   +-------+-------+------+------+
 * ```
 */
export class EventQueue {
  readonly #table: ConflationTable
  readonly #notices: Notices

  constructor(table: ConflationTable, notices: Notices) {
    this.#table = table
    this.#notices = notices
  }

  /** Tells of a gap in its turn; at once if nothing waits, or if there is no room. */
  gap(gap: Gap): void {
    const at = this.#table.isEmpty ? -1 : this.#table.putEvent()
    if (at < 0) this.#notices.tellGap(gap)
    else this.#write(at, gap.firstSequence, gap.count, GAP_LINE, LOSS_REASONS.indexOf(gap.reason))
  }

  /** The same for a status. */
  status(status: FeedStatus): void {
    const at = this.#table.isEmpty ? -1 : this.#table.putEvent()
    const kind = STATUS_CODES[status.kind]
    if (at < 0) this.#notices.tellStatus(status)
    else this.#write(at, status.sequence, status.count, status.line, kind)
  }

  /** Tells of the event that the table has just taken out. */
  tellTaken(): void {
    const { bytes, offset } = this.#table
    const first = bytes.getFloat64(offset + FIRST)
    const count = bytes.getFloat64(offset + COUNT)
    const line = bytes.getInt32(offset + LINE)
    const kind = bytes.getUint8(offset + KIND)
    if (line === GAP_LINE) this.#notices.gap(first, count, LOSS_REASONS[kind])
    else this.#notices.status(STATUS_KINDS[kind], line, first, count)
  }

  #write(at: number, first: number, count: number, line: number, kind: number): void {
    const { bytes } = this.#table
    bytes.setFloat64(at + FIRST, first)
    bytes.setFloat64(at + COUNT, count)
    bytes.setInt32(at + LINE, line)
    bytes.setUint8(at + KIND, kind)
  }
}
