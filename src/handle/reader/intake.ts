import { FEED, FEED_LINE } from '../../account/feed-counters.js'
import { decodeTop } from '../../account/last-top.js'
import { GapTracker } from '../../sequence/gap-tracker.js'
import { VERDICT } from '../../sequence/tracker-state.js'
import type { DatagramSource } from '../../transport/datagram-source.js'
import {
  BridgedFraming,
  ENVELOPE_BYTES,
  ENVELOPE_EVENT,
} from '../../wire/bridged/bridged-framing.js'
import { DATAGRAM, type Framing } from '../../wire/framing.js'
import { IexTpFraming } from '../../wire/iex-tp-framing.js'
import { AheadStore } from '../copies/ahead-store.js'
import { SeenMessages } from '../copies/seen-messages.js'
import { SuspectDatagram } from '../copies/suspect-datagram.js'
import { FeedAlarms } from '../notices/alarms.js'
import { GapCloser } from '../notices/gap-closer.js'
import { Notices } from '../notices/notices.js'
import type { StreamRole } from '../notices/other-streams.js'
import { SkippedRuns } from '../notices/skipped-runs.js'
import type { OpenRun } from '../open-run.js'
import type { FeedState } from '../state/feed-state.js'
import type { LatencyRecorder } from '../state/latency-recorder.js'
import { LeadTimes } from '../state/lead-times.js'
import { FlowIntake } from '../upstream/flow-intake.js'
import { Recovery } from '../upstream/recovery.js'
import type { DatagramCursor } from './datagram-cursor.js'
import type { FeedReaderOptions } from './feed-reader-options.js'

/**
 * Decides for each datagram of a feed which of its messages come next: all, some or none; held back for
 * a gap before them, or let go since their gap is closed. One thread; no allocation per datagram.
 *
 * What is to be delivered next of what the framing has open, `takeRun` hands out.
 */
export class Intake {
  readonly tracker: GapTracker
  readonly notices: Notices
  readonly gaps: GapCloser
  readonly alarms: FeedAlarms
  readonly recovery: Recovery | undefined
  readonly flow: FlowIntake
  readonly seen: SeenMessages
  /** Whose the datagram was that was opened last; undefined: the feed's, or nobody's. */
  heard: StreamRole | undefined
  /** Tells of messages that were skipped before they came here; undefined: none can be. */
  readonly skips: SkippedRuns | undefined
  /** Messages in what was opened of the present train. */
  trainMessages = 0

  /** What the framing reads from: a source's memory, or that of a copy. */
  #bytes: DataView
  /** Messages of the open datagram that are still wanted. */
  #wanted = 0
  /** The sequence of the next one. */
  #nextSequence = 0
  /** Whether `acceptOne` is to be asked for each. */
  #checkEach = false
  readonly #run: OpenRun
  readonly #framing: Framing
  /** The framing where a bridge tells what is missing; undefined: it has to be found out. */
  readonly #told: BridgedFraming | undefined
  readonly #state: FeedState
  readonly #lineCounts: readonly Float64Array[]
  readonly #counts: Float64Array
  readonly #total: number
  readonly #latency: LatencyRecorder
  /** Per line the copy of what waits there for a witness. */
  readonly #held: readonly SuspectDatagram[]
  /** Whether what comes ahead of a gap is held back until the gap is closed. */
  readonly #ordered: boolean
  readonly #ahead: AheadStore
  readonly #leads: LeadTimes | undefined
  /** Lines without that of the answers, which is behind them. */
  readonly #lineCount: number
  #line = 0
  #gapsSeen = 0
  #oddSeen = 0
  /** Whether all gaps are declared lost as soon as they are the oldest; or one of them, for want of room. */
  #flush = false
  #makeRoom = false
  readonly #skippedAt = { first: Number.NaN }

  /**
   * @param run that `takeRun` fills in
   * @param lineCounts as FEED_LINE lays them out, those of the answers last
   * @param maxBytes of what one source opens at once
   */
  constructor(
    options: FeedReaderOptions,
    run: OpenRun,
    latency: LatencyRecorder,
    lineCounts: readonly Float64Array[],
    maxBytes: number,
  ) {
    const { framing, policy, recovery } = options
    const { counters, tracker } = options.state
    this.#run = run
    this.#framing = framing
    this.#told = framing instanceof BridgedFraming ? framing : undefined
    this.#state = options.state
    this.#counts = counters
    this.#total = options.total
    this.#latency = latency
    this.#lineCount = options.lines.length
    this.seen = new SeenMessages(framing, this.#lineCount > 1)
    this.tracker = new GapTracker(tracker, {
      sequenceBits: framing.sequenceBits,
      initialSequence: framing.initialSequence,
      lineCount: this.#lineCount,
      dropsRunAhead: options.lines.some(({ source }) => source.dropsRunAhead),
      policy,
      copies: this.seen,
      resume: options.resume,
    })
    const line = this.#lineCount > 1 ? -1 : 0
    this.notices = new Notices(options, this.tracker.closed.parts)
    this.gaps = new GapCloser(this.tracker, this.notices, options.state.losses, line)
    this.skips =
      this.#told === undefined
        ? undefined
        : new SkippedRuns(options.state.counters, 'conflated', this.notices)
    this.#lineCounts = lineCounts
    const watched = lineCounts.slice(0, this.#lineCount)
    this.alarms = new FeedAlarms(options, watched, this.tracker, this.notices)
    this.#held = options.lines.map(() => new SuspectDatagram(maxBytes))
    this.#bytes = this.#held[0].bytes
    this.#ordered = policy.ordered
    this.#ahead = new AheadStore(policy.ordered ? Math.max(options.holdBytes, 2 * maxBytes) : 0)
    this.#leads = this.#lineCount > 1 ? new LeadTimes() : undefined
    this.flow = new FlowIntake(options, this.tracker, this.#ahead)
    this.recovery = recovery && new Recovery(options, recovery, this.tracker)
  }

  /** Whether messages are open that `takeRun` has not handed out. */
  get hasOpen(): boolean {
    return this.#wanted > 0
  }

  /**
   * Opens the next run of what is open, with at most `limit` messages.
   *
   * @returns how many messages it has; 0 if nothing is left of what is open
   */
  takeRun(limit: number): number {
    if (this.#wanted === 0) return 0
    const count = this.#checkEach ? this.#findNew() : Math.min(this.#wanted, limit)
    if (count === 0) return 0
    const run = this.#run
    run.bytes = this.#bytes
    run.offset = this.#framing.nextOffset
    run.first = this.#nextSequence
    run.late = this.#checkEach && this.tracker.filled
    run.receivedNs = this.#latency.receivedNs
    this.#nextSequence += count
    this.#wanted -= count
    if (this.#wanted > 0) this.#framing.skip(count)
    return count
  }

  /** What is left of the present datagram is not wanted any more. */
  closeDatagram(): void {
    this.#wanted = 0
  }

  /** Messages that are held back. */
  get heldBack(): number {
    return this.#ahead.messages
  }

  /** Whether something is open, missing or held back, so that what comes next has to be judged. */
  get hasWork(): boolean {
    return this.#wanted > 0 || this.isHoldingBack()
  }

  /** Whether a gap is open, or messages behind one are held back. */
  isHoldingBack(): boolean {
    return this.tracker.openGaps > 0 || this.#ahead.size > 0
  }

  /** Whether somebody waits for gaps to be filled. */
  isWaiting(): boolean {
    return (this.#ordered || this.recovery !== undefined) && this.isHoldingBack()
  }

  /** From now on gaps are declared lost as soon as they are the oldest. */
  flush(): void {
    this.#flush = true
  }

  /**
   * Declares gaps lost whose time has come and opens messages that were held back for one, the oldest first.
   *
   * @param length bytes of the datagram that comes next, for which there has to be room
   * @returns whether messages are open
   */
  release(length: number): boolean {
    if (this.#ordered) {
      if (this.#openAhead()) return true
      while (this.tracker.openGaps > 0 && !this.#hasRoom(length)) {
        this.#makeRoom = true
        if (this.#openAhead()) return true
      }
    } else if (this.tracker.openGaps > 0) this.gaps.close(false)
    return false
  }

  /** What time alone brings about, while no datagram is open. */
  whileIdle(): void {
    if (this.#wanted > 0 || this.release(0)) return
    this.tracker.dropContradicted()
  }

  /** Whether an end of session that nobody confirmed is one, at the end. */
  settleEnd(): void {
    if (this.tracker.hasEnded) this.alarms.noteEnd()
  }

  /**
   * Settles what waits for a witness, at the end; true as long as there may be messages of that.
   *
   * @param whole whether all that there is was read, and each line had one sender
   */
  judgeLast(whole: boolean): boolean {
    if (!this.tracker.judgeSuspect(whole)) return false
    this.#openHeld()
    this.#flush = true
    return true
  }

  /**
   * Shows the datagram under the cursor to framing and tracker, and steps over it unless it has to be
   * shown again.
   *
   * @returns whether messages are open
   */
  open(line: number, source: DatagramSource, cursor: DatagramCursor): boolean {
    const framing = this.#framing
    const { bytes, damaged } = source
    this.#line = line
    this.#bytes = bytes
    this.heard = undefined
    this.seen.bytes = bytes
    this.seen.end = cursor.offset + cursor.length
    if (damaged) this.#counts[FEED.damaged] += cursor.datagrams
    const kind = damaged ? DATAGRAM.invalid : framing.open(bytes, cursor.offset, cursor.length)
    if (cursor.coalesced && kind === DATAGRAM.invalid) {
      // Something within is broken: look at each.
      cursor.unglue()
      return false
    }
    if (line === this.#lineCount) return this.#openAnswer(kind, cursor)
    const { receivedNs } = this.#latency
    this.tracker.arrivedNs = receivedNs >= 0 ? receivedNs : this.tracker.nowNs
    if (kind === DATAGRAM.invalid || kind === DATAGRAM.foreign) {
      if (source.cut && this.#missCut(bytes, cursor)) return false
      if (damaged || !this.flow.isSetup(bytes, cursor)) return this.#passOver(kind, cursor)
      const verdict = this.flow.accept(line)
      if (verdict >= VERDICT.confirmed) return this.#beginAnew(verdict)
      return this.#passOver(DATAGRAM.heartbeat, cursor)
    }
    this.#counts[FEED.trailingBytes] += framing.trailingBytes
    if (kind === DATAGRAM.idle) {
      if (this.#told?.event === ENVELOPE_EVENT.top) this.#tellTop(bytes, cursor)
      else this.#counts[FEED.heartbeats] += 1
      return this.#passOver(kind, cursor)
    }
    const { session, sequence, messageCount } = framing
    this.tracker.shownSession = session
    if (this.#told !== undefined) this.#honour(this.#told)
    const verdict = this.tracker.accept(line, sequence, messageCount)
    if (verdict >= VERDICT.confirmed) return this.#beginAnew(verdict)
    this.#counts[FEED.datagrams] += cursor.datagrams
    if (verdict === VERDICT.duplicate || verdict === VERDICT.hold) this.#noteOdd(verdict)
    const open = this.#accept(verdict, kind, cursor)
    cursor.step()
    return open
  }

  /** The top of a book lies where else a datagram does. */
  #tellTop({ buffer, byteOffset }: DataView, { offset, length }: DatagramCursor): void {
    const at = byteOffset + offset + ENVELOPE_BYTES
    // A copy: texts cannot be read from memory that is shared.
    const text = new Uint8Array(buffer, at, length - ENVELOPE_BYTES).slice()
    const top = decodeTop(text, this.#run.epoch)
    if (top !== undefined) this.notices.top(top)
  }

  /** A bridge says what became of the feed before what is open: none of it has to be found out. */
  #honour(told: BridgedFraming): void {
    const { tracker, alarms } = this
    if (told.event === ENVELOPE_EVENT.stale) alarms.noteStale(true)
    else if (told.event === ENVELOPE_EVENT.live) alarms.noteStale(false)
    if (!tracker.started) return
    if (told.session !== tracker.session) {
      this.gaps.close(true)
      tracker.beginTold(told.reached)
      this.#noteSession()
    }
    const { skipped, elsewhere } = told
    if (skipped > 0) this.#skip(skipped)
    if (elsewhere > 0) this.#passElsewhere(elsewhere)
    const missing = told.sequence - tracker.next
    if (missing > 0) {
      tracker.missTold(missing, told.missing)
      this.gaps.close(true)
    }
  }

  /** Messages about instruments of other shards: nobody misses them here. */
  #passElsewhere(count: number): void {
    const first = this.tracker.next
    this.tracker.skipTold(count)
    this.#counts[FEED.skipped] += count
    this.notices.elsewhere(first, count)
  }

  #skip(count: number): void {
    this.#skippedAt.first = this.tracker.next
    this.tracker.skipTold(count)
    this.#counts[FEED.skipped] += count
    this.skips?.tell(this.#skippedAt, count)
  }

  /** Of a datagram to be checked message by message: stands before the next one that is new; 0 if none is. */
  #findNew(): number {
    while (this.#wanted > 0) {
      if (this.#acceptOne(this.#nextSequence)) return 1
      this.#nextSequence += 1
      this.#wanted -= 1
      this.#framing.skip(1)
    }
    return 0
  }

  #acceptOne(sequence: number): boolean {
    const { tracker } = this
    if (!tracker.acceptOne(sequence)) return false
    if (tracker.filled && this.#line === this.#lineCount) {
      this.#state.recovery.record(tracker.nowNs - tracker.openedNs)
    }
    return true
  }

  #hasRoom(length: number): boolean {
    return this.#ahead.hasRoom(this.tracker.openGaps + 1, length)
  }

  #openAhead(): boolean {
    const ahead = this.#ahead
    ahead.release()
    while (this.isHoldingBack()) {
      const gapped = this.tracker.openGaps > 0
      if (ahead.size > 0 && (!gapped || ahead.first < this.tracker.gaps.first(0))) {
        this.#openRun()
        return true
      }
      if (!this.gaps.closeOldest(this.#flush || this.#makeRoom)) return false
      this.#makeRoom = false
    }
    this.#flush = false
    return false
  }

  #openRun(): void {
    const ahead = this.#ahead
    ahead.take()
    this.#bytes = ahead.bytes
    this.#framing.open(ahead.bytes, ahead.offset, ahead.length)
    this.#framing.skip(ahead.skip)
    this.#checkEach = false
    this.#nextSequence = ahead.sequence
    this.#wanted = ahead.count
    this.#latency.receivedNs = ahead.receivedNs
  }

  /** A datagram of which nothing is delivered. */
  #passOver(kind: number, cursor: DatagramCursor): boolean {
    const counts = this.#counts
    counts[FEED.datagrams] += cursor.datagrams
    if (kind === DATAGRAM.invalid) {
      counts[FEED.invalidDatagrams] += 1
      this.tracker.noteInvalid(this.#line)
    } else if (kind === DATAGRAM.foreign) {
      counts[FEED.foreignDatagrams] += 1
      this.heard = 'other'
      if (isOtherStream(this.#framing)) this.tracker.noteRival(this.#line)
    }
    cursor.step()
    return false
  }

  /** The messages of a datagram whose end is missing are lost here, if its header tells which they are. */
  #missCut(bytes: DataView, cursor: DatagramCursor): boolean {
    const framing = this.#framing
    if (!framing.openCut(bytes, cursor.offset, cursor.length)) return false
    const { session, sequence, messageCount } = framing
    this.tracker.shownSession = session
    const exact = framing.blocks !== 'none'
    if (!this.tracker.missCut(this.#line, sequence, messageCount, exact)) return false
    this.#counts[FEED.datagrams] += cursor.datagrams
    this.#counts[FEED.invalidDatagrams] += 1
    cursor.step()
    return true
  }

  /** Whether a datagram of which nothing is delivered is of another stream. */
  #noteOdd(verdict: number): void {
    const { oddDatagrams, session } = this.tracker
    const odd = oddDatagrams !== this.#oddSeen || session !== this.#framing.session
    this.#oddSeen = oddDatagrams
    if (odd || verdict === VERDICT.hold) this.heard = 'other'
  }

  /** The datagram will be shown again, when all before the new beginning is done with. */
  #beginAnew(verdict: number): boolean {
    if (this.#ordered && this.isHoldingBack()) {
      this.#flush = true
      return false
    }
    this.gaps.close(true)
    if (verdict === VERDICT.confirmed) return this.#openHeld()
    this.tracker.confirmRestart()
    this.#noteSession()
    return false
  }

  #accept(verdict: number, kind: number, cursor: DatagramCursor): boolean {
    const counts = this.#counts
    const count = this.#framing.messageCount
    if (count === 0) {
      counts[FEED.heartbeats] += 1
      if (kind === DATAGRAM.endOfSession) this.#noteEnd()
      return false
    }
    counts[FEED.messages] += count
    this.trainMessages += count
    counts[FEED.lastMessageNs] = this.tracker.nowNs
    if (this.#leads !== undefined) this.#noteLead(verdict, this.#leads)
    if (verdict === VERDICT.duplicate) return false
    if (verdict === VERDICT.hold) {
      this.#held[this.#line].keep(this.#bytes, cursor.offset, cursor.length)
      return false
    }
    this.#lineCounts[this.#line][FEED_LINE.firstToArrive] += cursor.datagrams
    return this.#openMessages(verdict, cursor)
  }

  /** An end of the present session was said; it is believed once nothing can come any more. */
  #noteEnd(): void {
    const { tracker } = this
    if (this.#framing.session !== tracker.session) return
    tracker.noteEnd()
    if (tracker.hasEnded) this.alarms.noteEnd()
  }

  /** An answer to a request: it can only fill gaps. */
  #openAnswer(kind: number, cursor: DatagramCursor): boolean {
    const { session, sequence, messageCount } = this.#framing
    this.#counts[FEED.answers] += cursor.datagrams
    const verdict =
      kind === DATAGRAM.messages
        ? this.tracker.acceptRecovered(session, sequence, messageCount)
        : VERDICT.duplicate
    let open = false
    if (kind === DATAGRAM.foreign || (messageCount > 0 && session !== this.tracker.session)) {
      this.#counts[FEED.foreignAnswers] += cursor.datagrams
      this.heard = 'answer'
    }
    if (verdict === VERDICT.checkEach) {
      const end = this.tracker.sequence + messageCount
      open = this.#openMessages(verdict, cursor)
      this.recovery?.noteAnswer(end)
    } else {
      this.#counts[FEED.badAnswers] += cursor.datagrams
    }
    cursor.step()
    return open
  }

  /** Opens the messages of an accepted datagram; false if they have to wait, or none is new. */
  #openMessages(verdict: number, cursor: DatagramCursor): boolean {
    const count = this.#framing.messageCount
    const { sequence } = this.tracker
    this.#checkEach = verdict === VERDICT.checkEach
    this.#nextSequence = sequence
    this.#wanted = count
    this.#remember(sequence, count, cursor.length)
    if (this.tracker.beyond(this.#total) >= 0) this.#reachTotal()
    if (!this.#ordered) {
      if (this.recovery !== undefined && !this.#checkEach) this.#noteMissing()
      return true
    }
    if (!this.#checkEach && this.tracker.openGaps === 0) return true
    const wanted = this.#wanted
    this.#wanted = 0
    if (this.#checkEach) this.#keepNewRuns(sequence, count, cursor)
    else this.#keep(0, wanted, sequence, cursor)
    return false
  }

  /** Remembers what messages say; those that came before are compared. */
  #remember(sequence: number, count: number, length: number): void {
    const { seen } = this
    if (!this.#checkEach && !seen.wants(length)) return
    seen.note(sequence, count)
    if (seen.compared > 0 && this.#line < this.#lineCount) this.tracker.noteCompared(this.#line)
  }

  /** Keeps those runs of the open datagram's messages that are new. */
  #keepNewRuns(sequence: number, count: number, cursor: DatagramCursor): void {
    let kept = false
    let start = 0
    for (let i = 0; i <= count; i++) {
      if (i < count && this.#acceptOne(sequence + i)) continue
      if (i > start) {
        if (kept) this.#ahead.keepMore(start, i - start, sequence + start)
        else this.#keep(start, i - start, sequence + start, cursor)
        kept = true
      }
      start = i + 1
    }
  }

  #keep(skip: number, count: number, sequence: number, cursor: DatagramCursor): void {
    if (count === 0) return
    const { receivedNs } = this.#latency
    const { offset, length } = cursor
    this.#ahead.keep(this.#bytes, offset, length, skip, count, sequence, receivedNs)
  }

  /** Nothing waits for what is missing before this datagram, but it may still come. */
  #noteMissing(): void {
    const { gaps, gapsOpened } = this.tracker
    if (gapsOpened === this.#gapsSeen) return
    this.#gapsSeen = gapsOpened
    const last = gaps.size - 1
    this.alarms.noteMissing(gaps.first(last), gaps.count(last))
  }

  /** Tells by how much the line was ahead that brought the same datagram first. */
  #noteLead(verdict: number, leads: LeadTimes): void {
    const { receivedNs } = this.#latency
    leads.timeNs = Number.isNaN(receivedNs) ? this.tracker.nowNs : receivedNs
    const { sequence } = this.tracker
    if (verdict === VERDICT.deliver) leads.note(sequence, this.#line)
    else if (verdict === VERDICT.duplicate && leads.find(sequence, this.#line)) {
      // Lines are read in turn, so what was read first need not have come first.
      const ahead = leads.leadNs < 0 ? this.#line : leads.line
      this.#state.leads[ahead].record(Math.abs(leads.leadNs))
    }
  }

  /** The total ends with this datagram, or within it. */
  #reachTotal(): void {
    const excess = Math.min(this.#wanted, this.tracker.beyond(this.#total))
    if (excess > 0 && !this.#checkEach) {
      this.tracker.cutBeyond(this.#line, excess)
      this.#wanted -= excess
    }
  }

  /** Opens the suspect that has proved true; false if it has to wait for a gap. */
  #openHeld(): boolean {
    const { tracker } = this
    const held = this.#held[tracker.confirmedLine]
    const { bytes, length } = held
    const { restarts } = tracker
    this.gaps.close(true)
    this.#bytes = bytes
    this.#framing.open(bytes, 0, length)
    held.length = 0
    const expected = tracker.confirmSuspect()
    if (tracker.restarts !== restarts) this.#noteSession()
    const count = this.#framing.messageCount
    // The copy may have gone with a thread that died.
    if (count === 0) this.#counts[FEED.undelivered] += expected
    this.#checkEach = false
    this.#nextSequence = tracker.sequence
    this.#latency.receivedNs = Number.NaN
    this.seen.bytes = bytes
    this.seen.end = length
    this.seen.note(tracker.sequence, count)
    const waits = this.#ordered && tracker.openGaps > 0 && count > 0
    if (waits) this.#ahead.keep(bytes, 0, length, 0, count, tracker.sequence, Number.NaN)
    this.#wanted = waits ? 0 : count
    return this.#wanted > 0
  }

  #noteSession(): void {
    this.seen.forget()
    this.alarms.noteSession()
  }
}

/** Whether a datagram that is foreign is of another stream of the session that is received. */
function isOtherStream(framing: Framing): boolean {
  return framing instanceof IexTpFraming && framing.isOtherStream
}
