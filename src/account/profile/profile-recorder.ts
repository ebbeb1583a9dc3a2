import { FALSE_SHARING_RANGE_BYTES } from '../../foundation/units.js'

/**
 * What one thread notes of the slots that pass it, in shared memory that was allocated before:
 *
 * ```
 *    0  count     f64   complete records
 *    8  missed    f64   slots that came when all records were used
 *   16  cost      f64   ns that noting one slot takes, measured before the run; 0: nobody did
 *  128  records   n x 32 bytes
 *
 *  0           8           16          24         26         28     29      30     31  32
 *  +-----------+-----------+-----------+----------+----------+------+-------+------+---+
 *  | arrived   | pushed    | released  | messages | payload  | data-| flags | line | 0 |
 *  | f64, ns   | f64, ns   | f64, ns   | u16      | u16, byte| grams|  u8   |  u8  |   |
 *  +-----------+-----------+-----------+----------+----------+------+-------+------+---+
 * ```
 *
 * Times are wall-clock nanoseconds since the session epoch, the clock of the kernel's time stamps; NaN
 * stands for what is not known. All zeros is an empty memory.
 */
export const PROFILE_RECORD_BYTES = 32
/** Records at most: 2 GiB. */
export const MAX_PROFILE_RECORDS = 2 ** 26
/** The slot's datagram was read and discarded, since the ring was full: it was never released. */
export const THROWN_AWAY = 1

export const PROFILE_COUNT = 0
export const PROFILE_MISSED = 1
export const PROFILE_COST = 2
export const PROFILE_RECORDS_AT = FALSE_SHARING_RANGE_BYTES
const U16_MAX = 65_535
const U8_MAX = 255
/** The smallest pages that there are. */
const PAGE_BYTES = 4096

/** Memory for so many records, every page of it touched, so that no hot loop pays for a page fault. */
export function createProfileMemory(records: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(PROFILE_RECORDS_AT + records * PROFILE_RECORD_BYTES)
  const bytes = new Uint8Array(memory)
  for (let offset = 0; offset < bytes.length; offset += PAGE_BYTES) bytes[offset] = 0
  return memory
}

/**
 * Writes such a memory. One thread; no allocation after its construction. Times come in by fields: a
 * number above 2^31 that passes a call is boxed where the compiler does not inline the call.
 */
export class ProfileRecorder {
  /** Of the slot that is noted next: when the kernel received it and when it came into the ring. */
  arrivedNs = Number.NaN
  pushedNs = Number.NaN
  /** When the slots that were noted last were given back. */
  releasedNs = Number.NaN
  readonly #doubles: Float64Array
  readonly #halves: Uint16Array
  readonly #octets: Uint8Array
  readonly #capacity: number
  /** Records written, and those of them that are complete. */
  #noted: number
  #complete: number

  constructor(memory: SharedArrayBuffer) {
    this.#doubles = new Float64Array(memory)
    this.#halves = new Uint16Array(memory)
    this.#octets = new Uint8Array(memory)
    this.#capacity = profileCapacity(memory)
    this.#complete = this.#doubles[PROFILE_COUNT]
    this.#noted = this.#complete
  }

  /** Notes a slot that has been handled and will be released. */
  note(messages: number, payloadBytes: number, datagrams: number, line: number): void {
    this.#write(messages, payloadBytes, datagrams, line, 0)
  }

  /** All that was noted since the last call was released, at `releasedNs`. */
  release(): void {
    for (let i = this.#complete; i < this.#noted; i++) {
      this.#doubles[(PROFILE_RECORDS_AT + i * PROFILE_RECORD_BYTES) / 8 + 2] = this.releasedNs
    }
    this.#complete = this.#noted
    this.#doubles[PROFILE_COUNT] = this.#complete
  }

  /** Notes a datagram that was read when no slot was free. */
  noteThrownAway(messages: number, payloadBytes: number, datagrams: number, line: number): void {
    this.#write(messages, payloadBytes, datagrams, line, THROWN_AWAY)
    this.releasedNs = Number.NaN
    this.release()
  }

  #write(messages: number, payload: number, datagrams: number, line: number, flags: number): void {
    const index = this.#noted
    if (index === this.#capacity) {
      this.#doubles[PROFILE_MISSED] += 1
      return
    }
    this.#noted = index + 1
    const at = PROFILE_RECORDS_AT + index * PROFILE_RECORD_BYTES
    this.#doubles[at / 8] = this.arrivedNs
    this.#doubles[at / 8 + 1] = this.pushedNs
    this.#halves[at / 2 + 12] = Math.min(messages, U16_MAX)
    this.#halves[at / 2 + 13] = Math.min(payload, U16_MAX)
    this.#octets[at + 28] = Math.min(datagrams, U8_MAX)
    this.#octets[at + 29] = flags
    this.#octets[at + 30] = line
  }
}

/** Records that a memory has room for. */
export function profileCapacity(memory: SharedArrayBuffer): number {
  return (memory.byteLength - PROFILE_RECORDS_AT) / PROFILE_RECORD_BYTES
}
