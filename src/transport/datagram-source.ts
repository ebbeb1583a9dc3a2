import type { Pieces } from '../wire/pieces.js'

/**
 * Where the handling side takes the datagrams of one line from, whatever way they came in: one cursor
 * over memory that somebody else fills. One thread; no allocation after its construction.
 *
 * ```ts
 * const count = source.take(32)
 * for (let nth = 0; nth < count; nth++) {
 *   source.open(nth)       // the fields now tell of this one
 *   …
 *   source.close(nth)
 * }
 * source.release(count)
 * ```
 *
 * What is opened at once may be a train: several datagrams that the kernel left coalesced.
 */
export interface DatagramSource {
  /** Datagrams, or trains, that can lie ready at most. */
  readonly capacity: number
  /** Bytes of one at most. */
  readonly maxBytes: number
  /** Whether `drops` may count packets that came after what was opened. */
  readonly dropsRunAhead: boolean
  /** The memory that holds the payloads. */
  readonly bytes: DataView

  /** The payload of what was opened last: bytes from the start of `bytes`, and how many. */
  offset: number
  length: number
  /** Bytes of each datagram of a train, of which the last may be shorter; 0: a single datagram. */
  segmentBytes: number
  /** Whether it is of a source that is not allowed: nobody shall look at its payload. */
  foreign: boolean
  /** Whether it could not be taken whole: too long for its place, or damaged on its way. */
  damaged: boolean
  /** Whether only its end is missing, for want of room: what there is of it is as it was sent. */
  readonly cut: boolean
  /** When the kernel received it, ns since the session epoch; NaN if it did not say. */
  receivedNs: number
  /** When it was handed over by our receiver, as `readPushed` found; NaN: there is none. */
  pushedNs: number
  /** What the kernel had dropped on this line before it, modulo 2^32, in datagrams or trains. */
  drops: number
  /** Messages that our own receiver discarded just before it. */
  droppedMessages: number
  /** Who gets a copy of each datagram when it is opened; null: nobody does. */
  tap: DatagramTap | null

  /** How many can be opened now: at most `limit`, and never more than `capacity`. */
  take(limit: number): number
  /** Looks at the `nth` that was taken and not released. */
  open(nth: number): void
  /**
   * Shows the `nth` that was taken, and those behind it, as far as nothing has to be said of them but where they
   * lie and when they came: they are whole and of an allowed source, nothing was discarded before them, and the
   * kernel's counter stands at `drops`, modulo 2^32. Such need not be opened, and the other fields do not tell of
   * them. Without it each is opened.
   *
   * @param most at most so many, and no more than there is room for
   * @returns how many; 0: the `nth` is to be opened
   */
  lookAhead?(pieces: Pieces, nth: number, most: number, drops: number): number
  /** Brings `pushedNs` up to date for the `nth`; only in a run that is profiled. */
  readPushed(nth: number): void
  /**
   * Writes the socket address of whoever sent what was opened last (sockaddr_in or sockaddr_in6) to the
   * start of `name`, which has room for 32 bytes; false if it is not known. Not hot.
   */
  copySender(name: DataView): boolean
  /** From now on `copySender` shall know, where it can at all; what lies ready need not. Not hot. */
  tellSenders(): void
  /** The same for whom it was sent to, where that is not known beforehand: in a recording. */
  copyDestination?(name: DataView): boolean
  /** So many are done with, from the `nth` on, and not looked at again. */
  close(nth: number, count: number): void
  /** Gives the first `count` back to whoever fills the memory. */
  release(count: number): void
  /** Whether nothing lies ready at this moment. */
  isEmpty(): boolean
  /** Whether more than `limit` lie ready that were not released, at this moment. */
  holdsMoreThan(limit: number): boolean
}

/** Is shown what a source opens, each once, before anybody else has looked at it. Must not allocate. */
export interface DatagramTap {
  copy(source: DatagramSource): void
}
