import type { ProfileRecorder } from '../../account/profile/profile-recorder.js'
import type { BookTop } from '../../account/top-section.js'
import type { Clock, SessionEpoch } from '../../foundation/clock.js'
import type { AskLimits } from '../../sequence/request-planner.js'
import type { GapPolicy, ResumePoint } from '../../sequence/tracker-state.js'
import type { Framing } from '../../wire/framing.js'
import type { FeedStatus, Gap, Skip } from '../handler.js'
import type { AlarmLimits } from '../notices/alarms.js'
import type { FeedState } from '../state/feed-state.js'
import type { FlowPort } from '../upstream/flow-status-sender.js'
import type { RecoveryPort } from '../upstream/recovery.js'
import type { ReaderLine } from './drop-reading.js'

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
  /** Notes when slots came and were given back; undefined: nobody does. */
  readonly profile: ProfileRecorder | undefined
  readonly policy: GapPolicy
  /** Bytes for what is held back; used only if the policy is to hold back. */
  readonly holdBytes: number
  readonly watch: AlarmLimits
  /** Whom to ask for lost messages; undefined: nobody. */
  readonly recovery: RecoveryPort | undefined
  readonly ask: AskLimits
  /** Whom to tell of consumption; undefined: nobody. */
  readonly flow?: FlowPort | undefined
  /** Told of gaps in-band; the object is valid only during the call. */
  readonly onGap: ((gap: Gap) => void) | undefined
  /** Told of alarms and sessions in-band; the object is valid only during the call. */
  readonly onStatus: ((status: FeedStatus) => void) | undefined
  /** Told of what the source itself skipped; the object is valid only during the call. */
  readonly onSkip?: ((skip: Skip) => void) | undefined
  /** Told of tops that a bridge has kept. */
  readonly onTop?: ((top: BookTop) => void) | undefined
  /** Told of messages that are in other shards. */
  readonly onElsewhere?: ((first: number, count: number) => void) | undefined
  /** Where an earlier run of this program had come to; undefined: nowhere. */
  readonly resume?: ResumePoint | undefined
}
