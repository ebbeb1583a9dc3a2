import type { ProfileRecorder } from '../../account/profile/profile-recorder.js'
import type { BookTop } from '../../account/top-section.js'
import type { Clock, SessionEpoch } from '../../foundation/clock.js'
import type { AskLimits } from '../../sequence/request-planner.js'
import type { GapPolicy, ResumePoint } from '../../sequence/tracker-state.js'
import type { DatagramSource } from '../../transport/datagram-source.js'
import type { Framing } from '../../wire/framing.js'
import type { FeedStatus, Gap, Skip } from '../handler.js'
import type { FeedState } from '../state/feed-state.js'
import type { ReaderLine } from './drop-reading.js'

/** From when on a line, or the feed, is called silent or behind. */
export interface AlarmLimits {
  /** A line that brings nothing for so long, while another does, is silent. */
  readonly silentNs: number
  /** A line that is so many messages behind what the feed has seen is behind. */
  readonly behindMessages: number
  /** A feed of which nothing comes for so long is stale; Infinity: never. */
  readonly staleNs: number
  /** How often lines are looked at; default: every 10 ms. */
  readonly checkNs?: number | undefined
}

/** The way to a retransmission server and back. For the thread that handles the feed. */
export interface RecoveryPort {
  /** Where answers are taken from. */
  readonly source: DatagramSource
  /** The memory of the request that `send` sends: MOLD_HEADER_BYTES bytes. */
  readonly request: DataView
  /** Moves what came to where the source sees it. Never waits. */
  poll(): void
  /** Sends the request; false if it could not be. Never waits. */
  trySend(): boolean
}

/** The way from a receiver back to the senders of its lines. For the thread that handles the feed. */
export interface FlowPort {
  /** Messages that can be on their way or waiting here without a loss. */
  readonly window: number
  /** The halves of a random number of this run. */
  readonly receiverHigh: number
  readonly receiverLow: number
  /** Per line the memory of its sender's socket address, SOCKET_ADDRESS_ROOM_BYTES bytes. */
  readonly names: readonly DataView[]
  /** Per line the memory of the status that `trySend` sends there, FLOW_STATUS_BYTES bytes. */
  readonly statuses: readonly DataView[]
  /** Sends a line's status; false if it could not be. Never waits. */
  trySend(line: number): boolean
}

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
