/**
 * What is kept for each line, in the tracker's memory.
 *
 * ```
 *  +------+-----------------------+-------------+---------+-------------+
 *  | next | account of what it    | drops, not  | suspect | fallen run  |   doubles
 *  |      | brought: its counts   | explained   |         |             |
 *  +------+-----------------------+-------------+---------+-------------+
 * ```
 *
 * The account: seen = first + duplicates + late + tooLate + held + foreign. `conflicts` are among the
 * duplicates. `seen` is counted by whoever opens the datagrams, the parts by whoever judges them.
 */
export const LINE_TRACK = {
  /** The sequence behind the last accepted message that the line brought; -1: none yet. */
  next: 0,
  /** Messages in the line's valid datagrams. */
  seen: 1,
  /** … that were new to the feed when they came. */
  first: 2,
  /** … that were there already, and those of them whose bytes differ from what was there. */
  duplicates: 3,
  conflicts: 4,
  /** … that filled a gap, and that came when theirs had been declared lost. */
  late: 5,
  tooLate: 6,
  /** … that wait for a witness, or waited and were believed too late to be delivered. */
  held: 7,
  /** … that are of another stream. */
  foreign: 8,
  /** Messages that the receiver discarded, and datagrams that were invalid or that the kernel dropped. */
  ringPool: 9,
  invalidPool: 10,
  kernelPool: 11,
  /** Datagrams without a gap since the kernel dropped. */
  kernelPoolAge: 12,
  /** The datagram that waits for a witness: 1 while there is one. */
  suspected: 13,
  suspectSession: 14,
  suspectFirst: 15,
  suspectCount: 16,
  suspectSinceNs: 17,
  /** How far the feed, and the line within the present stream, had come by then. */
  suspectMark: 18,
  suspectLineMark: 19,
  /** 1 if the last datagram was cut, and had nobody knows how many messages more. */
  cut: 20,
  /** 1 if it goes on where a suspect before it ended, which the present stream contradicted. */
  suspectChained: 21,
  /** Old datagrams that ascend while nothing new comes: how many, from where, up to where. */
  fallenDatagrams: 22,
  fallenFirst: 23,
  fallenNext: 24,
  /** How far the feed and the line had come when the run began; what of it counts as duplicates. */
  fallenMark: 25,
  fallenLineMark: 26,
  fallenCounted: 27,
  /** Heartbeats of the present stream that the line brought. */
  beats: 28,
  /** Where the last datagram ended that lay far ahead of the line's others; -1: there is none. */
  ahead: 29,
  /** When the line last went on in its own order, which is no restart. */
  activeNs: 30,
  /** Duplicates that were compared with what had come before. */
  compared: 31,
  /** What of the fallen run was compared, and differed. */
  fallenCompared: 32,
  fallenConflicts: 33,
  /** Datagrams near to each other that lay far ahead of the line's others. */
  aheadDatagrams: 34,
} as const

export const LINE_DOUBLES = 35
