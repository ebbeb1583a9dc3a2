/**
 * The body of a part of a batch: a datagram of the feed's framing for each stretch of its messages that follow
 * one another in the feed, each behind its length. What lies between two of them is in other parts.
 *
 * ```
 *   0          4                     4 + length
 *   +----------+----------- … -------+----------+---- … ----
 *   |  length  |      datagram       |  length  |  datagram
 *   | u32 (LE) |                     |          |
 *   +----------+----------- … -------+----------+---- … ----
 * ```
 */
export const PART_LENGTH_BYTES = 4

/** The datagrams of a part, as far as they are whole. */
export function* datagramsOfPart(body: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  let at = 0
  while (at + PART_LENGTH_BYTES <= body.length) {
    const start = at + PART_LENGTH_BYTES
    at = start + view.getUint32(at, true)
    if (at <= body.length) yield body.subarray(start, at)
  }
}
