import { assert } from '../foundation/assert.js'
import { TickwireError } from '../foundation/errors.js'
import { CACHE_LINE_BYTES, FALSE_SHARING_RANGE_BYTES } from '../foundation/units.js'
import { MOLD_SESSION_BYTES } from '../wire/moldudp64.js'

/**
 * The last messages of a stream, in one SharedArrayBuffer: one thread appends, others look messages up
 * by sequence, and none of them ever waits for another.
 *
 * ```
 *      0  generation   i32   odd while a stream begins; 0: none has      writer (and readers: + 0)
 *    128  tail         i32   oldest message kept                         writer (and readers: + 0)
 *    256  end          i32   one after the newest                        writer
 *    384  base         f64   the sequence that number 0 stands for       writer
 *    392  session      10 bytes, what a request has to carry             writer
 *    408  header       40 bytes, of which replies take what they need    writer
 *    512  entry count  u32   constants, written once
 *    516  data bytes   u32
 *    640  index        entry count x { offset i32, length i32 }, by number modulo entry count
 *         data         messages, each in one piece
 *
 *           tail                          end
 *    data   | message | message | message |  free  | (pad) |     a ring; `pad` where one did not fit
 * ```
 *
 * Messages are numbered from `base`, so that everything a hot thread touches is a small integer. An
 * entry whose length is -1 stands for a message that never was there. Words that are written by
 * different threads, or at different rates, lie 128 bytes apart.
 *
 * ## Why a reader without a lock never returns wrong bytes
 *
 * A reader copies what may be overwritten under its hands and asks afterwards whether it was. That is
 * sound only if a read that comes first in the program cannot see a write that comes after the check,
 * and an atomic *load* as the check does not ensure that: it keeps later reads from moving up, not
 * earlier ones from moving down. So both sides use read-modify-writes on `tail` (and on `generation`):
 *
 * ```
 *   writer                                    reader
 *   W1  exchange(tail, t)                     R1  load(end)
 *   W2  overwrite what is below t             R2  copy message n
 *   W3  store(end, e)                         R3  add(tail, 0): good if not above n
 * ```
 *
 * - What R2 copies was written before W3 of a value that R1 saw or an earlier one: W3 synchronizes with
 *   R1, so those bytes happen before R2.
 * - If R3 finds a tail that is not above n, the exchange W1 that moves the tail above n comes later in
 *   the memory order. As a read-modify-write it reads what R3 wrote, or what another reader's R3 wrote
 *   that in turn read it. Each of these synchronizes with the next (ECMA-262, memory model,
 *   synchronizes-with: a sequentially consistent read and the write that it reads from). So R2 happens
 *   before R3, before W1, before W2, and a read does not see a write that it happens before (coherent
 *   reads). A plain store for W1 reads nothing, and the chain would be broken there.
 * - Otherwise what was copied is discarded; until then it was only bytes. An entry that was read in
 *   the midst of a change is checked against the bounds of the data before it is used.
 *
 * `base`, `session` and `header` are read between a load of an even `generation` and an `add(…, 0)` that
 * finds the same, by the same argument.
 */
export const GENERATION = 0
export const TAIL = FALSE_SHARING_RANGE_BYTES
export const END = 2 * FALSE_SHARING_RANGE_BYTES
export const BASE = 3 * FALSE_SHARING_RANGE_BYTES
export const SESSION = BASE + 8
export const HEADER = SESSION + 16
export const ENTRY_COUNT = 4 * FALSE_SHARING_RANGE_BYTES
export const DATA_BYTES = ENTRY_COUNT + 4
export const INDEX = 5 * FALSE_SHARING_RANGE_BYTES

export const ENTRY_BYTES = 8
/** The length in an entry whose message never was there. */
export const MISSING = -1

/** The longest message that can be stored; more than UDP carries beside any header. */
export const MAX_STORED_BYTES = 65535
/** Bytes of the header of replies that a store can hold. */
export const STORED_HEADER_BYTES = 40
export const DEFAULT_STORE_BYTES = 64 * 1024 * 1024
/** Two of the longest messages must fit beside each other, with some room to work in. */
export const MIN_STORE_BYTES = 512 * 1024
export const MAX_STORE_BYTES = 1024 * 1024 * 1024
/** An entry for so many bytes, or up to twice as many: with the shortest messages nothing lies idle. */
const BYTES_PER_ENTRY = 32

/** What messages belong to. */
export interface StoredStream {
  /** The ten bytes that a request has to carry. */
  readonly session: Uint8Array
  /** Of the message that is appended first; exact, below 2^53. */
  readonly firstSequence: number
  /** For framings whose header says more than the session: the header of one of their datagrams. */
  readonly header?: Uint8Array | undefined
}

/** Where things lie in a store. Offsets in bytes from the buffer's start. */
export interface StoreLayout {
  readonly entryCount: number
  readonly dataOffset: number
  readonly dataBytes: number
}

/**
 * Allocates a store of `storeBytes` in all, index included, and touches every page of it.
 *
 * @throws {TickwireError} TW_BAD_OPTION if the size is out of range or is not to be had
 */
export function createRetransmitStore(storeBytes: number = DEFAULT_STORE_BYTES): SharedArrayBuffer {
  if (
    !Number.isInteger(storeBytes) ||
    storeBytes < MIN_STORE_BYTES ||
    storeBytes > MAX_STORE_BYTES
  ) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `retransmit-store-bytes is ${storeBytes}`,
      `Give a whole number from ${MIN_STORE_BYTES} to ${MAX_STORE_BYTES}.`,
    )
  }
  const buffer = allocate(storeBytes)
  new Uint8Array(buffer).fill(0)
  const entryCount = 2 ** Math.floor(Math.log2(storeBytes / BYTES_PER_ENTRY))
  const constants = new Uint32Array(buffer, 0, INDEX / 4)
  constants[ENTRY_COUNT / 4] = entryCount
  // Whole lines, so that the sizes of messages alone decide what is aligned.
  const rest = storeBytes - INDEX - entryCount * ENTRY_BYTES
  constants[DATA_BYTES / 4] = rest - (rest % CACHE_LINE_BYTES)
  return buffer
}

/** The layout of a store that `createRetransmitStore` made. */
export function storeLayoutOf(buffer: SharedArrayBuffer): StoreLayout {
  const constants = new Uint32Array(buffer, 0, INDEX / 4)
  const entryCount = constants[ENTRY_COUNT / 4]
  const dataBytes = constants[DATA_BYTES / 4]
  const dataOffset = INDEX + entryCount * ENTRY_BYTES
  assert(entryCount > 0 && dataOffset + dataBytes <= buffer.byteLength, 'the buffer is a store')
  return { entryCount, dataOffset, dataBytes }
}

/** Checks a stream that a store shall hold. */
export function assertStream(stream: StoredStream): void {
  assert(stream.session.length === MOLD_SESSION_BYTES, 'a session has ten bytes')
  assert((stream.header?.length ?? 0) <= STORED_HEADER_BYTES, 'the header of replies fits')
  assert(
    Number.isSafeInteger(stream.firstSequence) && stream.firstSequence >= 0,
    'a sequence is exact and not negative',
  )
}

function allocate(bytes: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes)
  } catch (error) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `A store of ${bytes.toLocaleString('en')} bytes could not be allocated`,
      'Take fewer bytes.',
      { cause: error },
    )
  }
}
