import type { Ledger } from '../account/ledger.js'
import type { Protocol } from '../codec/protocols.js'
import type { MarketDay } from '../codec/value/market-day.js'
import type { EndedBy } from '../foundation/ended-by.js'
import type { CaptureBlock } from '../run/feed/capture-report.js'
import type { CaptureFramingName } from '../wire/framing.js'
import type { MessageTally } from './message-tally.js'
import type { Peaks } from './peaks.js'

/** What a source knows beside its messages. */
export interface SourceFacts {
  readonly datagrams: number
  readonly heartbeats: number
  readonly gaps: number
  /** Messages in those gaps. */
  readonly missing: number
  readonly restarts: number
  readonly duplicates: number
  readonly invalidDatagrams: number
  readonly foreignDatagrams: number
  /** When the first and the last datagram came, nanoseconds since 1970; null where nobody noted it. */
  readonly firstNs: string | null
  readonly lastNs: string | null
  readonly peaks: Peaks
  /** Where every packet of a recording went; null for a live feed. */
  readonly capture: (CaptureBlock & { readonly repeats: number }) | null
  /** The account of a live feed; null for a recording, of which nothing can be lost on the way. */
  readonly ledger: Ledger | null
}

/** How far a recording has been read; NaN bytes where nobody knows. */
export interface DecodeProgress {
  readonly consumedBytes: number
  readonly totalBytes: number
}

/** Where decoded messages come from. One thread. */
export interface DecodeSource {
  /** As its user knows it: the file, or the URL with the port that was bound. */
  readonly name: string
  readonly live: boolean
  readonly framing: CaptureFramingName | null
  /** Undefined: messages are bytes. */
  readonly protocol: Protocol | undefined
  /** What turns times of day into moments; undefined: they stay times of day. */
  readonly day: MarketDay | undefined
  /** Whether datagrams have a time of their own arrival. */
  readonly received: boolean
  readonly progress: DecodeProgress

  /**
   * Hands messages over until there are no more, enough of them, or it is stopped.
   *
   * @param drained awaited now and then, so that rows are made no faster than they are taken
   * @throws {TickwireError} for what is wrong with the source, behind all that came before it
   */
  run(tally: MessageTally, drained: () => Promise<void>): Promise<EndedBy>
  facts(): SourceFacts
  warnings(): readonly string[]
  /** Gives everything back. May be called twice. */
  close(): Promise<void>
}
