import { TickwireError } from '../foundation/errors.js'
import {
  alignUp,
  CACHE_LINE_BYTES,
  FALSE_SHARING_RANGE_BYTES,
  isPowerOfTwo,
} from '../foundation/units.js'
import { CONTROL_BYTES, IOVEC_BYTES, MMSGHDR_BYTES } from '../native/layout.js'
import { SOCKET_ADDRESS_ROOM_BYTES } from '../native/socket-address.js'

/**
 * A slot ring in one SharedArrayBuffer. The kernel fills slots through the message headers, the
 * producer publishes them with one store, the consumer reads payload, length and ancillary data from
 * the same memory.
 *
 * ```
 *      0  published    i32   slots handed over, modulo 2^32        producer writes
 *    128  released     i32   slots given back, modulo 2^32         consumer writes
 *    256  asleep       i32   the producer waits for space          both write
 *    384  high water   i32   most slots ever in use                producer writes
 *    392  full count   f64   times that no slot was free           producer writes
 *    512  slot count   u32   constants, written once
 *    516  slot bytes   u32
 *    520  name bytes   u32   0 without names
 *    640  headers      slot count x 64   mmsghdr, one per slot
 *         iovecs       slot count x 16   iovec, one per slot
 *         stamps       slot count x 96   ancillary data and the producer's notes, see below
 *         names        slot count x 32   who sent it (sockaddr_in, sockaddr_in6); where that is asked for
 *         slots        slot count x stride
 * ```
 *
 * Words that different threads write lie 128 bytes apart. The stamp of a slot:
 *
 * ```
 *  0                80                 88                 96
 *  +----------------+------------------+------------------+
 *  | ancillary data | dropped before   | due or pushed    |
 *  | from kernel    | f64, messages    | f64, ns          |
 *  +----------------+------------------+------------------+
 * ```
 *
 * `dropped before`: messages that the producer read and discarded just before this slot.
 * `due or pushed`: for a sender's ring, when the datagram should leave; for a receiver's ring in a run
 * that is profiled, when it was handed over.
 */
export const PUBLISHED = 0
export const RELEASED = FALSE_SHARING_RANGE_BYTES
export const PRODUCER_ASLEEP = 2 * FALSE_SHARING_RANGE_BYTES
export const HIGH_WATER = 3 * FALSE_SHARING_RANGE_BYTES
export const FULL_COUNT = HIGH_WATER + 8
export const SLOT_COUNT = 4 * FALSE_SHARING_RANGE_BYTES
export const SLOT_BYTES = SLOT_COUNT + 4
export const NAME_BYTES = SLOT_COUNT + 8
const HEADERS = 5 * FALSE_SHARING_RANGE_BYTES

export const STAMP_BYTES = CONTROL_BYTES + 16
export const STAMP_DROPPED_BEFORE = CONTROL_BYTES
export const STAMP_DUE = CONTROL_BYTES + 8
export const STAMP_PUSHED = STAMP_DUE
/** Of a sender's ring, in which nothing is dropped. */
export const STAMP_LINE = STAMP_DROPPED_BEFORE

export const MAX_SLOTS = 1 << 20
/** The largest UDP payload fits, with room for a whole GRO train. */
export const MAX_SLOT_BYTES = 65536
/** The smallest pages that there are: where they are larger, some are touched more than once. */
const PAGE_BYTES = 4096

/** Where things lie in a ring of a given shape. All offsets in bytes from the buffer's start. */
export interface RingLayout {
  readonly slotCount: number
  readonly slotBytes: number
  readonly headersOffset: number
  readonly iovecsOffset: number
  readonly stampsOffset: number
  readonly namesOffset: number
  /** Room for the address of a slot's sender; 0: the kernel is not asked for it from the start. */
  readonly nameBytes: number
  readonly slotsOffset: number
  /** Bytes from one slot to the next. */
  readonly stride: number
  readonly totalBytes: number
}

/**
 * @param names whether the kernel is asked for the address of each slot's sender from the start
 * @throws {TickwireError} TW_BAD_OPTION for a slot count that is no power of two, or sizes out of range
 */
export function ringLayout(slotCount: number, slotBytes: number, names = false): RingLayout {
  if (!isPowerOfTwo(slotCount) || slotCount > MAX_SLOTS) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `A ring of ${slotCount} slots is not possible`,
      `Choose a power of two from 1 to ${MAX_SLOTS.toLocaleString('en')}, for example 1024.`,
    )
  }
  if (!Number.isInteger(slotBytes) || slotBytes < 1 || slotBytes > MAX_SLOT_BYTES) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `Slots of ${slotBytes} bytes are not possible`,
      `Choose a whole number from 1 to ${MAX_SLOT_BYTES.toLocaleString('en')}.`,
    )
  }
  const stride = strideOf(slotBytes)
  const iovecsOffset = HEADERS + slotCount * MMSGHDR_BYTES
  const stampsOffset = iovecsOffset + slotCount * IOVEC_BYTES
  const namesOffset = stampsOffset + slotCount * STAMP_BYTES
  const nameBytes = names ? SOCKET_ADDRESS_ROOM_BYTES : 0
  const slotsOffset = alignUp(namesOffset + slotCount * SOCKET_ADDRESS_ROOM_BYTES, CACHE_LINE_BYTES)
  return {
    slotCount,
    slotBytes,
    headersOffset: HEADERS,
    iovecsOffset,
    stampsOffset,
    namesOffset,
    nameBytes,
    slotsOffset,
    stride,
    totalBytes: slotsOffset + slotCount * stride,
  }
}

/**
 * An odd number of cache lines: the starts of neighbouring slots then spread over all sets of a
 * cache, where a power-of-two stride would crowd them into a few.
 */
function strideOf(slotBytes: number): number {
  const lines = alignUp(slotBytes, CACHE_LINE_BYTES) / CACHE_LINE_BYTES
  return (lines % 2 === 0 ? lines + 1 : lines) * CACHE_LINE_BYTES
}

/**
 * Allocates a ring and touches every page of it, so that no hot loop pays for a page fault.
 *
 * @param names whether the kernel shall tell of each slot who sent it
 */
export function createRing(slotCount: number, slotBytes: number, names = false): SharedArrayBuffer {
  const layout = ringLayout(slotCount, slotBytes, names)
  const buffer = allocate(layout.totalBytes)
  const bytes = new Uint8Array(buffer)
  for (let offset = 0; offset < bytes.length; offset += PAGE_BYTES) bytes[offset] = 0
  const constants = new Uint32Array(buffer)
  constants[SLOT_COUNT / 4] = slotCount
  constants[SLOT_BYTES / 4] = slotBytes
  constants[NAME_BYTES / 4] = layout.nameBytes
  return buffer
}

function allocate(bytes: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes)
  } catch (error) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `A ring of ${bytes.toLocaleString('en')} bytes could not be allocated`,
      'Take fewer slots, or smaller ones.',
      { cause: error },
    )
  }
}

/** The layout of a ring that `createRing` made. */
export function layoutOf(buffer: SharedArrayBuffer): RingLayout {
  const constants = new Uint32Array(buffer)
  const names = constants[NAME_BYTES / 4] !== 0
  return ringLayout(constants[SLOT_COUNT / 4] ?? 0, constants[SLOT_BYTES / 4] ?? 0, names)
}
