import type { DatagramSource } from '../../transport/datagram-source.js'
import type { BoundLine } from '../memory/feed-data.js'

/** The receiving end of one line, in the thread that opened it. */
export interface LineInput {
  /** Where the datagrams are taken from by whoever handles them. */
  readonly source: DatagramSource
  readonly bound: BoundLine
  /** One turn; returns the datagrams that it moved. */
  doWork(): number
  /** Lets nothing more come, brings the counters up to date, and says that the line is closed. */
  close(): void
  /** The source has been read to its end: brings the counters up to date once more. */
  readLastCounters(): void
  /** Frees what the source reads from. */
  end(): void
}
