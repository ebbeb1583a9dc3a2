import type { TickwireError } from '../../foundation/errors.js'
import { badInput } from '../bytes/byte-input.js'

/** What a look at the front of the window found. */
export const FOUND = {
  /** Not enough bytes. */
  nothing: 0,
  /** A packet, described by the container's fields and taken off the window. */
  packet: 1,
  /** Something that is no packet, and was taken off. */
  else: 2,
  /** The header of another file or section: the reader has to look which. */
  header: 3,
} as const

/**
 * The longest packet that a record may claim. libpcap captures at most 262,144 bytes of a packet
 * (MAXIMUM_SNAPLEN in pcap-int.h); the rest is room for a pseudo header. A longer one means that the file
 * is damaged, and believing it would mean to swallow the rest of the file.
 */
export const CAPTURED_BYTES_MAX = 262_144 + 1024

/** The formats of recordings. */
export type CaptureFormat = 'pcap' | 'pcapng' | 'binaryfile'

/** Takes packets off the front of a window, one after the other. */
export interface Container {
  readonly format: CaptureFormat
  /** The packet that was found last: where it lies in the window's memory. */
  packetStart: number
  packetEnd: number
  /** Its length on the wire. */
  originalBytes: number
  /** When it was captured: whole seconds since 1970, and nanoseconds within. */
  seconds: number
  nanoseconds: number
  linkType: number
  /** Whether the last packet was recorded with its time. */
  hasTime: boolean
  /**
   * Looks at the front of the window.
   *
   * @returns one of {@link FOUND}
   * @throws {TickwireError} TW_BAD_FILE where the recording contradicts itself
   */
  next(): number
  /** Whether what is left at the end of the recording is a part of a packet. */
  leavesPacket(): boolean
}

/** What a container knows of the reading around it. */
export interface ContainerContext {
  readonly name: string
  /** Packets that have been taken off so far. */
  packets: number
}

/** The error for a damaged recording, with the packet and byte at which it was noticed. */
export function brokenAt(
  { name, packets }: ContainerContext,
  fileOffset: number,
  what: string,
): TickwireError {
  return badInput(
    `${name}: packet ${packets + 1} at byte ${fileOffset} ${what}`,
    'The file is damaged from there on: fetch it again, or cut it off before that byte.',
  )
}
