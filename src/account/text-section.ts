import type { CounterSection } from './counters-layout.js'

/**
 * A text that changes now and then, for readers that copy it from its beginning to its end.
 *
 * ```
 *   0  generation   u32   written last
 *   4  length       u32   bytes of the text
 *   8  text         UTF-8
 *      generation   u32   in the last four bytes, written first
 * ```
 *
 * A reader that copied the same generation at both ends has the whole text: a writer changes the one that is
 * read last first, and the one that is read first last (L. Lamport, Concurrent Reading and Writing, 1977).
 */
const GENERATION = 0
const LENGTH = 4
const TEXT = 8
const END_BYTES = 4

export function textSection(label: string, textBytes: number): CounterSection {
  return { kind: 'text', label, bytes: textSectionBytes(textBytes) }
}

/** Bytes of a section for a text of so many. */
export function textSectionBytes(textBytes: number): number {
  return TEXT + Math.ceil(textBytes / 8) * 8 + 2 * END_BYTES
}

/** One thread. Not hot. */
export class TextWriter {
  readonly #view: DataView
  readonly #octets: Uint8Array
  #generation = 0

  constructor(buffer: ArrayBufferLike, offset: number, bytes: number) {
    this.#view = new DataView(buffer, offset, bytes)
    this.#octets = new Uint8Array(buffer, offset, bytes)
  }

  /** @returns false if it does not fit; the text before it stays */
  write(text: string): boolean {
    const encoded = new TextEncoder().encode(text)
    const end = this.#octets.length - END_BYTES
    if (TEXT + encoded.length > end) return false
    this.#generation++
    this.#view.setUint32(end, this.#generation, true)
    this.#octets.set(encoded, TEXT)
    this.#view.setUint32(LENGTH, encoded.length, true)
    this.#view.setUint32(GENERATION, this.#generation, true)
    return true
  }
}

/**
 * The text, from a copy or while it is written; undefined if it was being changed meanwhile. The generation at the end is
 * looked at when all before it has been copied: not earlier, or a change in between would not be seen.
 */
export function readText(
  buffer: ArrayBufferLike,
  offset: number,
  bytes: number,
): string | undefined {
  const view = new DataView(buffer, offset, bytes)
  const generation = view.getUint32(GENERATION, true)
  const length = view.getUint32(LENGTH, true)
  if (TEXT + length > bytes - END_BYTES) return undefined
  const text = new Uint8Array(buffer).slice(offset + TEXT, offset + TEXT + length)
  if (view.getUint32(bytes - END_BYTES, true) !== generation) return undefined
  return new TextDecoder().decode(text)
}
