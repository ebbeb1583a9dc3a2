import { TickwireError } from '../foundation/errors.js'

// The classic capture file (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap, section 4):
// a file header, then a record header and the captured bytes for each packet. The magic number
// tells the byte order of all header fields and the unit of the fraction.
//
//   file     0         4        6        8        12        16        20          24
//            +---------+--------+--------+--------+---------+---------+-----------+
//            |magic u32|major   |minor   |reserved          |snap len |link type  |
//            +---------+--------+--------+--------+---------+---------+-----------+
//   record   0              4              8              12              16
//            +--------------+--------------+--------------+---------------+
//            |seconds u32   |fraction u32  |captured u32  |original u32   |
//            +--------------+--------------+--------------+---------------+
export const FILE_HEADER_BYTES = 24
export const RECORD_HEADER_BYTES = 16

/**
 * The longest packet that a record may claim. libpcap captures at most 262,144 bytes of a packet
 * (MAXIMUM_SNAPLEN in pcap-int.h); the rest is room for a pseudo header. A longer one means that
 * the file is damaged, and believing it would mean to swallow the rest of the file.
 */
export const CAPTURED_BYTES_MAX = 262_144 + 1024

const MAGIC_MICROSECONDS = 0xa1b2c3d4
const MAGIC_NANOSECONDS = 0xa1b23c4d
const MAGIC_PCAPNG = 0x0a0d0d0a

export const LINK_NULL = 0
export const LINK_ETHERNET = 1
export const LINK_RAW_IP = 101
export const LINK_LINUX_SLL = 113
export const LINK_LINUX_SLL2 = 276

/** Link types that are understood, by their number in the registry of the same document. */
const LINK_NAMES: ReadonlyMap<number, string> = new Map([
  [LINK_NULL, 'BSD loopback'],
  [LINK_ETHERNET, 'Ethernet'],
  [LINK_RAW_IP, 'raw IP'],
  [LINK_LINUX_SLL, 'Linux cooked v1'],
  [LINK_LINUX_SLL2, 'Linux cooked v2'],
])

/** What the file header says about the rest of the file. */
export interface PcapFormat {
  readonly littleEndian: boolean
  /** Nanoseconds in one unit of a record's fraction: 1,000 or 1. */
  readonly fractionNs: 1 | 1000
  readonly linkType: number
}

/** `TW_BAD_FILE`: a file whose bytes are not what its format promises. */
export function badFile(what: string, remedy: string, cause?: unknown): TickwireError {
  return new TickwireError('TW_BAD_FILE', what, `${remedy}.`, { cause })
}

/**
 * Reads the header of a capture file.
 *
 * @param header the first bytes of the file, {@link FILE_HEADER_BYTES} or as many as it has.
 * @throws {TickwireError} `TW_BAD_FILE`
 */
export function parseFileHeader(header: Uint8Array, path: string): PcapFormat {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  const magic = header.byteLength < 4 ? null : view.getUint32(0)
  // A palindrome: it reads the same in both byte orders.
  if (magic === MAGIC_PCAPNG) {
    throw badFile(
      `${path} is a pcapng file (magic 0x0a0d0d0a), which is not supported`,
      `Convert it to classic pcap (editcap -F nsecpcap ${path} out.pcap)`,
    )
  }
  if (magic === null || header.byteLength < FILE_HEADER_BYTES) {
    throw badFile(
      `${path} has ${header.byteLength} bytes, fewer than the ${FILE_HEADER_BYTES} of a pcap header`,
      'Give a classic pcap file, plain or gzip',
    )
  }
  const littleEndian = magic !== MAGIC_MICROSECONDS && magic !== MAGIC_NANOSECONDS
  const ordered = view.getUint32(0, littleEndian)
  if (ordered !== MAGIC_MICROSECONDS && ordered !== MAGIC_NANOSECONDS) {
    throw badFile(
      `${path} begins with 0x${magic.toString(16).padStart(8, '0')}, which is no pcap magic number`,
      'Give a classic pcap file, plain or gzip',
    )
  }
  // The upper half holds the length of the frame check sequence, where one was captured.
  const linkType = view.getUint32(20, littleEndian) & 0xffff
  if (!LINK_NAMES.has(linkType)) {
    const known = [...LINK_NAMES].map(([number, name]) => `${name} (${number})`).join(', ')
    throw badFile(`${path} has link type ${linkType}`, `Capture on an interface of: ${known}`)
  }
  return { littleEndian, fractionNs: ordered === MAGIC_NANOSECONDS ? 1 : 1000, linkType }
}
