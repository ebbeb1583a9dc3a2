import { FEED } from '../../account/feed-counters.js'
import { MAX_LINES } from '../../foundation/limits.js'
import { TWO_POW_32, ZERO_NS } from '../../foundation/units.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import { TRACK } from '../../sequence/tracker-state.js'
import type { DatagramSource } from '../../transport/datagram-source.js'
import type { FlowSetup } from '../../wire/flow-setup.js'
import { FlowStatus, MAX_WINDOW } from '../../wire/flow-status.js'
import type { Framing } from '../../wire/framing.js'
import type { AheadStore } from '../copies/ahead-store.js'
import type { FeedReaderOptions, FlowPort } from '../reader/feed-reader-options.js'

/** A status is sent whenever so much of the window has been consumed, … */
const PARTS = 4
/** … and after this time in any case, so that the sender knows that we live. */
const STATUS_NS = 50e6
/** A sender that has said nothing for so long may be followed by another. */
const QUIET_NS = 300e6

/**
 * Tells the senders of a feed how far it has been consumed, and how much more may be on its way. One
 * thread; no allocation.
 *
 * Consumed is what lies before the next expected sequence, gaps included: what is missing takes no
 * place here, so a loss never costs credit. Where messages are held back for a gap they do take place,
 * and consumed then ends at the oldest open gap until that is filled or declared lost.
 *
 * A sender that restarts is followed by the tracker only when its messages have proved it. Until then
 * what its last setup said counts as consumed: a setup comes in line with the messages, so all before it
 * have left the socket and the ring.
 */
export class FlowStatusSender {
  /** The time to reckon with, set by the caller. A field: an argument would be boxed. */
  nowNs = ZERO_NS
  readonly #port: FlowPort
  readonly #sources: readonly DatagramSource[]
  readonly #framing: Framing
  readonly #tracker: GapTracker
  readonly #track: Float64Array
  readonly #ahead: AheadStore
  readonly #ordered: boolean
  readonly #counts: Float64Array
  readonly #status = new FlowStatus()
  readonly #part: number
  /** Per line the flow session that is answered, and when its last setup came; 0: none. */
  readonly #sessionHigh = new Uint32Array(MAX_LINES)
  readonly #sessionLow = new Uint32Array(MAX_LINES)
  readonly #seenNs = new Float64Array(MAX_LINES)
  /** The line whose session the feed follows; -1: there is none. */
  #line = -1
  /** Whether the tracker's sequences are not, or not known to be, those of that session. */
  #echoing = false
  #setupSequence = 0
  #unanswered = false
  #restarts = 0
  #wasStarted = false
  #consumed = 0
  #reported = 0
  #reportedNs = ZERO_NS

  /** @param ahead what is held back for gaps */
  constructor(
    { lines, framing, state, policy }: FeedReaderOptions,
    port: FlowPort,
    tracker: GapTracker,
    ahead: AheadStore,
  ) {
    this.#port = port
    this.#sources = lines.map(({ source }) => source)
    this.#framing = framing
    this.#tracker = tracker
    this.#track = state.tracker
    this.#ahead = ahead
    this.#ordered = policy.ordered
    this.#counts = state.counters
    this.#part = Math.max(1, Math.floor(port.window / PARTS))
    this.#status.window = port.window
    this.#status.receiverHigh = port.receiverHigh
    this.#status.receiverLow = port.receiverLow
  }

  /** A setup has come on a line, and lies open in its source. It is answered at once if it is the first. */
  noteSetup(line: number, setup: FlowSetup): void {
    this.nowNs = this.#tracker.nowNs
    const known = this.#seenNs[line] > 0
    const same =
      known &&
      this.#sessionHigh[line] === setup.sessionHigh &&
      this.#sessionLow[line] === setup.sessionLow
    if (!same) {
      if (known && Math.abs(this.nowNs - this.#seenNs[line]) < QUIET_NS) return
      if (!this.#isOfFeed(setup) && !this.#follow(setup)) return
      this.#sessionHigh[line] = setup.sessionHigh
      this.#sessionLow[line] = setup.sessionLow
      this.#line = line
    }
    this.#sources[line].copySender(this.#port.names[line])
    this.#seenNs[line] = this.nowNs
    if (this.#isOfFeed(setup)) this.#setupSequence = setup.sequence
    // Not now: the slots of the batch that it is in are still in use.
    if (!same) this.#unanswered = true
  }

  /** Whether the setup is of the session that the feed follows, with the feed's own sequences. */
  isFollowing(setup: FlowSetup): boolean {
    if (!this.#isOfFeed(setup)) return false
    this.#consume()
    return !this.#echoing
  }

  /** Sends a status if it is time for that. After each batch, when its slots are free, and while idle. */
  check(): void {
    if (this.#line < 0) return
    this.#consume()
    const sinceNs = this.nowNs - this.#reportedNs
    // The wall clock can step back.
    const due = this.#unanswered || sinceNs >= STATUS_NS || sinceNs < 0
    if (due || this.#consumed - this.#reported >= this.#part) this.#report(false)
  }

  /** The feed comes to its end: nobody shall wait for this receiver. */
  leave(): void {
    if (this.#line >= 0) this.#report(true)
  }

  #isOfFeed(setup: FlowSetup): boolean {
    const line = this.#line
    if (line < 0) return false
    return (
      this.#sessionHigh[line] === setup.sessionHigh && this.#sessionLow[line] === setup.sessionLow
    )
  }

  /** Takes up a session that is new to the feed; false if another one seems to be at work. */
  #follow(setup: FlowSetup): boolean {
    const track = this.#track
    this.#wasStarted = track[TRACK.started] === 1
    this.#restarts = this.#tracker.restarts
    this.#setupSequence = setup.sequence
    this.#echoing = !this.#wasStarted
    if (!this.#wasStarted || this.#distance() === 0) return true
    const beginning = setup.sequence === this.#framing.initialSequence
    if (beginning && Math.abs(this.nowNs - track[TRACK.lastNs]) < QUIET_NS) return false
    this.#echoing = beginning || Math.abs(this.#distance()) > MAX_WINDOW
    return true
  }

  /** Messages from what the tracker expects next to what the last setup named. */
  #distance(): number {
    const next = this.#tracker.next
    if (this.#framing.sequenceBits !== 32) return this.#setupSequence - next
    return (this.#setupSequence - (next % TWO_POW_32)) | 0
  }

  #consume(): void {
    if (this.#echoing) {
      const tracker = this.#tracker
      const started = !this.#wasStarted && this.#track[TRACK.started] === 1
      this.#echoing = !started && tracker.restarts === this.#restarts && this.#distance() !== 0
      // Counted in other numbers from now on.
      if (!this.#echoing) this.#reported = Number.NEGATIVE_INFINITY
    }
    if (this.#echoing) this.#consumed = this.#setupSequence
    else this.#consumed = this.#ordered ? this.#deliverable() : this.#tracker.next
  }

  /** The sequence of the oldest that is missing or held back. */
  #deliverable(): number {
    const { openGaps, gaps, next } = this.#tracker
    let first = next
    if (openGaps > 0) first = Math.min(first, gaps.first(0))
    if (this.#ahead.size > 0) first = Math.min(first, this.#ahead.first)
    return first
  }

  #report(leaving: boolean): void {
    this.#consume()
    this.#reported = this.#consumed
    this.#reportedNs = this.nowNs
    this.#unanswered = false
    const status = this.#status
    const wraps = this.#framing.sequenceBits === 32
    status.consumed = wraps ? this.#consumed % TWO_POW_32 : this.#consumed
    status.leaving = leaving
    for (let line = 0; line < this.#sources.length; line++) {
      if (this.#seenNs[line] === 0) continue
      status.sessionHigh = this.#sessionHigh[line]
      status.sessionLow = this.#sessionLow[line]
      status.write(this.#port.statuses[line], 0)
      const sent = this.#port.trySend(line)
      this.#counts[sent ? FEED.statuses : FEED.statusesFailed] += 1
    }
  }
}
