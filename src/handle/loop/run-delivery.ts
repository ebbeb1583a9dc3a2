/**
 * The seam between the reader and whatever gets the messages. The reader hands out runs, the loop passes
 * each to the one `RunDelivery` that was chosen when the thread started, and the reader counts a run as
 * delivered when it is asked for the next one:
 *
 * ```
 *   FeedReader ── nextRun() ──> OpenRun { bytes, pieces, first, late } ── deliverRun(count) ──> handler
 *        ^                                                                       │
 *        └── counts the run, once ── currentSequence, for each message ──────────┘
 * ```
 *
 * What there is: `NativeRuns` (29-byte messages, `MarketDataView`), `BlockRuns` (messages behind their
 * lengths, `MessageView`), `NamedRuns` (the same, each to the method that names it), and `PacketRuns` and
 * `NamedPacketRuns` for packets whose messages share one sequence. To add another one, for books or batches:
 *
 * 1. A class per kind of framing, not one that asks per message which framing it is: the loop's call then
 *    has one target, and the class's loop one shape. `OpenRun` says how messages lie (`blocks`).
 * 2. `createRunDelivery` chooses it, once.
 * 3. The rehearsal makes its deliveries by the same function, so what is rehearsed is what runs.
 *
 * @packageDocumentation
 */

/**
 * Gets the messages of a run. One thread; hot: no allocation, no closure.
 *
 * A delivery is made with the `OpenRun` of its reader, which says where the run lies and what its first
 * sequence is. That is a field, since a sequence above 2^31 would be boxed on its way through a call.
 */
export interface RunDelivery {
  /** Whether it walks the pieces of a run; without it a run has one, which begins at `run.offset`. */
  readonly takesPieces?: true
  /**
   * Delivers the `count` messages, 1 at least, of the run's pieces.
   *
   * Before anything of the user's is called for the message with sequence `s`, `s` is stored in
   * `run.counts[FEED.currentSequence]`. From that alone the account tells, when the call throws or the
   * thread dies, how many of the run were delivered: those before `s`. A delivery that takes a run as a
   * whole (a batch for a bridge) stores nothing: `run.first` is stored there already.
   *
   * @throws whatever the handler throws; the reader's `fail` then counts the rest as undelivered
   */
  deliverRun(count: number): void
}
