import type { Spread } from '../statistics.js'

/** What one kind of traffic costs the reading side alone, in memory: processor time per message. */
export interface ReadingResult {
  readonly name: string
  readonly nsPerMessage: Spread | null
  /** The C program that does the same with the same datagrams; null without a compiler. */
  readonly nativeNsPerMessage: Spread | null
  /** Median of the ratios round by round: above 1 where Tickwire needs less time. */
  readonly speedToC: number | null
  /** Garbage collections of the reading thread, in all rounds. */
  readonly collections: number
  /** Whether each message of each round was delivered. */
  readonly accounted: boolean
}
