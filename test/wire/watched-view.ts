import { AssertionError } from 'node:assert'

/**
 * A DataView that refuses to be read outside a window of its own buffer, so that a look at the
 * bytes just before or behind a datagram fails a test although the memory is there.
 */
export class WatchedView extends DataView<ArrayBufferLike> {
  private windowStart = 0
  private windowEnd = 0

  /** Allows reads in `[start, end)` only. */
  watch(start: number, end: number): this {
    this.windowStart = start
    this.windowEnd = end
    return this
  }

  override getUint8(at: number): number {
    this.check(at, 1)
    return super.getUint8(at)
  }

  override getInt8(at: number): number {
    this.check(at, 1)
    return super.getInt8(at)
  }

  override getUint16(at: number, littleEndian?: boolean): number {
    this.check(at, 2)
    return super.getUint16(at, littleEndian)
  }

  override getInt16(at: number, littleEndian?: boolean): number {
    this.check(at, 2)
    return super.getInt16(at, littleEndian)
  }

  override getUint32(at: number, littleEndian?: boolean): number {
    this.check(at, 4)
    return super.getUint32(at, littleEndian)
  }

  override getInt32(at: number, littleEndian?: boolean): number {
    this.check(at, 4)
    return super.getInt32(at, littleEndian)
  }

  override getBigUint64(at: number, littleEndian?: boolean): bigint {
    this.check(at, 8)
    return super.getBigUint64(at, littleEndian)
  }

  override getBigInt64(at: number, littleEndian?: boolean): bigint {
    this.check(at, 8)
    return super.getBigInt64(at, littleEndian)
  }

  private check(at: number, bytes: number): void {
    if (at >= this.windowStart && at + bytes <= this.windowEnd) return
    throw new AssertionError({
      message: `read of ${bytes} bytes at ${at}, outside [${this.windowStart}, ${this.windowEnd})`,
    })
  }
}

/** Room around the datagram in {@link surrounded}. */
export const MARGIN_BYTES = 64

/**
 * A view of shared memory with `datagram` at {@link MARGIN_BYTES}, only that readable, and `poison`
 * in every other byte.
 */
export function surrounded(datagram: Uint8Array, poison: number): WatchedView {
  const memory = new Uint8Array(new SharedArrayBuffer(datagram.length + 2 * MARGIN_BYTES))
  memory.fill(poison)
  memory.set(datagram, MARGIN_BYTES)
  return new WatchedView(memory.buffer).watch(MARGIN_BYTES, MARGIN_BYTES + datagram.length)
}

/** The bytes that a line of hexadecimal digits stands for; blanks are for the reader. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
}
