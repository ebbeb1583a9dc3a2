import type { CounterSection } from './counters-layout.js'

/**
 * Distinct errors and warnings of a run, each once with a count. The first ones stay.
 *
 * ```
 *    0  entries   f64
 *    8  left out  f64   errors for which there was no entry
 *   16  entry 0   count f64, first ms f64, last ms f64 (since 1970), bytes of the text f64, 480 bytes of UTF-8
 *  528  entry 1 …
 * ```
 *
 * The text is `CODE: what happened`, or a warning's sentence. The thread that began the run writes.
 */
const CAPACITY = 32
const TEXT_BYTES = 480
const ENTRY_BYTES = 32 + TEXT_BYTES
const ENTRIES_AT = 16
const COUNT = 0
const FIRST_MS = 1
const LAST_MS = 2
const LENGTH = 3
const TEXT = 32

export const ERROR_LOG_BYTES = ENTRIES_AT + CAPACITY * ENTRY_BYTES

export function errorLogSection(label: string): CounterSection {
  return { kind: 'errors', label, bytes: ERROR_LOG_BYTES, fields: { capacity: CAPACITY } }
}

export interface LoggedError {
  readonly text: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

export class ErrorLog {
  readonly #buffer: ArrayBufferLike
  readonly #byteOffset: number
  readonly #head: Float64Array
  readonly #known = new Map<string, number>()

  constructor(buffer: ArrayBufferLike, byteOffset: number) {
    this.#buffer = buffer
    this.#byteOffset = byteOffset
    this.#head = new Float64Array(buffer, byteOffset, 2)
  }

  note(text: string, nowMs: number): void {
    let entry = this.#known.get(text)
    if (entry === undefined) {
      if (this.#known.size >= CAPACITY) {
        this.#head[1] += 1
        return
      }
      entry = this.#add(text, nowMs)
    }
    const numbers = this.#numbers(entry)
    numbers[COUNT] += 1
    numbers[LAST_MS] = nowMs
  }

  #add(text: string, nowMs: number): number {
    const entry = this.#known.size
    this.#known.set(text, entry)
    const numbers = this.#numbers(entry)
    const room = new Uint8Array(this.#buffer, this.#at(entry) + TEXT, TEXT_BYTES)
    const encoded = new TextEncoder().encode(text).slice(0, TEXT_BYTES)
    room.set(encoded)
    numbers[FIRST_MS] = nowMs
    numbers[LENGTH] = encoded.length
    this.#head[0] = entry + 1
    return entry
  }

  #at(entry: number): number {
    return this.#byteOffset + ENTRIES_AT + entry * ENTRY_BYTES
  }

  #numbers(entry: number): Float64Array {
    return new Float64Array(this.#buffer, this.#at(entry), LENGTH + 1)
  }
}

export function readErrorLog(buffer: ArrayBufferLike, byteOffset: number): LoggedError[] {
  const [entries = 0] = new Float64Array(buffer, byteOffset, 1)
  return Array.from({ length: Math.min(entries, CAPACITY) }, (_, entry) => {
    const at = byteOffset + ENTRIES_AT + entry * ENTRY_BYTES
    const numbers = new Float64Array(buffer, at, LENGTH + 1)
    const octets = new Uint8Array(buffer).slice(at + TEXT, at + TEXT + numbers[LENGTH])
    return {
      text: new TextDecoder().decode(octets),
      count: numbers[COUNT],
      firstMs: numbers[FIRST_MS],
      lastMs: numbers[LAST_MS],
    }
  })
}
