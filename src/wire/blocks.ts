/** Bytes of the length before each message; it does not count itself. */
export const BLOCK_HEADER_BYTES = 2

/**
 * Whether exactly `count` blocks, each a u16 length and as many bytes, lie in `[offset, end)` of
 * `bytes` and leave nothing over. Reads nothing outside.
 *
 * Each block takes at least its length field, so the walk ends after half as many steps as there
 * are bytes, whatever `count` says.
 */
export function blocksFill(
  bytes: DataView,
  offset: number,
  end: number,
  count: number,
  littleEndian: boolean,
): boolean {
  return blocksEnd(bytes, offset, end, count, littleEndian) === end
}

/** Where `count` blocks from `offset` on end, which is not behind `end`; -1 if they do not fit. Else the same. */
export function blocksEnd(
  bytes: DataView,
  offset: number,
  end: number,
  count: number,
  littleEndian: boolean,
): number {
  let position = offset
  for (let index = 0; index < count; index++) {
    if (end - position < BLOCK_HEADER_BYTES) return -1
    position += BLOCK_HEADER_BYTES + bytes.getUint16(position, littleEndian)
  }
  return position <= end ? position : -1
}
