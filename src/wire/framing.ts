import type { Pieces } from './pieces.js'

/** Every framing that can be asked for by name and sent in datagrams. */
export const FRAMING_NAMES = ['raw', 'moldudp64', 'iex-tp', 'mdp3'] as const

/** The name of a framing, as the command line and the options of `receive` spell it. */
export type FramingName = (typeof FRAMING_NAMES)[number]

/** Those that a recording may have: `binaryfile` is only found in files. */
export const CAPTURE_FRAMING_NAMES = [...FRAMING_NAMES, 'binaryfile'] as const
export type CaptureFramingName = (typeof CAPTURE_FRAMING_NAMES)[number]

/**
 * What a datagram turned out to be. Only `messages` has any message in it.
 *
 * - `heartbeat`: the publisher is alive, and `sequence` is what it will send next.
 * - `endOfSession`: so it is, and nothing will follow in this session.
 * - `invalid`: it broke a rule of its framing, and nothing of it may be delivered.
 * - `foreign`: it kept all rules, but is of another session than the one that was asked for. It is
 *   no error, and neither its messages nor its sequence are part of the feed.
 * - `idle`: a sign of life without a message and without a sequence, as before a session has begun.
 */
export const DATAGRAM = {
  messages: 0,
  heartbeat: 1,
  endOfSession: 2,
  invalid: 3,
  foreign: 4,
  idle: 5,
} as const

/**
 * Whether messages lie back to back, or each behind its length, a u16 in this order of bytes. `packet`: several
 * messages share one sequence, and only the framing's `next` tells them apart.
 */
export type BlockOrder = 'none' | 'little-endian' | 'big-endian' | 'packet'

/**
 * How messages lie in a datagram.
 *
 * Used like a cursor: `open` one datagram, then `next` until it says no. All checking is in `open`,
 * so that nothing of a broken datagram reaches a handler and so that `next` has no way to fail.
 * Between the two the memory must stay as it is, which holding the ring's slot ensures.
 *
 * An instance belongs to one thread and allocates nothing after its construction. Which session it
 * reads is given to that; without one it reads any. What the fields say is about the datagram that
 * was opened last; after `invalid` and `foreign` only `messageCount`, then 0, has a meaning.
 */
export interface Framing {
  readonly name: CaptureFramingName
  /** The number of a session's first message. */
  readonly initialSequence: number
  /** 32: the wire's numbers wrap (serial-number arithmetic). 53: they never do, and are exact. */
  readonly sequenceBits: 32 | 53
  /** How messages are told apart. Without blocks all are of one length, which `messageLength` is. */
  readonly blocks: BlockOrder
  /** Bytes for one datagram that a ring gives when nobody asked for another size. */
  readonly defaultSlotBytes: number

  /** Sequence of the first message; where there is none, of the next one that would be sent. */
  sequence: number
  /**
   * Messages in the datagram, 0 unless `open` answered `messages`. What sequences are counted in: with
   * the blocks `packet`, 1 for a packet, however many messages `next` finds in it.
   */
  messageCount: number
  /** Octets of the opened datagram behind its last message, which are skipped. */
  readonly trailingBytes: number
  /**
   * A number that is another one once the publisher restarts; 0 where the framing has none. A safe
   * integer, and the same for the same session in every thread and run.
   */
  session: number

  /**
   * Checks all of the datagram in `[offset, offset + length)` of `bytes`, which the caller knows to
   * be inside `bytes`, and stands before its first message.
   *
   * Whatever those bytes are, it does not throw, reads none outside, and takes a time that is at
   * most proportional to `length`.
   *
   * @returns one of {@link DATAGRAM}.
   */
  open(bytes: DataView, offset: number, length: number): number

  /**
   * The same for a datagram of which the end is missing: reads its header alone. No message of it is found.
   *
   * @returns whether that tells of messages: then `session`, `sequence` and `messageCount` do too. Native messages
   *   have no header: there may be more of them
   */
  openCut(bytes: DataView, offset: number, length: number): boolean

  /**
   * Checks as many of the pieces that are ready as go on behind one another from the sequence `next`, modulo
   * 2^32, as `open` would check each, and says how many messages they have: `counts`, `messages`, `most`. For a
   * framing without headers, sessions and trailing octets. It opens none. Without it each is opened.
   *
   * @param room messages at most
   *
   * @returns how many go on
   */
  follow?(bytes: DataView, pieces: Pieces, ready: number, next: number, room: number): number

  /** Where the next message begins, or the length before it: bytes from the start of `bytes`. */
  nextOffset: number

  /** Passes over so many sequences, and all messages that have them; there must be as many. */
  skip(count: number): void

  /** Moves to the next message of the opened datagram; false when there was no further one. */
  next(): boolean

  /** Bytes from the start of `bytes`, not of the datagram, to the message. Set by `next`. */
  messageOffset: number
  /** Bytes of the message, 0 being legal in some framings. Set by `next`. */
  messageLength: number

  /**
   * Writes the name that a retransmission request gives to a session: ten bytes of ASCII, padded
   * with spaces at the right. A framing that has no sessions writes spaces for session 0.
   *
   * @param session a value that the field `session` had. Where the number does not tell the name,
   *   only those of the last four distinct sessions that were opened are known
   * @returns false if it is unknown; nothing is written then
   */
  writeSession(session: number, bytes: DataView, offset: number): boolean
}
