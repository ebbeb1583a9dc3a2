import { LOSS_REASONS } from '../../sequence/gap-table.js'
import type { FeedStatus, Gap } from '../handler.js'
import type { FeedReaderOptions } from '../reader/feed-reader-options.js'
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
  /** What onGap or onStatus threw first, if one did. */
  problem: unknown
  readonly #table: ConflationTable
  readonly #onGap: FeedReaderOptions['onGap']
  readonly #onStatus: FeedReaderOptions['onStatus']
  readonly #gap: { -readonly [Key in keyof Gap]: Gap[Key] } = {
    firstSequence: 0,
    count: 0,
    reason: 'network',
  }
  readonly #status: { -readonly [Key in keyof FeedStatus]: FeedStatus[Key] } = {
    kind: 'live',
    line: -1,
    sequence: 0,
    count: 0,
  }

  constructor(table: ConflationTable, { onGap, onStatus }: FeedReaderOptions) {
    this.#table = table
    this.#onGap = onGap
    this.#onStatus = onStatus
  }

  /** Tells of a gap in its turn; at once if nothing waits, or if there is no room. */
  gap(gap: Gap): void {
    const at = this.#table.isEmpty ? -1 : this.#table.putEvent()
    if (at < 0) this.#tellGap(gap)
    else this.#write(at, gap.firstSequence, gap.count, GAP_LINE, LOSS_REASONS.indexOf(gap.reason))
  }

  /** The same for a status. */
  status(status: FeedStatus): void {
    const at = this.#table.isEmpty ? -1 : this.#table.putEvent()
    const kind = STATUS_CODES[status.kind]
    if (at < 0) this.#tellStatus(status)
    else this.#write(at, status.sequence, status.count, status.line, kind)
  }

  /** Tells of the event that the table has just taken out. */
  tellTaken(): void {
    const { bytes, offset } = this.#table
    const first = bytes.getFloat64(offset + FIRST)
    const count = bytes.getFloat64(offset + COUNT)
    const line = bytes.getInt32(offset + LINE)
    const kind = bytes.getUint8(offset + KIND)
    if (line === GAP_LINE) {
      this.#gap.firstSequence = first
      this.#gap.count = count
      this.#gap.reason = LOSS_REASONS[kind]
      this.#tellGap(this.#gap)
    } else {
      this.#status.kind = STATUS_KINDS[kind]
      this.#status.line = line
      this.#status.sequence = first
      this.#status.count = count
      this.#tellStatus(this.#status)
    }
  }

  #write(at: number, first: number, count: number, line: number, kind: number): void {
    const { bytes } = this.#table
    bytes.setFloat64(at + FIRST, first)
    bytes.setFloat64(at + COUNT, count)
    bytes.setInt32(at + LINE, line)
    bytes.setUint8(at + KIND, kind)
  }

  #tellGap(gap: Gap): void {
    try {
      this.#onGap?.(gap)
    } catch (error) {
      this.problem ??= error
    }
  }

  #tellStatus(status: FeedStatus): void {
    try {
      this.#onStatus?.(status)
    } catch (error) {
      this.problem ??= error
    }
  }
}
