import type { CaptureReader } from '../capture/capture-reader.js'
import { REASSEMBLED_BYTES_MAX } from '../capture/packets/fragment-table.js'
import type { Clock } from '../foundation/clock.js'
import type { DatagramSource } from './datagram-source.js'

/** Bytes in front of a BinaryFILE's record. */
const PREFIX_BYTES = 64

/** The clock of recordings: the time of the packet at hand. Set by whoever takes the next one. */
export class CaptureClock implements Clock {
  ns: number

  constructor(startNs: number) {
    this.ns = startNs
  }

  read(): void {}
}

/** Decides which of several lines a datagram is taken from. */
export interface CaptureTurn {
  /** The number of the line whose datagram is next; -1: there is none at this moment. */
  choose(): number
  /** The datagram of the line whose turn it was is done with. */
  pass(): void
}

/**
 * The datagrams of a recording, one at a time, in the memory that it was read into. One thread; no
 * allocation, no copy. Time is the recording's, so nobody is ever behind.
 */
export class CaptureSource implements DatagramSource {
  readonly capacity = 1
  readonly maxBytes = REASSEMBLED_BYTES_MAX + PREFIX_BYTES
  readonly dropsRunAhead = false
  readonly bytes: DataView
  offset = 0
  length = 0
  readonly segmentBytes = 0
  readonly foreign = false
  readonly damaged = false
  receivedNs = Number.NaN
  readonly pushedNs = Number.NaN
  readonly drops = 0
  readonly droppedMessages = 0
  /** When the datagram at hand was captured, ns since the session epoch. */
  timeNs = Number.NaN
  readonly #reader: CaptureReader
  readonly #turn: CaptureTurn
  readonly #line: number
  readonly #hasReceiveTime: boolean

  constructor(reader: CaptureReader, turn: CaptureTurn, line: number) {
    this.#reader = reader
    this.#turn = turn
    this.#line = line
    this.bytes = reader.view
    this.#hasReceiveTime = reader.hasReceiveTime
  }

  take(limit: number): number {
    return limit > 0 && this.#turn.choose() === this.#line ? 1 : 0
  }

  open(_nth: number): void {
    this.offset = this.#reader.offset
    this.length = this.#reader.length
    this.receivedNs = this.#hasReceiveTime ? this.timeNs : Number.NaN
  }

  readPushed(_nth: number): void {}

  copySender(_name: DataView): boolean {
    return false
  }

  close(_nth: number): void {}

  release(count: number): void {
    if (count > 0) this.#turn.pass()
  }

  isEmpty(): boolean {
    return this.#turn.choose() !== this.#line
  }

  holdsMoreThan(_limit: number): boolean {
    return false
  }
}
