import type { SessionEpoch } from '../foundation/clock.js'
import type { BlockOrder, Framing } from '../wire/framing.js'
import { Pieces } from '../wire/pieces.js'

/** As many messages as there are. An integer: code that only saw integers is compiled for them. */
export const ALL_MESSAGES = 0x3fff_ffff
/** Sequences below this, and those of the run behind them, are small integers for the engine. */
export const SMALL = 0x3fff_ffff

/**
 * A run: messages whose sequences follow one another. Those of one datagram (or of coalesced ones) lie behind
 * one another and are a piece. A run has one, or several where whoever walks it said that it can. One object per
 * reader, used again for each run: what it says is valid until the next one is opened. One thread.
 *
 * ```
 *   blocks 'none'      offset v
 *                             +-----------+-----------+-----------+
 *                             | message 0 | message 1 |    ...    |    29 bytes each
 *                             +-----------+-----------+-----------+
 *   else               offset v
 *                             +--------+-----------+--------+-----------+
 *                             | u16 n0 | message 0 | u16 n1 |    ...    |
 *                             +--------+-----------+--------+-----------+
 *   blocks 'packet'    one packet with one sequence: `framing.next()` walks its messages
 *
 *   several pieces     offsets[0] v            offsets[1] v                   each of a datagram of its own
 *                                 +---------+             +---------+---------+
 *                                 |    n    |             |  n + 1  |  n + 2  |   counts 1, 2
 *                                 +---------+             +---------+---------+
 * ```
 */
export class OpenRun {
  /** The memory that holds the messages: a ring, or that of a copy. */
  bytes: DataView
  /** Of the first piece: bytes from the start of `bytes` to the first message, or to the length before it. */
  offset = 0
  /** Sequence of the first message in the feed. A field: as an argument it would be boxed. */
  first = Number.NaN
  /** Whether it came late: it fills a gap behind which messages were delivered already. */
  late = false
  /** When the kernel received the first piece, ns since the session epoch; NaN if it did not say. */
  receivedNs = Number.NaN
  /** Where the pieces begin, and how many messages each has: `offsets` and `counts` of the first `pieceCount`. */
  readonly pieces: Pieces
  pieceCount = 1
  /** Whether runs may have several pieces. Whoever walks them says so before the first. */
  wide = false
  /** How messages are told apart. */
  readonly blocks: BlockOrder
  /**
   * What has the datagram open, for what its header says beside. Only its getters may be used, and
   * with the blocks `packet` its `next`.
   */
  readonly framing: Framing
  /** From which time stamps in messages are counted. */
  readonly epoch: SessionEpoch
  /** The feed's counters. Whoever walks a run writes `FEED.currentSequence`, and nothing else. */
  readonly counts: Float64Array

  /** @param memoryBytes of the largest memory that runs can lie in */
  constructor(framing: Framing, epoch: SessionEpoch, counts: Float64Array, memoryBytes: number) {
    this.pieces = new Pieces(memoryBytes)
    this.bytes = new DataView(new ArrayBuffer(0))
    this.blocks = framing.blocks
    this.framing = framing
    this.epoch = epoch
    this.counts = counts
  }

  /** Of one piece, with so many messages. */
  showOne(count: number): void {
    this.pieces.offsets[0] = this.offset
    this.pieces.counts[0] = count
    this.pieces.receivedNs[0] = this.receivedNs
    this.pieceCount = 1
  }
}
