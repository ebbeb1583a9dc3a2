import type { LatencySummary } from '../../account/histogram.js'
import type { LossReason } from '../../sequence/gap-table.js'

/** What does not change in a run, for the page that shows it. */
export interface RunCard {
  /** Tells runs apart: a page that is connected again may meet another one. */
  readonly run: string
  readonly command: 'receive' | 'send'
  readonly feed: string
  readonly transport: string
  readonly framing: string | null
  readonly lines: readonly { readonly name: string; readonly endpoint: string }[]
  readonly ringSlots: number | null
  /** Whether the feed is published to a stream. */
  readonly bridge: boolean
  /** Lower ends of the rows of `Sample.heat`, in ns. */
  readonly heatRowsNs: readonly number[]
  /** How far apart samples are, in ms. */
  readonly everyMs: number
}

/** What of a card is known of the run alone. */
export type SampledCard = Omit<RunCard, 'run' | 'heatRowsNs' | 'everyMs'>

/** What was counted at one moment. Counts are since the beginning of the run; null: nobody can know. */
export interface Sample {
  /** Ms since 1970. */
  readonly at: number
  readonly state: 'ok' | 'stale' | 'ended'
  /** Of a feed. */
  readonly ledger: SampledLedger | null
  /** Of a sender. */
  readonly sent: SampledSender | null
  readonly lines: readonly SampledLine[]
  /** Of the messages since the sample before: latency, or how late datagrams left; null: none came. */
  readonly latencyNs: LatencySummary | null
  /** How many of them lie in which row: row, count, row, count, … */
  readonly heat: readonly number[]
  /** Bursts of losses that ended since the sample before. */
  readonly losses: readonly SampledLoss[]
  readonly books: SampledBooks | null
  /** Of a feed that is published to a stream. */
  readonly bridge: SampledBridge | null
  readonly tops: readonly object[]
}

export interface SampledLedger {
  readonly expected: number
  readonly delivered: number
  readonly skipped: number
  readonly lost: Readonly<Record<LossReason, number | null>>
  readonly recovered: number
  readonly missing: number
  readonly pending: number
  readonly gaps: number
  readonly gapsOpen: number
  readonly requests: number | null
}

export interface SampledSender {
  readonly messages: number | null
  readonly datagrams: number
  readonly refused: number
  readonly requests: number | null
}

export interface SampledLine {
  readonly up: boolean
  readonly datagrams: number
  readonly kernelDrops: number | null
  /** Datagrams that this line brought first. */
  readonly first: number
  readonly ringUsed: number | null
  readonly ringHighWater: number | null
  readonly bufferUsed: number | null
  readonly bufferBytes: number | null
  /** By how much it was ahead with them, the median since the sample before. */
  readonly leadNs: number | null
}

export interface SampledLoss {
  /** Null: the feed's. */
  readonly line: number | null
  readonly cause: string
  readonly count: number
  readonly firstSequence: number
  readonly lastSequence: number
  readonly at: number
}

export interface SampledBooks {
  readonly instruments: number
  readonly suspect: number
}

export interface SampledBridge {
  readonly connected: boolean
  readonly batches: number
  readonly acknowledged: number
  /** Messages that the stream has, and those that were not published. */
  readonly messages: number
  readonly notPublished: number
  /** What waits for the stream, in memory and on disk. */
  readonly backlogBytes: number
  readonly spillBytes: number
}
