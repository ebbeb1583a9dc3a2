import { FEED } from '../../account/feed-counters.js'
import { TWO_POW_32 } from '../../foundation/units.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import { RequestPlanner } from '../../sequence/request-planner.js'
import type { Framing } from '../../wire/framing.js'
import { MOLD_COUNT_OFFSET, MOLD_SEQUENCE_OFFSET } from '../../wire/moldudp64.js'
import type { FeedReaderOptions, RecoveryPort } from '../reader/feed-reader-options.js'

/** How long answers are looked for after the last request. */
const ANSWER_NS = 200e6

/** Asks for lost messages, as the planner says, and knows when answers are to be looked for. One thread. */
export class Recovery {
  readonly #port: RecoveryPort
  readonly #planner: RequestPlanner
  readonly #tracker: GapTracker
  readonly #framing: Framing
  readonly #counts: Float64Array
  #gapsSeen = 0
  #lastRequestNs = Number.NEGATIVE_INFINITY
  /** The session that the request's memory names: a framing may have forgotten its name by now. */
  #named = Number.NaN

  constructor(
    { framing, state, ask, policy, epoch }: FeedReaderOptions,
    port: RecoveryPort,
    tracker: GapTracker,
  ) {
    this.#port = port
    this.#tracker = tracker
    this.#framing = framing
    this.#counts = state.counters
    this.#planner = new RequestPlanner(tracker.gaps, ask, policy.waitNs, epoch.unixSeconds)
  }

  /** Whether answers may come, so that they have to be looked for. */
  get active(): boolean {
    return this.#tracker.openGaps > 0 || this.#tracker.nowNs - this.#lastRequestNs < ANSWER_NS
  }

  /** Takes up to `limit` answers; returns how many there are. */
  take(limit: number): number {
    this.#port.poll()
    const taken = this.#port.source.take(limit)
    if (taken === 0) this.#tracker.answeredNs = this.#tracker.nowNs
    return taken
  }

  /** An answer was dealt with that ended before `sequence`. */
  noteAnswer(sequence: number): void {
    this.#planner.nowNs = this.#tracker.nowNs
    this.#planner.noteAnswer(sequence)
  }

  /** Sends the requests that are due. */
  ask(): void {
    const tracker = this.#tracker
    const planner = this.#planner
    planner.nowNs = tracker.nowNs
    if (tracker.gapsOpened !== this.#gapsSeen) {
      this.#gapsSeen = tracker.gapsOpened
      planner.noteGap()
    }
    if (tracker.openGaps === 0 || tracker.isDeaf() || !planner.begin()) return
    while (planner.next()) this.#send(planner.first, planner.count)
    this.#counts[FEED.gapsAsked] = planner.gapsAsked
  }

  #send(first: number, count: number): void {
    const { request } = this.#port
    this.#lastRequestNs = this.#tracker.nowNs
    this.#tracker.noteRequest()
    const { session } = this.#tracker
    if (session !== this.#named) {
      this.#named = this.#framing.writeSession(session, request, 0) ? session : Number.NaN
    }
    const wire = this.#framing.sequenceBits === 32 ? first % TWO_POW_32 : first
    request.setUint32(MOLD_SEQUENCE_OFFSET, Math.floor(wire / TWO_POW_32))
    request.setUint32(MOLD_SEQUENCE_OFFSET + 4, wire % TWO_POW_32)
    request.setUint16(MOLD_COUNT_OFFSET, count)
    const sent = this.#named === session && this.#port.trySend()
    this.#counts[sent ? FEED.requests : FEED.requestsFailed] += 1
  }
}
