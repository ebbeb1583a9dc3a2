/**
 * The index beside a recording, `FILE.index`: lines of JSON, the first of which says what it is. The others are
 * places from which the recording can be read, each at the beginning of a packet: where in the file, where in
 * the unpacked file, how many packets and what time before.
 *
 * ```
 * {"tickwire":"index","version":1,"packing":"none","head":"4d3cb2a10200040000000000000000000000040001000000"}
 * {"at":24,"unpacked":24,"packets":0,"firstNs":"1700000000000000000"}
 * {"at":1048536,"unpacked":1048536,"packets":8123,"firstNs":"1700000004123456789"}
 * ```
 */
export const INDEX_VERSION = 1

/** A place from which a recording can be read. */
export interface IndexPlace {
  /** Byte of the file; of a packed one the beginning of a member or frame. */
  readonly at: number
  /** The same in the unpacked file. */
  readonly unpacked: number
  /** Packets before it. */
  readonly packets: number
  /** When that first packet came, ns since 1970. */
  readonly firstNs: string
}

/** @param head the file's own header, unpacked: what has to be read before any packet */
export function indexHead(packing: 'none' | 'gzip' | 'zstd', head: Uint8Array): string {
  const text = Buffer.from(head).toString('hex')
  return `${JSON.stringify({ tickwire: 'index', version: INDEX_VERSION, packing, head: text })}\n`
}

export function indexLine(place: IndexPlace): string {
  return `${JSON.stringify(place)}\n`
}
