import { RecordWriter } from '../../ring/record-ring.js'
import { LOSS } from '../../sequence/gap-table.js'
import { MOLD_SESSION_BYTES } from '../../wire/moldudp64.js'
import type { AnyMessageView, FeedStatus, Handler } from '../handler.js'
import type { ReportedGap } from '../notices/notices.js'
import type { OpenRun } from '../open-run.js'

/**
 * What an outlet writes into its ring, for a thread that publishes a feed. All little-endian.
 *
 * ```
 *   messages   0        8             16       20      24          28        32       40
 *              +--------+-------------+--------+-------+-----------+---------+--------+---------- - -
 *              | first  | received ns |  count | bytes | protocol  | channel | sendNs | messages
 *              |  f64   |     f64     |   u32  |  u32  |    u32    |   u32   |  f64   |
 *              +--------+-------------+--------+-------+-----------+---------+--------+---------- - -
 *   missing    first f64, count f64, then six causes f64 as LOSS has them
 *   session    1 for a restart of the publisher, else 0, f64; ten bytes of the session's name
 *   event      kind f64, sequence f64
 *   dropped    first f64, count f64: messages for which there was no room; then f64: those of runs before
 * ```
 */
export const OUTLET = { messages: 1, missing: 2, session: 3, event: 4, dropped: 5 } as const

export const OUTLET_MESSAGES = {
  first: 0,
  receivedNs: 8,
  count: 16,
  bytes: 20,
  protocol: 24,
  channel: 28,
  sendNs: 32,
  messages: 40,
} as const
const CAUSES = LOSS.unrecovered + 1
export const OUTLET_MISSING_BYTES = 16 + CAUSES * 8
/** A restart of the publisher: 1 (else 0), f64; the name. */
export const OUTLET_SESSION_BYTES = 8 + MOLD_SESSION_BYTES
const EVENT_BYTES = 16
const DROPPED_BYTES = 24
const SPACE = 0x20
/** Room that messages leave, so that what was dropped can be told at any time, with the session before it. */
const RESERVE_BYTES = 512

/** Values of an event's kind. */
export const OUTLET_EVENT = { stale: 1, live: 2, endOfSession: 3 } as const

/** How long a writer that may wait sleeps between two looks. */
const ROOM_MS = 100

/** Where a feed's messages are to go instead of to a handler. */
export interface OutletChoice {
  readonly ring: SharedArrayBuffer
  /** Whether the thread waits for room: only where nothing comes from a network. */
  readonly waits: boolean
}

/**
 * Takes a whole feed, messages and what is told beside them, and copies it into a ring in order. Where the
 * ring is full the feed goes on: what is dropped is counted and told. After that nothing is taken until half
 * of the ring is free: one hole of many messages, not many holes that cut every batch to a few messages and
 * make the reader slower still. One thread; no allocation.
 */
export class Outlet implements Handler {
  readonly writer: RecordWriter
  /** The record that was claimed last: bytes from the start of the ring's memory. */
  at = 0
  readonly #waits: boolean
  /** What has the feed open, for the session's name; `OutletRuns` sets it. */
  #run: OpenRun | undefined
  /** Messages that were dropped and are not told yet, and the first of them; and those of runs before. */
  #dropped = 0
  #droppedFirst = Number.NaN
  #droppedBefore = 0
  /** The ring was full, and is not half free since. */
  #crowded = false
  /** Whether the publisher's run has not been told; and whether it is a restart. */
  #untold = true
  #restarted = false

  constructor({ ring, waits }: OutletChoice) {
    this.writer = new RecordWriter(ring)
    this.#waits = waits
  }

  watch(run: OpenRun): void {
    this.#run = run
  }

  /** Never called: runs come as a whole, by `OutletRuns`. */
  onMessage(_message: AnyMessageView, _sequence: number): void {}

  onGap(gap: ReportedGap): void {
    if (!this.claim(OUTLET.missing, OUTLET_MISSING_BYTES)) {
      this.drop(gap.firstSequence, gap.count)
      return
    }
    const { bytes } = this.writer
    bytes.setFloat64(this.at, gap.firstSequence, true)
    bytes.setFloat64(this.at + 8, gap.count, true)
    for (let i = 0; i < CAUSES; i++) {
      bytes.setFloat64(this.at + 16 + i * 8, gap.parts[i] ?? 0, true)
    }
    this.writer.publish()
  }

  onStatus(status: FeedStatus): void {
    if (status.kind === 'session') this.#restart()
    const kind = eventOf(status.kind)
    if (kind === 0 || !this.claim(OUTLET.event, EVENT_BYTES)) return
    this.writer.bytes.setFloat64(this.at, kind, true)
    this.writer.bytes.setFloat64(this.at + 8, status.sequence, true)
    this.writer.publish()
  }

  /** Makes room for a record at `at`; false if there is none, and nobody waits for it. */
  claim(kind: number, bytes: number): boolean {
    if (this.#crowded && !this.writer.isHalfFree) return false
    this.#crowded = false
    if (this.#dropped + this.#droppedBefore > 0 && !this.#tellDropped()) return false
    if (this.#untold && kind !== OUTLET.event && !this.#tellSession()) return false
    this.#crowded = !this.#claim(kind, bytes, RESERVE_BYTES)
    return !this.#crowded
  }

  /** The feed has ended: what was dropped last is told from the room that is kept for it. */
  onStop(): void {
    if (this.#dropped + this.#droppedBefore > 0) this.#tellDropped()
  }

  /** So many messages from this sequence on find no room. */
  drop(first: number, count: number): void {
    if (this.#dropped === 0) this.#droppedFirst = first
    this.#dropped += count
  }

  #claim(kind: number, bytes: number, reserve: number): boolean {
    this.at = this.writer.claim(kind, bytes, reserve)
    while (this.at < 0 && this.#waits) {
      this.writer.waitForRoom(ROOM_MS)
      this.at = this.writer.claim(kind, bytes, reserve)
    }
    return this.at >= 0
  }

  #restart(): void {
    this.#untold = true
    this.#restarted = true
    this.#droppedBefore += this.#dropped
    this.#dropped = 0
  }

  /** What was dropped of the run before is told before the new one. */
  #tellDropped(): boolean {
    if (this.#untold && this.#dropped > 0 && !this.#tellSession()) return false
    if (!this.#claim(OUTLET.dropped, DROPPED_BYTES, 0)) return false
    const { bytes } = this.writer
    bytes.setFloat64(this.at, this.#droppedFirst, true)
    bytes.setFloat64(this.at + 8, this.#dropped, true)
    bytes.setFloat64(this.at + 16, this.#droppedBefore, true)
    this.writer.publish()
    this.#dropped = 0
    this.#droppedBefore = 0
    return true
  }

  #tellSession(): boolean {
    const framing = this.#run?.framing
    if (framing === undefined) return false
    if (!this.#claim(OUTLET.session, OUTLET_SESSION_BYTES, RESERVE_BYTES / 2)) return false
    const { bytes } = this.writer
    bytes.setFloat64(this.at, this.#restarted ? 1 : 0, true)
    const name = this.at + 8
    for (let i = 0; i < MOLD_SESSION_BYTES; i++) bytes.setUint8(name + i, SPACE)
    framing.writeSession(framing.session, bytes, name)
    this.writer.publish()
    this.#untold = false
    this.#restarted = false
    return true
  }
}

function eventOf(kind: FeedStatus['kind']): number {
  if (kind === 'stale') return OUTLET_EVENT.stale
  if (kind === 'live') return OUTLET_EVENT.live
  return kind === 'end-of-session' ? OUTLET_EVENT.endOfSession : 0
}
