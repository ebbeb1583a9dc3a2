/** Sequences by which a datagram may be late and still fill its gap. */
export const REORDER_WINDOW = 256
/** The same for a gap that drops of our own seem to explain; they may have been of later messages. */
export const EXPLAINED_WINDOW = 16
/** Time after which a gap is given up although nothing newer came, in nanoseconds. */
export const GAP_PATIENCE_NS = 50e6
/** After this much silence a first sequence is a new beginning, however short the run before it was. */
export const RESTART_QUIET_NS = 200e6
/** A jump ahead by more than this needs a second witness, unless drops explain it. */
export const PLAUSIBLE_JUMP = 1 << 20
/** Datagrams without a gap after which drops that explained nothing are forgotten. */
export const DROP_MEMORY_DATAGRAMS = 1024
