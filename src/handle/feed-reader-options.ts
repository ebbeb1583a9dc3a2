import type { Clock, SessionEpoch } from '../foundation/clock.js'
import type { Framing } from '../wire/framing.js'
import type { ReaderLine } from './drop-watch.js'
import type { FeedState } from './feed-state.js'
import type { Gap } from './handler.js'

export interface FeedReaderOptions {
  readonly lines: readonly ReaderLine[]
  readonly framing: Framing
  readonly state: FeedState
  readonly epoch: SessionEpoch
  readonly clock: Clock
  /** Messages after which the feed is complete; NaN: it has no end. */
  readonly total: number
  /** Whether the stages of each message's way are timed. */
  readonly stages: boolean
  /** Told of gaps in-band; the object is valid only during the call. */
  readonly onGap: ((gap: Gap) => void) | undefined
}
