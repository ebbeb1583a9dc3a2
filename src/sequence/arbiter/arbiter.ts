import { assert } from '../../foundation/assert.js'
import { ZERO_NS } from '../../foundation/units.js'
import type { ClosedGaps } from '../closed-gaps.js'
import { type GapTable, MAX_OPEN_GAPS } from '../gap-table.js'
import { LINE_TRACK } from '../line/line-state.js'
import type { LineTracker } from '../line/line-tracker.js'
import type { Suspect } from '../line/suspect.js'
import { wireDistance } from '../line/wire-numbers.js'
import {
  GAP_PATIENCE_NS,
  PLAUSIBLE_JUMP,
  REORDER_WINDOW,
  RESTART_PAUSE_NS,
  RESTART_QUIET_NS,
  RESTART_STREAK,
} from '../tracker-limits.js'
import { COPY, TRACK, type TrackerOptions, VERDICT } from '../tracker-state.js'
import { Claim } from './claim.js'
import { FormerStreams } from './former-streams.js'
import { Progress } from './progress.js'
import { Rival } from './rival.js'

/** Datagrams, of the largest size, that may be lost between two that bear witness to a restart. */
const MAX_SKIPPED = 2
/** What an old datagram is to a fallen run: nothing, the next of it, or the one that proves a restart. */
const ROLE = { none: 0, next: 1, proof: 2 } as const

/**
 * Judges what the lines bring out of turn, and alone moves the feed. Lines give evidence; what moves the
 * feed is what two datagrams of them agree on and nothing contradicts.
 *
 * ```
 *   the datagram …                               the arbiter
 *   ------------------------------------------   ------------------------------------------------------
 *   agrees with a suspect                        moves the feed to the suspect
 *   is of a session that was left                a straggler, or a rival: counts it
 *   is of another session                        makes it its line's suspect
 *   is ahead, by what can have been lost         opens a gap, delivers it
 *   is farther ahead                             makes it its line's suspect
 *   is ahead and has no message (a heartbeat)    waits for another that claims the same
 *   is the first of the session, its line fell   makes it its line's suspect
 *   is old, its line fell back                   adds it to the line's fallen run; eight are a restart
 *   is old                                       each message fills a gap, is too late or a duplicate
 * ```
 *
 * A suspect is contradicted when its own line goes on in the present stream, a restart when any line
 * brings something new. Works on the tracker's memory; one thread, no allocation.
 */
export class Arbiter {
  /** The time to reckon with, when the datagram that is shown arrived, and its session. */
  nowNs = ZERO_NS
  arrivedNs = ZERO_NS
  session = 0
  /** The line whose suspect, or whose fallen run, proved true. */
  confirmed = 0
  /** Datagrams that speak for it. */
  #evidence = 0
  readonly progress: Progress
  readonly former: FormerStreams
  readonly claim: Claim
  readonly #farClaim: Claim
  readonly rival: Rival
  readonly #state: Float64Array
  readonly #lines: readonly LineTracker[]
  readonly #gaps: GapTable
  readonly #options: TrackerOptions
  readonly #wraps: boolean

  constructor(
    state: Float64Array,
    lines: readonly LineTracker[],
    gaps: GapTable,
    closed: ClosedGaps,
    options: TrackerOptions,
  ) {
    this.#state = state
    this.#lines = lines
    this.#gaps = gaps
    this.#options = options
    this.#wraps = options.sequenceBits === 32
    this.former = new FormerStreams(state)
    this.claim = new Claim(state, TRACK.claim)
    this.#farClaim = new Claim(state, TRACK.farClaim)
    this.rival = new Rival(state)
    this.progress = new Progress(state, { gaps, closed, former: this.former, lines }, options)
  }

  /**
   * A line shows a datagram that is not the next one, or a heartbeat (`count` 0).
   *
   * @returns one of VERDICT
   */
  judge(index: number, wireSequence: number, sequence: number, count: number): number {
    const line = this.#lines[index]
    this.progress.measureSilence()
    this.former.nowNs = this.nowNs
    if (this.#findWitnessed(line, wireSequence, sequence, count)) return VERDICT.confirmed
    if (this.session !== this.#state[TRACK.session]) {
      return this.#judgeOther(index, wireSequence, sequence, count)
    }
    if (this.#isOfFormer(index, sequence, count)) {
      return this.#countStraggler(line, sequence + count, count)
    }
    if (count === 0) return this.#judgeHeartbeat(index, sequence)
    if (sequence > this.#state[TRACK.next]) {
      return this.#judgeAhead(index, wireSequence, sequence, count)
    }
    return this.#judgeOld(index, wireSequence, sequence, count)
  }

  /** Drops suspects that the present stream contradicted some time ago: until then they show what is a copy of them. */
  dropContradicted(): void {
    for (let i = 0; i < this.#lines.length; i++) {
      const { suspect } = this.#lines[i]
      if (!suspect.waits || this.nowNs - suspect.sinceNs < GAP_PATIENCE_NS) continue
      if (this.#isContradicted(this.#lines[i])) this.#drop(i)
    }
  }

  /**
   * What the end does to suspects: without a witness few are believed.
   *
   * @param whole whether all that there is was shown, and each line had one sender
   * @returns whether one is believed, which is then `confirmed`
   */
  settle(whole: boolean): boolean {
    for (let i = 0; i < this.#lines.length; i++) {
      const line = this.#lines[i]
      if (!line.suspect.waits) continue
      if (!this.#isContradicted(line) && this.#isBelieved(line.suspect, whole)) {
        this.confirmed = i
        this.#evidence = 1
        return true
      }
      this.#drop(i)
    }
    return false
  }

  /** Moves the feed to the suspect that was confirmed. All gaps must be closed. Returns its first sequence. */
  confirmSuspect(): number {
    const s = this.#state
    const line = this.#lines[this.confirmed]
    const { session, first, count } = line.suspect
    this.progress.nowNs = this.nowNs
    const jump = this.progress.unwrap(first) - s[TRACK.next]
    // Less before the jump than behind it is no base: the feed then starts at the suspect.
    if (session === s[TRACK.session] && jump > 0 && s[TRACK.datagrams] >= this.#evidence) {
      this.progress.passOver(jump, line.drops)
    } else {
      this.progress.begin(session, first, line.drops)
    }
    line.suspect.letGo()
    const sequence = s[TRACK.next]
    line.recount(LINE_TRACK.held, LINE_TRACK.first, count)
    this.progress.advance(count)
    line.moveTo(sequence, sequence + count)
    this.#dropOthers()
    return sequence
  }

  /** Before the first datagram. */
  reset(): void {
    this.former.reset()
    this.claim.forget()
    this.#farClaim.forget()
    for (const line of this.#lines) line.forgetPosition()
  }

  /** The publisher has restarted, and old datagrams were new ones. All gaps must be closed. */
  confirmRestart(): void {
    const s = this.#state
    const proof = this.#lines[this.confirmed]
    const end = proof.fallen.next
    let first = proof.fallen.first
    for (const line of this.#lines) {
      if (!line.fallen.isUnbroken(line.mark)) continue
      if (wireDistance(line.fallen.first, first, this.#wraps) > 0) first = line.fallen.first
      s[TRACK.duplicates] -= line.fallen.counted
      line.recount(LINE_TRACK.duplicates, LINE_TRACK.held, line.fallen.counted)
      // What is no duplicate was nothing to compare.
      line.count(LINE_TRACK.compared, -line.fallen.compared)
      line.count(LINE_TRACK.conflicts, -line.fallen.conflicts)
    }
    this.progress.nowNs = this.nowNs
    this.progress.begin(s[TRACK.session], first, proof.drops)
    this.progress.passOver(wireDistance(first, end, this.#wraps), proof.drops)
    this.#dropOthers()
  }

  /** Whether a jump ahead is no more than can have been lost. */
  isPlausible(line: LineTracker, jump: number): boolean {
    const s = this.#state
    const messages = s[TRACK.messages] - s[TRACK.startMessages]
    const elapsedNs = s[TRACK.lastNs] - s[TRACK.startNs]
    // How far the feed went on without this line says how long the line was silent.
    const missed = line.carries ? s[TRACK.next] - line.next : messages
    let most = PLAUSIBLE_JUMP + Math.max(0, missed)
    for (const one of this.#lines) most += one.drops.most
    if (elapsedNs > 0 && this.progress.silenceNs > 0) {
      most += 2 * (messages / elapsedNs) * this.progress.silenceNs
    }
    return jump <= most
  }

  /** Counts messages that came before; they are conflicts if they say something else now. */
  #countDuplicates(index: number, count: number, copy: number): void {
    const line = this.#lines[index]
    this.#state[TRACK.duplicates] += count
    this.#state[TRACK.datagrams] += 1
    line.count(LINE_TRACK.duplicates, count)
    if (copy !== COPY.unknown) this.countCompared(index)
  }

  /** Counts what `copies` has just found among duplicates of a line. */
  countCompared(index: number): void {
    const { copies } = this.#options
    if (copies === undefined) return
    const line = this.#lines[index]
    line.count(LINE_TRACK.compared, copies.compared)
    if (copies.conflicts === 0) return
    line.count(LINE_TRACK.conflicts, copies.conflicts)
    this.#noteRival(index, this.#state[TRACK.session])
  }

  /** Whether the datagram bears witness to the suspect of a line, which is then `confirmed`. */
  #findWitnessed(
    line: LineTracker,
    wireSequence: number,
    sequence: number,
    count: number,
  ): boolean {
    for (let i = 0; i < this.#lines.length; i++) {
      const holder = this.#lines[i]
      const { suspect } = holder
      if (!suspect.waits || suspect.session !== this.session) continue
      const past = suspect.distanceTo(wireSequence)
      // A copy proves nothing: it is the same datagram.
      if ((past === 0 && count > 0) || this.#isContradicted(holder)) continue
      if (this.#isRestart(suspect.session, suspect.first)) {
        const skipped = Math.max(0, past - suspect.count)
        if (past < 0 || skipped > this.#skippable || !this.#fellBack(line, sequence)) continue
      } else if (Math.abs(past) > REORDER_WINDOW + this.#skippable) continue
      // A slower line brings again what the faster one went on from: that is no second word.
      else if (past < 0 && holder !== line && this.session !== this.#state[TRACK.session]) continue
      this.confirmed = i
      this.#evidence = 2
      return true
    }
    return false
  }

  /** Whether it is what is left of the run before a restart: of a line that is still in it, or known from it. */
  #isOfFormer(index: number, sequence: number, count: number): boolean {
    const { former } = this
    if (!former.reaches(sequence)) return false
    return sequence + count <= former.end || former.isStillOn(index, sequence)
  }

  #judgeHeartbeat(index: number, sequence: number): number {
    const ahead = sequence - this.#state[TRACK.next]
    this.#state[TRACK.datagrams] += 1
    if (ahead < 0) return VERDICT.deliver
    if (this.former.reaches(sequence)) return VERDICT.duplicate
    // Far ones have a place of their own, so that they take none of those that can be true.
    const claim = this.isPlausible(this.#lines[index], ahead) ? this.claim : this.#farClaim
    claim.arrivedNs = this.arrivedNs
    const agreed = claim.hear(index, sequence) - this.#state[TRACK.next]
    if (agreed <= 0) return VERDICT.duplicate
    assert(this.#gaps.size < MAX_OPEN_GAPS, 'closeGap was called between datagrams')
    this.progress.passOver(agreed, this.#lines[index].drops)
    return agreed === ahead ? VERDICT.deliver : VERDICT.duplicate
  }

  #judgeOther(index: number, wireSequence: number, sequence: number, count: number): number {
    if (count === 0) return VERDICT.duplicate
    const line = this.#lines[index]
    const quiet = this.progress.silenceNs > RESTART_QUIET_NS
    if (!this.former.find(this.session) || (quiet && sequence >= this.former.end)) {
      return this.#suspect(index, wireSequence, count)
    }
    // Gone back to, after some silence, a session goes on where it was left; else it is what is left of it.
    const end = sequence + count
    if (!line.carries || end <= this.former.end) return this.#countStraggler(line, end, count)
    return this.#countForeign(index, this.session, count)
  }

  #judgeAhead(index: number, wireSequence: number, sequence: number, count: number): number {
    const line = this.#lines[index]
    const jump = sequence - this.#state[TRACK.next]
    if (!this.isPlausible(line, jump) || this.former.reaches(sequence)) {
      return this.#suspect(index, wireSequence, count)
    }
    assert(this.#gaps.size < MAX_OPEN_GAPS, 'closeGap was called between datagrams')
    this.progress.passOver(jump, line.drops)
    this.progress.advance(count)
    line.count(LINE_TRACK.first, count)
    line.moveTo(sequence, sequence + count)
    return VERDICT.deliver
  }

  #judgeOld(index: number, wireSequence: number, sequence: number, count: number): number {
    const line = this.#lines[index]
    const old = this.progress.isOld(sequence, count)
    const fellBack = this.#fellBack(line, sequence)
    const early = wireSequence - this.#options.initialSequence
    // What fills a gap may be of a restarted publisher only if nothing came for a while before it.
    const paused = this.progress.silenceNs > RESTART_PAUSE_NS
    const doubtful = fellBack && (old || (paused && early < RESTART_STREAK * this.#largest))
    if (doubtful && this.#mayRestart(line, wireSequence, sequence, count)) {
      return this.#suspect(index, wireSequence, count)
    }
    const copy = old ? this.#compare(sequence, count) : COPY.unknown
    // What says something else is of another stream: it does not tell where its line is in this one.
    if (copy !== COPY.other) this.#follow(line, sequence, sequence + count)
    if (!old && !doubtful) return VERDICT.checkEach
    const role = this.#roleInRun(line, wireSequence, fellBack)
    if (role === ROLE.proof) {
      this.confirmed = index
      return VERDICT.restarted
    }
    let counted = count
    if (old) this.#countDuplicates(index, count, copy)
    else counted = this.progress.countEach(sequence, count, line)
    if (role === ROLE.next) {
      line.fallen.add(wireSequence, count, counted)
      const { copies } = this.#options
      if (old && copies !== undefined) line.fallen.noteCompared(copies.compared, copies.conflicts)
    }
    return VERDICT.duplicate
  }

  /** Whether an old datagram is the first of the session, or goes on where such a suspect ended. */
  #mayRestart(line: LineTracker, wireSequence: number, sequence: number, count: number): boolean {
    if (sequence >= this.#state[TRACK.next]) return false
    if (wireSequence === this.#options.initialSequence) return true
    const chained = line.suspect.endsBefore(this.session, wireSequence)
    // A copy that trails behind its stream is a duplicate, however long it goes on.
    return chained && this.#compare(sequence, count) !== COPY.equal
  }

  /** What an old datagram is to its line's fallen run, which is begun or ended by it. */
  #roleInRun(line: LineTracker, wireSequence: number, fellBack: boolean): number {
    const run = line.fallen
    const unbroken = run.isUnbroken(line.mark)
    if (unbroken && run.isFollowedBy(wireSequence, this.#skippable)) {
      return fellBack && run.datagrams >= RESTART_STREAK - 1 ? ROLE.proof : ROLE.next
    }
    // A copy of what is in the run, or overtaken within it.
    if (unbroken && run.holds(wireSequence)) return ROLE.none
    run.forget()
    if (!fellBack) return ROLE.none
    run.begin(wireSequence, line.mark)
    return ROLE.next
  }

  /** What was dropped on a line between two datagrams of it explains what lies between them. */
  #follow(line: LineTracker, first: number, end: number): void {
    const missing = line.carries ? first - line.next : 0
    if (missing > 0) line.drops.explain(missing)
    else if (missing === 0) {
      line.drops.age()
      this.progress.countStrays(line.drops.takeInvalid())
    }
    // A line that goes on in its own order is not silent, however silent the feed is.
    if (end > line.next) {
      line.fallen.nowNs = this.nowNs
      line.fallen.noteOrder()
    }
    line.moveTo(first, end)
  }

  #suspect(index: number, wireSequence: number, count: number): number {
    const line = this.#lines[index]
    const { suspect } = line
    const chained = suspect.endsBefore(this.session, wireSequence)
    if (this.#isContradictedCopy(wireSequence)) {
      return this.#countOdd(index, this.session, wireSequence, count, chained)
    }
    if (suspect.waits) this.#drop(index)
    suspect.begin(this.session, wireSequence, count, this.nowNs, line.mark, chained)
    line.count(LINE_TRACK.held, count)
    return VERDICT.hold
  }

  /** A suspect that nobody bore witness to: an old datagram again, or not of this feed. */
  #drop(index: number): void {
    const line = this.#lines[index]
    const { suspect } = line
    const { session, first, count, chained } = suspect
    line.count(LINE_TRACK.held, -count)
    suspect.letGo()
    this.#countOdd(index, session, first, count, chained)
  }

  #countOdd(
    index: number,
    session: number,
    wireFirst: number,
    count: number,
    chained: boolean,
  ): number {
    if (chained || !this.#isRestart(session, wireFirst)) {
      return this.#countForeign(index, session, count)
    }
    this.progress.countEach(this.progress.unwrap(wireFirst), count, this.#lines[index])
    return VERDICT.duplicate
  }

  /** Whether it is a copy of what another line brought, and what the present stream has contradicted since. */
  #isContradictedCopy(wireSequence: number): boolean {
    for (const holder of this.#lines) {
      const { suspect } = holder
      if (!suspect.waits || suspect.session !== this.session) continue
      if (suspect.distanceTo(wireSequence) === 0 && this.#isContradicted(holder)) return true
    }
    return false
  }

  /** The feed has moved: what other lines hold is a copy of what it moved to, or contradicted by it. */
  #dropOthers(): void {
    for (let i = 0; i < this.#lines.length; i++) if (this.#lines[i].suspect.waits) this.#drop(i)
  }

  #countForeign(index: number, session: number, count: number): number {
    this.#state[TRACK.otherDatagrams] += 1
    this.#lines[index].count(LINE_TRACK.foreign, count)
    this.#noteRival(index, session)
    return VERDICT.duplicate
  }

  #noteRival(index: number, session: number): void {
    const { rival } = this
    rival.nowNs = this.nowNs
    rival.session = session
    rival.note(index)
  }

  /** What a slower line still brings of a stream that was left; beyond its end it is too late. */
  #countStraggler(line: LineTracker, end: number, count: number): number {
    const known = end <= this.former.end
    this.#state[known ? TRACK.duplicates : TRACK.tooLate] += count
    line.count(known ? LINE_TRACK.duplicates : LINE_TRACK.tooLate, count)
    return VERDICT.duplicate
  }

  #compare(sequence: number, count: number): number {
    return this.#options.copies?.compare(sequence, count) ?? COPY.unknown
  }

  /** Whether the line that brings this had itself been further on; by little only after a silence. */
  #fellBack(line: LineTracker, sequence: number): boolean {
    const fallen = line.fallBy(sequence)
    if (fallen <= 0 || fallen > REORDER_WINDOW) return fallen > 0
    line.fallen.nowNs = this.nowNs
    return line.fallen.isQuiet() && this.progress.silenceNs > RESTART_QUIET_NS
  }

  /** Whether what begins there says that the present session restarts. */
  #isRestart(session: number, wireFirst: number): boolean {
    const s = this.#state
    return session === s[TRACK.session] && this.progress.unwrap(wireFirst) < s[TRACK.next]
  }

  /** Whether the present stream has gone on since the line's suspect came. */
  #isContradicted(line: LineTracker): boolean {
    const { suspect } = line
    if (suspect.isContradicted(line.mark)) return true
    const anyLine = !line.carries || this.#isRestart(suspect.session, suspect.first)
    return anyLine && suspect.isOverrun()
  }

  /** Whether a suspect that nothing contradicts is believed without a witness, at the end. */
  #isBelieved({ session, first }: Suspect, whole: boolean): boolean {
    const s = this.#state
    // Of a recording that was read to its end: what is of the same sender was sent.
    if (session === s[TRACK.session]) return whole && !this.#isRestart(session, first)
    // Not the last word of a stream beside the feed's.
    return session !== s[TRACK.rivalSession] || !this.rival.isThere(this.nowNs)
  }

  get #largest(): number {
    return this.#state[TRACK.maxPerDatagram]
  }

  /** Messages that may be lost between two datagrams of a row. */
  get #skippable(): number {
    return MAX_SKIPPED * this.#largest
  }
}
