/** Sequences by which a datagram may be late and still fill its gap. */
export const REORDER_WINDOW = 256
/** The same for a gap that drops of our own seem to explain; they may have been of later messages. */
export const EXPLAINED_WINDOW = 16
/** Time after which a gap is given up although nothing newer came, in nanoseconds. */
export const GAP_PATIENCE_NS = 50e6
/** A gap that could not be asked for yet is given up after so many times the patience for one that was. */
export const UNASKED_PATIENCE = 10
/** After this much silence a first sequence is a new beginning, however short the run before it was. */
export const RESTART_QUIET_NS = 200e6
/** Old datagrams in a row, with nothing new between them, that make a restart. */
export const RESTART_STREAK = 8
/** Messages at the beginning of a session that a recovering feed asks for when it missed them. */
export const RESTART_BACKFILL = 1 << 16
/**
 * The same where the first datagram of all is so near to a session's beginning: what came before it was
 * lost, overtaken or is on the other line. Whoever joins later than that wants what comes from then on.
 */
export const START_BACKFILL = 256
/** A jump ahead by more than this needs a second witness, unless drops explain it. */
export const PLAUSIBLE_JUMP = 1 << 20
/** Datagrams without a gap after which drops that explained nothing are forgotten. */
export const DROP_MEMORY_DATAGRAMS = 1024
/** Gaps that were given up and are remembered, so that what comes too late is not called a duplicate. */
export const REMEMBERED_GAPS = 64
