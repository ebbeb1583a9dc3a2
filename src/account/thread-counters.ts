import type { CounterSection } from './counters-layout.js'

/** What a hot thread says of itself. The thread alone writes; any thread or process may read. */
export const THREAD = {
  /** Turns of its duty cycle, and those that did something. */
  turns: 0,
  busyTurns: 1,
  /** Wall-clock ns since the epoch when it last looked at the time: each turn that did something. */
  lastTurnNs: 2,
  /** The longest turn that did something, and those that took longer than LONG_TURN_NS. */
  longestTurnNs: 3,
  longTurns: 4,
  /** 1 while it runs its duty cycle. */
  running: 5,
  /** Ns in turns that did something, and in those that did not, with the waiting between; 1 if it sleeps then. */
  busyNs: 6,
  restedNs: 7,
  sleeps: 8,
  /**
   * Garbage collections since its first work, at most some seconds old while it runs: looked at after a turn
   * that was long enough to hold one. 1 in the second if they are counted.
   */
  collections: 9,
  collectionsCounted: 10,
} as const

/** A turn that takes longer is counted: messages wait meanwhile. */
export const LONG_TURN_NS = 1e6

export const THREAD_COUNTERS_BYTES = 16 * 8

/** What the label of a thread's section begins with. */
export const THREAD_LABEL = 'thread '

/** @param name `receiver 0`, `handler`, `sender` … */
export function threadSection(name: string): CounterSection {
  return {
    kind: 'counters',
    label: `${THREAD_LABEL}${name}`,
    bytes: THREAD_COUNTERS_BYTES,
    fields: THREAD,
  }
}
