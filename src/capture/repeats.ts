/** Datagrams that a repetition is looked for among. */
const REMEMBERED = 64

/**
 * Recognises datagrams that a capture has twice within a short time, as behind a mirror port or with
 * `-i any`: same bytes, same destination. One thread; no allocation.
 */
export class Repeats {
  readonly #hashes = new Int32Array(REMEMBERED)
  readonly #lengths = new Float64Array(REMEMBERED).fill(-1)
  readonly #timesNs = new Float64Array(REMEMBERED)
  #next = 0

  /** Whether the same came at most `withinNs` before; what is new is remembered. */
  isRepeated(
    view: DataView,
    offset: number,
    length: number,
    destination: number,
    timeNs: number,
    withinNs: number,
  ): boolean {
    const hash = hashOf(view, offset, length, destination)
    for (let i = 0; i < REMEMBERED; i++) {
      if (
        this.#hashes[i] === hash &&
        this.#lengths[i] === length &&
        Math.abs(timeNs - this.#timesNs[i]) <= withinNs
      ) {
        return true
      }
    }
    const at = this.#next
    this.#hashes[at] = hash
    this.#lengths[at] = length
    this.#timesNs[at] = timeNs
    this.#next = (at + 1) % REMEMBERED
    return false
  }
}

/** FNV-1a over words of four bytes. */
function hashOf(view: DataView, offset: number, length: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  const end = offset + length
  let at = offset
  for (; at + 4 <= end; at += 4) hash = Math.imul(hash ^ view.getInt32(at, true), 0x01000193)
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193)
  return hash ^ (hash >>> 15)
}

/** The first and last bytes of a datagram in one number: enough for a hint, not for a decision. */
export function edgesOf(view: DataView, offset: number, length: number): number {
  if (length < 8) return length
  let hash = view.getInt32(offset + length - 4, true)
  hash = Math.imul(hash, 31) ^ view.getInt32(offset + length - 8, true)
  const end = offset + Math.min(length - 4, 28)
  for (let at = offset; at <= end; at += 4) hash = Math.imul(hash, 31) ^ view.getInt32(at, true)
  return hash
}
