import type { CaptureReader } from '../capture/capture-reader.js'
import { REASSEMBLED_BYTES_MAX } from '../capture/packets/fragment-table.js'
import type { Clock } from '../foundation/clock.js'
import { TWO_POW_32 } from '../foundation/units.js'
import type { DatagramSource, DatagramTap } from './datagram-source.js'

/** Bytes in front of a BinaryFILE's record. */
const PREFIX_BYTES = 64
/** Where the header of IEX-TP names its stream. */
const IEX_PROTOCOL = 2
const IEX_CHANNEL = 4
const IEX_IDENTITY_BYTES = 8

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
  readonly cut = false
  receivedNs = Number.NaN
  readonly pushedNs = Number.NaN
  readonly drops = 0
  readonly droppedMessages = 0
  tap: DatagramTap | null = null
  /** Protocol and channel of the first stream of IEX-TP, and of the last other one; NaN: there was none. */
  firstStream = Number.NaN
  otherStream = Number.NaN
  /** Whether all that was opened came from one sender; false where the recording does not tell. */
  hasOneSender = true
  /** When the datagram at hand was captured, ns since the session epoch. */
  timeNs = Number.NaN
  readonly #reader: CaptureReader
  readonly #turn: CaptureTurn
  readonly #line: number
  readonly #hasReceiveTime: boolean

  readonly #iexTp: boolean
  #sender = Number.NaN

  /** @param iexTp whether its datagrams are of IEX-TP, whose streams may share a group and a session */
  constructor(reader: CaptureReader, turn: CaptureTurn, line: number, iexTp: boolean) {
    this.#iexTp = iexTp
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
    const sender = this.#reader.senderNumber
    if (sender !== this.#sender) this.#noteSender(sender)
    if (this.#iexTp && this.length >= IEX_IDENTITY_BYTES) this.#noteStream()
    if (this.tap !== null) this.tap.copy(this)
  }

  #noteSender(sender: number): void {
    if (Number.isNaN(sender) || !Number.isNaN(this.#sender)) this.hasOneSender = false
    this.#sender = sender
  }

  #noteStream(): void {
    const { bytes, offset } = this
    const protocol = bytes.getUint16(offset + IEX_PROTOCOL, true)
    const stream = protocol * TWO_POW_32 + bytes.getUint32(offset + IEX_CHANNEL, true)
    if (Number.isNaN(this.firstStream)) this.firstStream = stream
    else if (stream !== this.firstStream) this.otherStream = stream
  }

  readPushed(_nth: number): void {}

  copySender(name: DataView): boolean {
    return this.#reader.copySender(name)
  }

  copyDestination(name: DataView): boolean {
    return this.#reader.copyDestination(name)
  }

  tellSenders(): void {}

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
