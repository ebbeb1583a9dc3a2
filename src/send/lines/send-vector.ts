import { ceilPowerOfTwo } from '../../foundation/units.js'
import type { BoxedNumbers } from '../../native/boxed-numbers.js'
import { libc } from '../../native/libc.js'
import { armForKernel } from '../../ring/kernel-slots.js'
import { createRing } from '../../ring/layout.js'
import { SlotProducer } from '../../ring/slot-producer.js'

export interface VectorShape {
  /** Entries at most. */
  readonly batch: number
  /** Messages in a full datagram, and its bytes. */
  readonly messagesPerDatagram: number
  readonly datagramBytes: number
  /** Datagrams in a full entry: a train if there are several. */
  readonly perEntry: number
}

/**
 * Datagrams that every line sends, each at its own pace: a vector for sendmmsg, whose entries are
 * datagrams or trains of them. Only the last datagram of all may be shorter than the others.
 *
 * The lines share the message headers: their sockets are connected, so all that the kernel writes there
 * is a length that nobody reads. One thread.
 */
export class SendVector {
  readonly bytes: DataView
  readonly #octets: Uint8Array
  readonly #slots: SlotProducer
  readonly #headers: BoxedNumbers
  readonly #perDatagram: number
  readonly #datagramBytes: number
  #perEntry: number
  /** How many lines refused each datagram. At most 16 do. */
  readonly #refusals: Uint8Array
  #hasRefusals = false
  /** Entries, and what is in them. */
  filled = 0
  messages = 0
  payloadBytes = 0
  /** What `countRefused` found. */
  refusedMessages = 0
  refusedDatagrams = 0
  refusedBytes = 0

  constructor(shape: VectorShape) {
    const ring = createRing(ceilPowerOfTwo(shape.batch), shape.perEntry * shape.datagramBytes)
    this.#slots = new SlotProducer(ring)
    this.#octets = new Uint8Array(ring)
    this.#headers = armForKernel(ring, libc().address(this.#octets), false)
    this.bytes = this.#slots.bytes
    this.#perDatagram = shape.messagesPerDatagram
    this.#datagramBytes = shape.datagramBytes
    this.#perEntry = shape.perEntry
    this.#refusals = new Uint8Array(shape.batch * shape.perEntry)
  }

  get perEntry(): number {
    return this.#perEntry
  }

  get datagrams(): number {
    return this.datagramsIn(0, this.filled)
  }

  /** From now on an entry is one datagram. For an empty vector. */
  endTrains(): void {
    this.#perEntry = 1
  }

  /** Forgets all entries. */
  clear(): void {
    this.filled = 0
    this.messages = 0
    this.payloadBytes = 0
    if (this.#hasRefusals) this.#refusals.fill(0)
    this.#hasRefusals = false
  }

  /** Bytes from the start of `bytes` to an entry. */
  offsetOf(entry: number): number {
    return this.#slots.slotOffset(entry)
  }

  /** The next entry is written: notes its size. */
  add(messages: number, bytes: number): void {
    this.#slots.setSendLength(this.filled, bytes)
    this.filled += 1
    this.messages += messages
    this.payloadBytes += bytes
  }

  /** The address of an entry's mmsghdr; those of the entries behind it follow. */
  headerAt(entry: number): number {
    return this.#headers.at(entry)
  }

  /** Messages in some entries, of which only the last one can be short. */
  messagesIn(entry: number, entries: number): number {
    const perEntry = this.#perEntry * this.#perDatagram
    return Math.min(entries * perEntry, this.messages - entry * perEntry)
  }

  datagramsIn(entry: number, entries: number): number {
    // Math.ceil would make a double, to be boxed.
    return ((this.messagesIn(entry, entries) + this.#perDatagram - 1) / this.#perDatagram) | 0
  }

  messagesOf(entry: number, datagram: number): number {
    return Math.min(this.#perDatagram, this.messagesIn(entry, 1) - datagram * this.#perDatagram)
  }

  /** Makes `target` hold one datagram of an entry, and nothing else. */
  copyDatagram(entry: number, datagram: number, target: SendVector): void {
    const bytes = this.#bytesOf(entry, datagram)
    const start = this.offsetOf(entry) + datagram * this.#datagramBytes
    target.clear()
    target.#octets.set(this.#octets.subarray(start, start + bytes), target.offsetOf(0))
    target.add(this.messagesOf(entry, datagram), bytes)
  }

  /** A line did not get rid of a datagram. */
  noteRefused(entry: number, datagram: number): void {
    this.#refusals[entry * this.#perEntry + datagram] += 1
    this.#hasRefusals = true
  }

  /** Counts what all of `lines` lines refused. */
  countRefused(lines: number): void {
    this.refusedMessages = 0
    this.refusedDatagrams = 0
    this.refusedBytes = 0
    if (!this.#hasRefusals) return
    for (let entry = 0; entry < this.filled; entry++) {
      const datagrams = this.datagramsIn(entry, 1)
      for (let i = 0; i < datagrams; i++) {
        if (this.#refusals[entry * this.#perEntry + i] < lines) continue
        this.refusedDatagrams += 1
        this.refusedMessages += this.messagesOf(entry, i)
        this.refusedBytes += this.#bytesOf(entry, i)
      }
    }
  }

  /** In a train all datagrams but the last are full. */
  #bytesOf(entry: number, datagram: number): number {
    const rest = this.#slots.sendLength(entry) - datagram * this.#datagramBytes
    return Math.min(this.#datagramBytes, rest)
  }
}
