import { assert } from '../foundation/assert.js'
import { TickwireError } from '../foundation/errors.js'
import { TWO_POW_32 } from '../foundation/units.js'
import { BLOCK_HEADER_BYTES } from './blocks.js'

/**
 * The header of MoldUDP64, which downstream datagrams and retransmission requests share.
 *
 * ```
 *   byte    0                             10                  18        20
 *           +-----------------------------+-------------------+---------+
 *           |      session, char[10]      |   sequence, u64   |  count  |   all big-endian
 *           +-----------------------------+-------------------+---------+
 *   then, downstream, `count` times:
 *           +---------+------  ------+
 *           | length  |   message    |   length (u16) does not count itself and may be 0
 *           +---------+------  ------+
 * ```
 *
 * `sequence` is that of the first message; where there is none, of the next one to come. In a request
 * it is the first that is wanted, and `count` how many.
 *
 * Source: the MoldUDP64 protocol specification, version 1.00; checked on captured traffic.
 */
export const MOLD_HEADER_BYTES = 20
export const MOLD_SESSION_BYTES = 10
export const MOLD_SEQUENCE_OFFSET = 10
export const MOLD_COUNT_OFFSET = 18
/** Bytes of the length before each message. */
export const MOLD_BLOCK_HEADER_BYTES = BLOCK_HEADER_BYTES
/** A count that stands for the end of the session, and not for messages. */
export const MOLD_END_OF_SESSION = 0xffff
/** The most messages that a datagram can hold or a request can ask for. */
export const MOLD_MAX_COUNT = 0xfffe

const SPACE = 0x20

/**
 * The bytes of a session's name on the wire: ASCII, padded with spaces at its right end.
 *
 * @throws {TickwireError} TW_BAD_OPTION if it is empty, longer than ten characters or not printable
 */
export function encodeMoldSession(name: string): Uint8Array {
  if (!/^[\x20-\x7e]{1,10}$/.test(name) || name.trim() === '') {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `session is "${name}"`,
      `Give from 1 to ${MOLD_SESSION_BYTES} printable ASCII characters.`,
    )
  }
  const bytes = new Uint8Array(MOLD_SESSION_BYTES).fill(SPACE)
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i)
  return bytes
}

/** The name of the session in the header at `offset`, without its padding. Allocates: not hot. */
export function decodeMoldSession(bytes: DataView, offset: number): string {
  let name = ''
  for (let i = 0; i < MOLD_SESSION_BYTES; i++) {
    name += String.fromCharCode(bytes.getUint8(offset + i))
  }
  return name.trimEnd()
}

/**
 * Writes a header. No allocation.
 *
 * @param session as `encodeMoldSession` made it
 * @param sequence exact, below 2^53
 */
export function writeMoldHeader(
  bytes: DataView,
  offset: number,
  session: Uint8Array,
  sequence: number,
  count: number,
): void {
  assert(session.length === MOLD_SESSION_BYTES, 'a session has ten bytes')
  for (let i = 0; i < MOLD_SESSION_BYTES; i++) bytes.setUint8(offset + i, session[i])
  bytes.setUint32(offset + MOLD_SEQUENCE_OFFSET, Math.floor(sequence / TWO_POW_32))
  bytes.setUint32(offset + MOLD_SEQUENCE_OFFSET + 4, sequence % TWO_POW_32)
  bytes.setUint16(offset + MOLD_COUNT_OFFSET, count)
}

/** The sequence in the header at `offset`; above 2^53 it is not exact. */
export function readMoldSequence(bytes: DataView, offset: number): number {
  const high = bytes.getUint32(offset + MOLD_SEQUENCE_OFFSET)
  return high * TWO_POW_32 + bytes.getUint32(offset + MOLD_SEQUENCE_OFFSET + 4)
}

/**
 * Whether the header at `offset` is of that session. No allocation.
 *
 * @param session as `encodeMoldSession` made it
 */
export function sessionEquals(bytes: DataView, offset: number, session: Uint8Array): boolean {
  assert(session.length === MOLD_SESSION_BYTES, 'a session has ten bytes')
  for (let i = 0; i < MOLD_SESSION_BYTES; i++) {
    if (bytes.getUint8(offset + i) !== session[i]) return false
  }
  return true
}

/**
 * A request for messages once more, as a request server reads it: the header above and nothing else.
 *
 * A flyweight for one thread: each `read` overwrites what the last one found, without allocation.
 * Which session is asked for is not looked at; see {@link sessionEquals}.
 */
export class MoldRequest {
  /** The first message that is wanted; 0 unless `valid`. */
  sequence = 0
  /** How many are wanted, 1 to {@link MOLD_MAX_COUNT}; 0 unless `valid`. */
  count = 0
  /** Whether the last `read` found a request. */
  valid = false
  readonly #least: number

  /** @param least the lowest sequence that may be wanted; a stream of another framing may begin at 0 */
  constructor(least = 1) {
    this.#least = least
  }

  /**
   * Reads the datagram in `[offset, offset + length)` of `bytes`, which the caller knows to be inside
   * `bytes`.
   *
   * @returns `valid`: false if it has another length than a header's, asks for no message or for
   *   65,535 (which stands for the end of a session), begins below `least`, or reaches above 2^53
   */
  read(bytes: DataView, offset: number, length: number): boolean {
    this.sequence = 0
    this.count = 0
    this.valid = false
    if (length !== MOLD_HEADER_BYTES) return false
    const count = bytes.getUint16(offset + MOLD_COUNT_OFFSET)
    if (count === 0 || count > MOLD_MAX_COUNT) return false
    const sequence = readMoldSequence(bytes, offset)
    if (sequence < this.#least || sequence > Number.MAX_SAFE_INTEGER - count) return false
    this.sequence = sequence
    this.count = count
    this.valid = true
    return true
  }
}
