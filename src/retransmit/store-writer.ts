import { assert } from '../foundation/assert.js'
import type { MessageStore } from '../wire/message-store.js'
import {
  assertStream,
  BASE,
  END,
  ENTRY_BYTES,
  GENERATION,
  HEADER,
  INDEX,
  MAX_STORED_BYTES,
  MISSING,
  SESSION,
  STORED_HEADER_BYTES,
  type StoredStream,
  storeLayoutOf,
  TAIL,
} from './store-layout.js'

/** Numbers stay far below 2^31, so that adding to one never leaves the small integers. */
const RENUMBER_AT = 2 ** 30
/**
 * Of the data and of the entries, one part in 2^6 is freed at once: one read-modify-write of the tail
 * then does for many messages.
 */
const FREED_SHIFT = 6

/**
 * The writing end of a store. One thread, which may be a hot one: `append` allocates nothing and moves
 * the tail once in a while; `publish` is one atomic store, for as many messages as a datagram has.
 */
export class RetransmitStoreWriter implements MessageStore {
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #octets: Uint8Array
  readonly #view: DataView
  readonly #doubles: Float64Array
  readonly #entryMask: number
  readonly #dataBytes: number
  readonly #renumberAt: number
  /** Offset in the data at which the next message is to lie. */
  #head = 0
  /** Bytes from the oldest message to the head, padding included. */
  #used = 0
  #tail = 0
  #end = 0

  /**
   * @param renumberAt at which number messages get smaller ones; tests give a small one, since it takes
   * a thousand million messages to come there
   */
  constructor(buffer: SharedArrayBuffer, stream: StoredStream, renumberAt = RENUMBER_AT) {
    const layout = storeLayoutOf(buffer)
    assert(renumberAt >= 2 * layout.entryCount, 'renumbering gains something')
    this.#words = new Int32Array(buffer, 0, (INDEX + layout.entryCount * ENTRY_BYTES) / 4)
    this.#octets = new Uint8Array(buffer)
    this.#view = new DataView(buffer, layout.dataOffset, layout.dataBytes)
    this.#doubles = new Float64Array(buffer, 0, INDEX / 8)
    this.#entryMask = layout.entryCount - 1
    this.#dataBytes = layout.dataBytes
    this.#renumberAt = renumberAt
    this.begin(stream)
  }

  /** The sequence that the next message will have. */
  get nextSequence(): number {
    return this.#doubles[BASE / 8] + this.#end
  }

  /** Forgets everything, and begins another stream. Not hot. */
  begin(stream: StoredStream): void {
    assertStream(stream)
    this.#closeGeneration()
    this.#octets.set(stream.session, SESSION)
    this.#octets.fill(0, HEADER, HEADER + STORED_HEADER_BYTES)
    if (stream.header !== undefined) this.#octets.set(stream.header, HEADER)
    this.#startAt(stream.firstSequence)
    this.#openGeneration()
  }

  /**
   * Stores the message with the next sequence; nobody sees it before `publish`. What is appended until
   * then must be less than the store holds, of which a datagram is a small part. Hot.
   */
  append(bytes: DataView, offset: number, length: number): void {
    assert(length <= MAX_STORED_BYTES, 'a message fits into a datagram')
    if (this.#end >= this.#renumberAt) this.#renumber()
    const wraps = this.#head + length > this.#dataBytes
    const padding = wraps ? this.#dataBytes - this.#head : 0
    if (
      this.#used + padding + length > this.#dataBytes ||
      this.#end - this.#tail > this.#entryMask
    ) {
      this.#evict(padding + length)
    }
    // As a part of the message before it, with which it is freed.
    this.#used += padding
    if (wraps) this.#head = 0
    this.#copy(bytes, offset, length)
    this.#enter(length)
    this.#head += length
    this.#used += length
  }

  /** Makes all that was appended visible. Hot. */
  publish(): void {
    Atomics.store(this.#words, END / 4, this.#end)
  }

  /** Passes over sequences whose messages never will be here. Not hot. */
  skip(count: number): void {
    assert(Number.isSafeInteger(count) && count >= 0, 'sequences only go up')
    if (count > this.#entryMask) {
      const sequence = this.nextSequence + count
      this.#closeGeneration()
      this.#startAt(sequence)
      this.#openGeneration()
      return
    }
    for (let i = 0; i < count; i++) {
      if (this.#end >= this.#renumberAt) this.#renumber()
      if (this.#end - this.#tail > this.#entryMask) this.#evict(0)
      this.#enter(MISSING)
      Atomics.store(this.#words, END / 4, this.#end)
    }
  }

  #enter(length: number): void {
    const entry = (INDEX + (this.#end & this.#entryMask) * ENTRY_BYTES) >> 2
    this.#words[entry] = this.#head
    this.#words[entry + 1] = length
    this.#end++
  }

  /** Four bytes at a time: a subarray to copy from would be garbage. */
  #copy(bytes: DataView, offset: number, length: number): void {
    const view = this.#view
    const head = this.#head
    const whole = length & ~3
    let at = 0
    for (; at < whole; at += 4) view.setInt32(head + at, bytes.getInt32(offset + at))
    for (; at < length; at++) view.setInt8(head + at, bytes.getInt8(offset + at))
  }

  /** Frees an entry and `need` bytes, and some more, before anything there is overwritten. */
  #evict(need: number): void {
    const words = this.#words
    const entries = this.#entryMask + 1
    const usedMost = Math.max(0, this.#dataBytes - need - (this.#dataBytes >> FREED_SHIFT))
    const countMost = entries - 1 - (entries >> FREED_SHIFT)
    let tail = this.#tail
    let offset = words[(INDEX + (tail & this.#entryMask) * ENTRY_BYTES) >> 2]
    while (tail !== this.#end && (this.#used > usedMost || this.#end - tail > countMost)) {
      tail++
      let next = this.#head
      if (tail !== this.#end) {
        next = words[(INDEX + (tail & this.#entryMask) * ENTRY_BYTES) >> 2]
      }
      const bytes = next - offset
      this.#used -= bytes < 0 ? bytes + this.#dataBytes : bytes
      offset = next
    }
    assert(tail !== this.#end, 'a store has room for more than its longest message')
    this.#tail = tail
    // A read-modify-write, and before the overwriting: see the layout.
    Atomics.exchange(words, TAIL / 4, tail)
  }

  /** Numbers anew, by a multiple of the entry count, so that every entry stays where it is. */
  #renumber(): void {
    const shift = this.#tail & ~this.#entryMask
    this.#closeGeneration()
    this.#doubles[BASE / 8] += shift
    this.#tail -= shift
    this.#end -= shift
    Atomics.exchange(this.#words, TAIL / 4, this.#tail)
    Atomics.store(this.#words, END / 4, this.#end)
    this.#openGeneration()
  }

  #startAt(sequence: number): void {
    this.#doubles[BASE / 8] = sequence
    this.#head = 0
    this.#used = 0
    this.#tail = 0
    this.#end = 0
    Atomics.exchange(this.#words, TAIL / 4, 0)
    Atomics.store(this.#words, END / 4, 0)
  }

  #closeGeneration(): void {
    const before = Atomics.add(this.#words, GENERATION / 4, 1)
    assert((before & 1) === 0, 'a store has one writer')
  }

  #openGeneration(): void {
    Atomics.add(this.#words, GENERATION / 4, 1)
  }
}
