import { assert } from '../foundation/assert.js'

/**
 * Carries the state of books out, or back in: each part of it goes through one of these calls, in the same
 * order both ways, and takes what it is given back. So there is one list of what the state is.
 */
export interface StateTransfer {
  number(value: number): number
  /** The array, or another with what it had. */
  float64(values: Float64Array): Float64Array<ArrayBuffer>
  int32(values: Int32Array): Int32Array<ArrayBuffer>
  uint32(values: Uint32Array): Uint32Array<ArrayBuffer>
  uint8(values: Uint8Array): Uint8Array<ArrayBuffer>
  /** The same for an array that stays, of the same length. */
  fill(values: Float64Array | Int32Array): void
  list(values: number[]): void
}

type Part = Float64Array | Int32Array | Uint32Array | Uint8Array

/** Carries state out. What it is given stays as it is. */
export class StateWriter implements StateTransfer {
  readonly #parts: Uint8Array[] = []

  number(value: number): number {
    this.#write(new Float64Array([value]))
    return value
  }

  float64(values: Float64Array): Float64Array<ArrayBuffer> {
    return this.#write(values) as Float64Array<ArrayBuffer>
  }

  int32(values: Int32Array): Int32Array<ArrayBuffer> {
    return this.#write(values) as Int32Array<ArrayBuffer>
  }

  uint32(values: Uint32Array): Uint32Array<ArrayBuffer> {
    return this.#write(values) as Uint32Array<ArrayBuffer>
  }

  uint8(values: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.#write(values) as Uint8Array<ArrayBuffer>
  }

  fill(values: Float64Array | Int32Array): void {
    this.#write(values)
  }

  list(values: number[]): void {
    this.#write(new Float64Array(values))
  }

  /** All of it: for each part its length in bytes, then the part. */
  bytes(): Uint8Array {
    return Buffer.concat(this.#parts)
  }

  #write(values: Part): Part {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const length = new Uint8Array(8)
    new DataView(length.buffer).setFloat64(0, bytes.length, true)
    this.#parts.push(length, bytes.slice())
    return values
  }
}

/** Carries state in, from what a {@link StateWriter} has written. */
export class StateReader implements StateTransfer {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    // A Buffer's slices would be of the same memory.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Whether all was taken. */
  get ended(): boolean {
    return this.#at === this.#bytes.length
  }

  number(_value: number): number {
    const [value] = new Float64Array(this.#next())
    assert(value !== undefined, 'a number of the state is there')
    return value
  }

  float64(_values: Float64Array): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#next())
  }

  int32(_values: Int32Array): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#next())
  }

  uint32(_values: Uint32Array): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#next())
  }

  uint8(_values: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#next())
  }

  fill(values: Float64Array | Int32Array): void {
    const bytes = new Uint8Array(this.#next())
    assert(bytes.length === values.byteLength, 'a part of the state has its length')
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(bytes)
  }

  list(values: number[]): void {
    values.length = 0
    values.push(...new Float64Array(this.#next()))
  }

  #next(): ArrayBuffer {
    const { buffer, byteOffset, length } = this.#bytes
    assert(this.#at + 8 <= length, 'the state has another part')
    const bytes = new DataView(buffer, byteOffset).getFloat64(this.#at, true)
    const start = this.#at + 8
    assert(start + bytes <= length, 'a part of the state is whole')
    this.#at = start + bytes
    return this.#bytes.slice(start, this.#at).buffer as ArrayBuffer
  }
}
