import { FEED, FEED_LINE } from '../../account/feed-counters.js'
import { assert } from '../../foundation/assert.js'
import type { LineTail } from '../../sequence/arbiter/tail.js'
import { GapTracker } from '../../sequence/gap-tracker.js'
import { VERDICT } from '../../sequence/tracker-state.js'
import type { DatagramSource } from '../../transport/datagram-source.js'
import { BridgedFraming } from '../../wire/bridged/bridged-framing.js'
import { DATAGRAM, type Framing } from '../../wire/framing.js'
import { IexTpFraming } from '../../wire/iex-tp-framing.js'
import { AheadStore } from '../copies/ahead-store.js'
import { SeenMessages } from '../copies/seen-messages.js'
import { SuspectDatagram } from '../copies/suspect-datagram.js'
import { FeedAlarms } from '../notices/alarms.js'
import { GapCloser } from '../notices/gap-closer.js'
import { Notices } from '../notices/notices.js'
import { OtherStreams, type StreamRole } from '../notices/other-streams.js'
import type { OpenRun } from '../open-run.js'
import type { FeedState } from '../state/feed-state.js'
import type { LatencyRecorder } from '../state/latency-recorder.js'
import { LeadTimes } from '../state/lead-times.js'
import { BridgeIntake } from '../upstream/bridge-intake.js'
import { FlowIntake } from '../upstream/flow-intake.js'
import { Recovery } from '../upstream/recovery.js'
import { DatagramCursor } from './datagram-cursor.js'
import type { FeedReaderOptions } from './feed-reader-options.js'

/**
 * Decides which messages of a feed come next: of each slot that it is shown all, some or none; those that
 * are held back for a gap before them, once it is closed. One thread; no allocation per datagram.
 */
export class Intake {
  readonly tracker: GapTracker
  readonly recovery: Recovery | undefined
  readonly seen: SeenMessages

  readonly #notices: Notices
  readonly #gaps: GapCloser
  readonly #alarms: FeedAlarms
  readonly #flow: FlowIntake
  readonly #streams: OtherStreams
  /** Undefined: there is no bridge, and what is missing has to be found out. */
  readonly #bridge: BridgeIntake | undefined
  readonly #cursor: DatagramCursor
  /** What the slot that was shown lies in. */
  #source: DatagramSource
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
  /** Messages that came with the slot that was shown. */
  #slotMessages = 0

  /**
   * @param run that `nextRun` fills in
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
    const { tracker, buffer, streamsAt } = options.state
    this.#run = run
    this.#framing = framing
    this.#state = options.state
    this.#counts = options.state.counters
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
    // Raw datagrams that follow one another are a raw datagram.
    this.#cursor = new DatagramCursor(run.framing.name === 'raw')
    this.#streams = new OtherStreams(run.framing, buffer, streamsAt)
    this.#source = options.lines[0].source
    const line = this.#lineCount > 1 ? -1 : 0
    this.#notices = new Notices(options, this.tracker.closed.parts)
    this.#gaps = new GapCloser(this.tracker, this.#notices, options.state.losses, line)
    this.#lineCounts = lineCounts
    const watched = lineCounts.slice(0, this.#lineCount)
    this.#alarms = new FeedAlarms(options, watched, this.tracker, this.#notices)
    this.#bridge =
      framing instanceof BridgedFraming
        ? new BridgeIntake(framing, run, this.tracker, this.#notices, this.#gaps, this.#alarms)
        : undefined
    this.#held = options.lines.map(() => new SuspectDatagram(maxBytes))
    this.#bytes = this.#held[0].bytes
    this.#ordered = policy.ordered
    this.#ahead = new AheadStore(policy.ordered ? Math.max(options.holdBytes, 2 * maxBytes) : 0)
    this.#leads = this.#lineCount > 1 ? new LeadTimes() : undefined
    this.#flow = new FlowIntake(options, this.tracker, this.#ahead)
    this.recovery = recovery && new Recovery(options, recovery, this.tracker)
  }

  /** Whether somebody waits for gaps to be filled. */
  get isWaiting(): boolean {
    return (this.#ordered || this.recovery !== undefined) && this.isHoldingBack
  }

  /** Whether a gap is open, or messages behind one are held back. */
  get isHoldingBack(): boolean {
    return this.tracker.openGaps > 0 || this.#ahead.size > 0
  }

  /** Whether all that comes has to be looked at here, in order or not. */
  get isBusy(): boolean {
    return this.#wanted > 0 || this.isHoldingBack || this.#streams.curious
  }

  /** Messages that are held back. */
  get heldBack(): number {
    return this.#ahead.messages
  }

  /** What the handler's onGap, onStatus or onSkip threw, if it did. */
  get problem(): unknown {
    return this.#notices.problem
  }

  /** Datagrams, and messages that came with them, in the slot that was shown. */
  get slotDatagrams(): number {
    return this.#cursor.segments
  }

  get slotMessages(): number {
    return this.#slotMessages
  }

  /** A batch of any line begins. */
  beginBatch(): void {
    this.recovery?.ask()
    if (this.#lineCount > 1) this.#alarms.check()
  }

  /** Shows what a line's source has just opened: a datagram, or a train of them. */
  showSlot(line: number, source: DatagramSource): void {
    this.#line = line
    this.#source = source
    this.#slotMessages = 0
    this.#cursor.open(source)
  }

  /**
   * Opens the run that comes next, with at most `limit` messages.
   *
   * @returns how many messages it has; 0 if nothing is left of what was shown
   */
  nextRun(limit: number): number {
    for (;;) {
      const count = this.#wanted > 0 ? this.#takeRun(limit) : 0
      if (count > 0) return count
      if (this.#release(this.#cursor.length)) continue
      if (this.#cursor.left === 0) return 0
      this.#open(this.#source)
    }
  }

  /** The slot that was shown is done with. */
  closeSlot(): void {
    const { segments, coalesced } = this.#cursor
    if (segments > 1 && !coalesced && this.#line < this.#lineCount) {
      this.tracker.noteTrain(segments, this.#slotMessages)
    }
  }

  /** A batch has ended, and its slots are given back. */
  endBatch(): void {
    this.#flow.tell()
  }

  /**
   * What time alone brings about, while no slot is open.
   *
   * @returns whether messages are open
   */
  whileIdle(): boolean {
    this.#alarms.check()
    this.recovery?.ask()
    if (this.#wanted > 0 || this.#release(0)) return true
    this.tracker.dropContradicted()
    this.#flow.tell()
    return false
  }

  /** From now on gaps are declared lost as soon as they are the oldest. */
  flush(): void {
    this.#flush = true
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
   * Nothing comes any more, and nothing is held back.
   *
   * @param tails what was dropped on each line behind the last datagram that it showed
   * @param cut whether the run was ended from here, and not by what came
   */
  finish(tails: readonly LineTail[], cut: boolean): void {
    const { tracker } = this
    this.#gaps.close(true)
    tracker.openTail(this.#total, tails, cut)
    this.#gaps.close(true)
    // An end of session that nobody confirmed.
    if (tracker.hasEnded) this.#alarms.noteEnd()
    tracker.reconcile()
    assert(this.heldBack === 0, 'nothing is held back any more')
    this.#flow.reporter?.leave()
  }

  #takeRun(limit: number): number {
    const count = this.#checkEach ? this.#findNew() : Math.min(this.#wanted, limit)
    if (count === 0) return 0
    const run = this.#run
    run.bytes = this.#bytes
    run.offset = this.#framing.nextOffset
    run.first = this.#nextSequence
    run.late = this.#checkEach && this.tracker.filled
    run.receivedNs = this.#latency.receivedNs
    run.showOne(count)
    this.#nextSequence += count
    this.#wanted -= count
    if (this.#wanted > 0) this.#framing.skip(count)
    return count
  }

  /**
   * Declares gaps lost whose time has come and opens messages that were held back for one, the oldest first.
   *
   * @param length bytes of the datagram that comes next, for which there has to be room
   * @returns whether messages are open
   */
  #release(length: number): boolean {
    if (this.#ordered) {
      if (this.#openAhead()) return true
      while (this.tracker.openGaps > 0 && !this.#ahead.hasRoom(this.tracker.openGaps + 1, length)) {
        this.#makeRoom = true
        if (this.#openAhead()) return true
      }
    } else if (this.tracker.openGaps > 0) this.#gaps.close(false)
    return false
  }

  /** Shows the next datagram to framing and tracker, and steps over it unless it has to be shown again. */
  #open(source: DatagramSource): void {
    const framing = this.#framing
    const cursor = this.#cursor
    const { bytes, damaged } = source
    this.#bytes = bytes
    this.#latency.receivedNs = source.receivedNs
    this.seen.bytes = bytes
    this.seen.end = cursor.offset + cursor.length
    if (damaged) this.#counts[FEED.damaged] += cursor.datagrams
    const kind = damaged ? DATAGRAM.invalid : framing.open(bytes, cursor.offset, cursor.length)
    if (cursor.coalesced && kind === DATAGRAM.invalid) {
      // Something within is broken: look at each.
      cursor.unglue()
      return
    }
    if (this.#line === this.#lineCount) this.#openAnswer(kind)
    else this.#openDatagram(kind, source)
  }

  #openDatagram(kind: number, source: DatagramSource): void {
    const framing = this.#framing
    const cursor = this.#cursor
    const { receivedNs } = this.#latency
    this.tracker.arrivedNs = receivedNs >= 0 ? receivedNs : this.tracker.nowNs
    if (kind === DATAGRAM.invalid || kind === DATAGRAM.foreign) {
      this.#openUnread(kind, source)
      return
    }
    this.#counts[FEED.trailingBytes] += framing.trailingBytes
    if (kind === DATAGRAM.idle) {
      const isTop = this.#bridge?.isTop(this.#bytes, cursor.offset, cursor.length) === true
      if (!isTop) this.#counts[FEED.heartbeats] += 1
      this.#passOver()
      return
    }
    const { session, sequence, messageCount } = framing
    this.tracker.shownSession = session
    if (this.#bridge?.honour() === true) this.seen.forget()
    const verdict = this.tracker.accept(this.#line, sequence, messageCount)
    if (verdict >= VERDICT.confirmed) {
      this.#beginAnew(verdict)
      return
    }
    this.#counts[FEED.datagrams] += cursor.datagrams
    if (verdict === VERDICT.duplicate || verdict === VERDICT.hold) this.#noteOdd(verdict)
    this.#accept(verdict, kind)
    if (this.#streams.curious && this.#wanted > 0) this.#hear('own')
    cursor.step()
  }

  /** What the framing cannot read: the start of a datagram, a setup of flow control, or nothing of ours. */
  #openUnread(kind: number, source: DatagramSource): void {
    const cursor = this.#cursor
    if (source.cut && this.#missCut()) return
    if (!source.damaged && this.#flow.isSetup(this.#bytes, cursor)) {
      const verdict = this.#flow.accept(this.#line)
      if (verdict >= VERDICT.confirmed) this.#beginAnew(verdict)
      else this.#passOver()
      return
    }
    if (kind === DATAGRAM.invalid) {
      this.#counts[FEED.invalidDatagrams] += 1
      this.tracker.noteInvalid(this.#line)
    } else {
      this.#counts[FEED.foreignDatagrams] += 1
      this.#hear('other')
      if (isOtherStream(this.#framing)) this.tracker.noteRival(this.#line)
    }
    this.#passOver()
  }

  /** Whose the datagram is. */
  #hear(role: StreamRole): void {
    const { offset, length } = this.#cursor
    this.#streams.note(role, this.#source, offset, length)
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

  #openAhead(): boolean {
    const ahead = this.#ahead
    ahead.release()
    while (this.isHoldingBack) {
      const gapped = this.tracker.openGaps > 0
      if (ahead.size > 0 && (!gapped || ahead.first < this.tracker.gaps.first(0))) {
        this.#openRun()
        return true
      }
      if (!this.#gaps.closeOldest(this.#flush || this.#makeRoom)) return false
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
  #passOver(): void {
    this.#counts[FEED.datagrams] += this.#cursor.datagrams
    this.#cursor.step()
  }

  /** The messages of a datagram whose end is missing are lost here, if its header tells which they are. */
  #missCut(): boolean {
    const framing = this.#framing
    const { offset, length } = this.#cursor
    if (!framing.openCut(this.#bytes, offset, length)) return false
    const { session, sequence, messageCount } = framing
    this.tracker.shownSession = session
    const exact = framing.blocks !== 'none'
    if (!this.tracker.missCut(this.#line, sequence, messageCount, exact)) return false
    this.#counts[FEED.invalidDatagrams] += 1
    this.#passOver()
    return true
  }

  /** Whether a datagram of which nothing is delivered is of another stream. */
  #noteOdd(verdict: number): void {
    const { oddDatagrams, session } = this.tracker
    const odd = oddDatagrams !== this.#oddSeen || session !== this.#framing.session
    this.#oddSeen = oddDatagrams
    if (odd || verdict === VERDICT.hold) this.#hear('other')
  }

  /** The datagram will be shown again, when all before the new beginning is done with. */
  #beginAnew(verdict: number): void {
    if (this.#ordered && this.isHoldingBack) {
      this.#flush = true
      return
    }
    this.#gaps.close(true)
    if (verdict === VERDICT.confirmed) this.#openHeld()
    else {
      this.tracker.confirmRestart()
      this.#noteSession()
    }
  }

  #accept(verdict: number, kind: number): void {
    const counts = this.#counts
    const cursor = this.#cursor
    const count = this.#framing.messageCount
    if (count === 0) {
      counts[FEED.heartbeats] += 1
      if (kind === DATAGRAM.endOfSession) this.#noteEnd()
      return
    }
    counts[FEED.messages] += count
    this.#slotMessages += count
    counts[FEED.lastMessageNs] = this.tracker.nowNs
    if (this.#leads !== undefined) this.#noteLead(verdict, this.#leads)
    if (verdict === VERDICT.duplicate) return
    if (verdict === VERDICT.hold) {
      this.#held[this.#line].keep(this.#bytes, cursor.offset, cursor.length)
      return
    }
    this.#lineCounts[this.#line][FEED_LINE.firstToArrive] += cursor.datagrams
    this.#openMessages(verdict)
  }

  /** An end of the present session was said; it is believed once nothing can come any more. */
  #noteEnd(): void {
    const { tracker } = this
    if (this.#framing.session !== tracker.session) return
    tracker.noteEnd()
    if (tracker.hasEnded) this.#alarms.noteEnd()
  }

  /** An answer to a request: it can only fill gaps. */
  #openAnswer(kind: number): void {
    const cursor = this.#cursor
    const { session, sequence, messageCount } = this.#framing
    this.#counts[FEED.answers] += cursor.datagrams
    const verdict =
      kind === DATAGRAM.messages
        ? this.tracker.acceptRecovered(session, sequence, messageCount)
        : VERDICT.duplicate
    if (kind === DATAGRAM.foreign || (messageCount > 0 && session !== this.tracker.session)) {
      this.#counts[FEED.foreignAnswers] += cursor.datagrams
      this.#hear('answer')
    }
    if (verdict === VERDICT.checkEach) {
      const end = this.tracker.sequence + messageCount
      this.#openMessages(verdict)
      this.recovery?.noteAnswer(end)
    } else {
      this.#counts[FEED.badAnswers] += cursor.datagrams
    }
    cursor.step()
  }

  /** Opens the messages of an accepted datagram, or keeps them where they have to wait. */
  #openMessages(verdict: number): void {
    const count = this.#framing.messageCount
    const { sequence } = this.tracker
    this.#checkEach = verdict === VERDICT.checkEach
    this.#nextSequence = sequence
    this.#wanted = count
    this.#remember(sequence, count)
    if (this.tracker.beyond(this.#total) >= 0) this.#reachTotal()
    if (!this.#ordered) {
      if (this.recovery !== undefined && !this.#checkEach) this.#noteMissing()
      return
    }
    if (!this.#checkEach && this.tracker.openGaps === 0) return
    const wanted = this.#wanted
    this.#wanted = 0
    if (this.#checkEach) this.#keepNewRuns(sequence, count)
    else this.#keep(0, wanted, sequence)
  }

  /** Remembers what messages say; those that came before are compared. */
  #remember(sequence: number, count: number): void {
    const { seen } = this
    if (!this.#checkEach && !seen.wants(this.#cursor.length)) return
    seen.note(sequence, count)
    if (seen.compared > 0 && this.#line < this.#lineCount) this.tracker.noteCompared(this.#line)
  }

  /** Keeps those runs of the open datagram's messages that are new. */
  #keepNewRuns(sequence: number, count: number): void {
    let kept = false
    let start = 0
    for (let i = 0; i <= count; i++) {
      if (i < count && this.#acceptOne(sequence + i)) continue
      if (i > start) {
        if (kept) this.#ahead.keepMore(start, i - start, sequence + start)
        else this.#keep(start, i - start, sequence + start)
        kept = true
      }
      start = i + 1
    }
  }

  #keep(skip: number, count: number, sequence: number): void {
    if (count === 0) return
    const { receivedNs } = this.#latency
    const { offset, length } = this.#cursor
    this.#ahead.keep(this.#bytes, offset, length, skip, count, sequence, receivedNs)
  }

  /** Nothing waits for what is missing before this datagram, but it may still come. */
  #noteMissing(): void {
    const { gaps, gapsOpened } = this.tracker
    if (gapsOpened === this.#gapsSeen) return
    this.#gapsSeen = gapsOpened
    const last = gaps.size - 1
    this.#alarms.noteMissing(gaps.first(last), gaps.count(last))
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

  /** Opens the suspect that has proved true, or keeps it for a gap before it. */
  #openHeld(): void {
    const { tracker } = this
    const held = this.#held[tracker.confirmedLine]
    const { bytes, length } = held
    const { restarts } = tracker
    this.#gaps.close(true)
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
  }

  #noteSession(): void {
    this.seen.forget()
    this.#alarms.noteSession()
  }
}

/** Whether a datagram that is foreign is of another stream of the session that is received. */
function isOtherStream(framing: Framing): boolean {
  return framing instanceof IexTpFraming && framing.isOtherStream
}
