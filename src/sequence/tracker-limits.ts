/** Sequences by which a datagram may be late and still fill its gap. */
export const REORDER_WINDOW = 256
/** The same for a gap that drops of our own seem to explain; they may have been of later messages. */
export const EXPLAINED_WINDOW = 16
/** Time after which a gap is declared lost although nothing newer came, in nanoseconds. */
export const GAP_PATIENCE_NS = 50e6
/** With no answer at all a gap is declared lost at this age, in patiences for one that was asked for. */
export const UNASKED_PATIENCE = 10
/** After this much silence a first sequence is a new beginning, however short the run before it was. */
export const RESTART_QUIET_NS = 200e6
/** Sequences by which a datagram may lie ahead of its line's others and move the line alone. */
export const LINE_STEP = 32
/** Datagrams in a row that move it otherwise: within the reorder window, and farther ahead. */
export const NEAR_DATAGRAMS = 2
export const FAR_DATAGRAMS = 8
/** Old datagrams in a row, with nothing new between them, that make a restart. */
export const RESTART_STREAK = 8
/**
 * With so much silence before it, a datagram far behind its line's others is not late: no network keeps
 * one for so long while nothing follows. If it is of a session's first datagrams it fills no gap,
 * since it may be of a publisher that has restarted.
 */
export const RESTART_PAUSE_NS = 10e6
/** After a new beginning so long, what looks like the stream before it may be that. */
export const FORMER_RECENT_NS = 1e9
/** How far beyond what was seen of a former stream a slower line may have been. */
export const FORMER_REACH = 4096
/**
 * A feed that is first seen no farther from its beginning than so misses that too, if it can still come:
 * it was lost, overtaken or is on the other line, and we did not come late.
 */
export const START_BACKFILL = 256
/** Messages at the beginning of a session that a recovering feed asks for when it missed them. */
export const RESTART_BACKFILL = 1 << 16
/**
 * A jump ahead by more than this needs a second witness, unless drops, a silence or the line's own lag
 * explain it.
 */
export const PLAUSIBLE_JUMP = 4096
/** Two heartbeats of one line that are nearer to each other may be copies of one. */
export const CLAIM_APART_NS = 1e6
/** Odd datagrams in a row that make a second stream, and how long none may come between two of them. */
export const RIVAL_DATAGRAMS = 8
export const RIVAL_MEMORY_NS = 1e9
/** Datagrams without a gap after which drops that explained nothing are forgotten. */
export const DROP_MEMORY_DATAGRAMS = 1024
/** Gaps that were declared lost and are remembered, so that what comes too late is not called a duplicate. */
export const REMEMBERED_GAPS = 64
