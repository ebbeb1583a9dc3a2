import { FEED } from '../../src/account/feed-counters.js'
import type { FeedStatus, Gap } from '../../src/handle/handler.js'
import type { FeedState } from '../../src/handle/state/feed-state.js'
import { GapTable, LOSS_REASONS, MAX_OPEN_GAPS } from '../../src/sequence/gap-table.js'
import { LINE_TRACK } from '../../src/sequence/line/line-state.js'
import {
  RESTART_BACKFILL,
  RIVAL_DATAGRAMS,
  RIVAL_MEMORY_NS,
  START_BACKFILL,
} from '../../src/sequence/tracker-limits.js'
import { lineAt, TRACK } from '../../src/sequence/tracker-state.js'
import { ANSWERED, type Content } from './content.js'
import type { Datagram, Held, Stream } from './datagram.js'
import { losesNothing, type Promises } from './promises.js'
import { RIVAL } from './rival.js'
import type { Scenario } from './scenario.js'
import { FAR_AHEAD, MADE_UP } from './spoofer.js'
import { FATE, StreamRecord } from './stream-record.js'
import { hold } from './violation.js'

/** The least that a held message takes. */
const LEAST_MESSAGE_BYTES = 16
/** Up to so many times the first wait for an answer, as recovery promises. */
const MAX_BACK_OFF = 8
/** How often the open gaps are looked at, and by how much a request may be late. */
const LOOK_NS = 1e6
const SLACK_NS = 1.5e6
const MAX_RUNS = 16384

interface Asked {
  readonly askedNs: number
  readonly first: number
  readonly end: number
  readonly record: StreamRecord
}

/** Sees all that the reading side is given and all that it does, and holds it to its promises. */
export class Oracle {
  readonly #scenario: Scenario
  readonly #promises: Promises
  readonly #state: FeedState
  readonly #records: StreamRecord[] = []
  /** Which stream the reading side is in, as far as it has shown that; and gaps before it did. */
  #current: StreamRecord | undefined
  #unplaced: Gap[] = []
  #lastInOrder = Number.NEGATIVE_INFINITY
  #recovered = 0
  #delivered = 0
  #asked: Asked[] = []
  /** Messages in the estimate of what was dropped at the end. */
  #tail = 0
  /** New beginnings before the account was closed. */
  #restarts = 0
  readonly #requestsMost: number
  readonly #gaps: GapTable
  #nextLookNs = 0
  /** Since when more might be asked for and nothing was. */
  #freeSinceNs = Number.NaN
  /** Whether the end of a session came, and how often it was told of. */
  #endSaid = false
  #endsTold = 0
  requests = 0
  /** What a line brought last. */
  #opened: Held | undefined
  /** Datagrams that are not the feed's own, and when the last of them came. */
  #rivals = 0
  #rivalNs = 0
  #checkedNs = 0
  /** Where made-up datagrams ended that looked like the feed's. */
  readonly #strayEnds = new Set<number>()
  /** Datagrams that were dropped for want of room: on all lines, on the line that dropped the fewest. */
  dropped: () => number = () => 0
  leastDropped: () => number = () => 0
  /** Messages that there are in all. */
  total = Number.NaN

  constructor(scenario: Scenario, promises: Promises, state: FeedState) {
    this.#scenario = scenario
    this.#promises = promises
    this.#requestsMost = this.#mostRequests()
    this.#gaps = new GapTable(state.tracker.subarray(TRACK.table))
    this.#state = state
  }

  onStream(stream: Stream): void {
    this.#records.push(new StreamRecord(stream))
  }

  /** The publisher sends a datagram. */
  onPublish({ stream, sequence, count }: Held): void {
    const record = this.#record(stream)
    record.sentEnd = Math.max(record.sentEnd, sequence + count)
  }

  /** The reading side looks at a datagram of a line. */
  onOpen({ held, forged }: Datagram, line: number, nowNs: number): void {
    if (forged !== undefined) {
      this.#strayEnds.add(forged.sequence).add(forged.sequence + forged.count)
    }
    this.#opened = held
    if (held === undefined) {
      if (nowNs - this.#rivalNs > RIVAL_MEMORY_NS) this.#rivals = 0
      this.#rivals++
      this.#rivalNs = nowNs
      return
    }
    const record = this.#record(held.stream)
    if (held.kind === 'end') this.#endSaid = true
    if (held.count > 0) {
      record.datagrams++
      record.messageEnd = Math.max(record.messageEnd, held.sequence + held.count)
    } else record.noteTold(held.sequence, line, nowNs)
    if (Number.isNaN(record.start)) record.start = this.#startAt(held)
    record.end = Math.max(record.end, held.sequence + held.count)
    record.noteCopies(held.sequence, held.count)
    if (held.count > 0) record.noteProgress(held.sequence + held.count)
  }

  /** The same for an answer. */
  onAnswer({ held }: Datagram): void {
    if (held === undefined) return
    const record = this.#record(held.stream)
    record.noteCopies(held.sequence, held.count)
    record.noteProgress(held.sequence + held.count)
  }

  onMessage(content: Content, feedSequence: number, late: boolean): void {
    const { ordered } = this.#scenario
    this.#delivered++
    const wire = feedSequence % 2 ** 32
    const sequence = feedSequence + this.#wrapped
    hold(content.intact, 'intact', () => `message ${sequence} is not what was published`)
    hold(wire === content.sequence, 'its place', () => {
      return `${content.sequence} was delivered as ${feedSequence}`
    })
    const record = this.#recordOf(content, sequence)
    if (record === undefined) return
    hold(record.fate(sequence) !== FATE.delivered, 'once', () => `${sequence} came twice`)
    hold(record.fate(sequence) !== FATE.reported, 'once', () => {
      return `${sequence} came after it was reported as lost`
    })
    record.setFate(sequence, FATE.delivered)
    hold(!late || !ordered, 'order', () => `${sequence} came late in an ordered feed`)
    if (!late) {
      hold(sequence > this.#lastInOrder, 'order', () => {
        return `${sequence} came behind ${this.#lastInOrder}`
      })
      this.#lastInOrder = sequence
    }
    if (content.way === ANSWERED) this.#recovered++
  }

  onGap(gap: Gap): void {
    if (!this.#promises.streams && !this.#promises.exact) return
    if (this.#current === undefined) this.#unplaced.push({ ...gap })
    else this.#placeGap(this.#current, gap)
  }

  onStatus(status: FeedStatus): void {
    if (status.kind === 'end-of-session') this.#noteEnd(status)
    if (status.kind !== 'session') return
    this.#current = undefined
    this.#unplaced = []
    this.#lastInOrder = Number.NEGATIVE_INFINITY
  }

  #noteEnd({ count }: FeedStatus): void {
    this.#endsTold++
    const missing = this.#state.tracker[TRACK.table + 2]
    hold(count === missing, 'end of session', () => `${count} are said to be missing of ${missing}`)
  }

  onRequest(nowNs: number, wireFirst: number, count: number): void {
    this.requests++
    this.#freeSinceNs = Number.NaN
    if (!this.#promises.exact) return
    const record = this.#recordAt(0)
    const first = this.#unwrap(record, wireFirst)
    hold(!this.#promises.asksNothing, 'asks nothing', () => {
      return `${count} from ${first} on were asked for, which the other line brings in time`
    })
    const most = this.#requestsMost
    for (let sequence = first; sequence < first + count; sequence++) {
      const come = record.copies(sequence) - (this.#inHand(record, sequence) ? 1 : 0)
      hold(come <= 0, 'asks for what is missing', () => `${sequence} was asked for, and had come`)
      const asked = record.noteAsked(sequence)
      hold(asked <= most, 'requests per gap', () => `${sequence} was asked for ${asked} times`)
    }
    // A clock that is set forward makes answers seem overdue.
    const { clockChance, clockStepNs } = this.#scenario.thread
    if (clockChance > 0 && clockStepNs > 0) return
    this.#asked = this.#asked.filter((one) => this.#isOut(one, nowNs))
    this.#asked.push({ askedNs: nowNs, first, end: first + count, record })
    hold(this.#asked.length <= this.#scenario.ask.maxOutstanding, 'outstanding requests', () => {
      return `${this.#asked.length} requests are without an answer`
    })
  }

  /** Whether the datagram that is being dealt with, for which room may have to be made, brings a message. */
  #inHand(record: StreamRecord, sequence: number): boolean {
    if (this.#opened === undefined || this.#record(this.#opened.stream) !== record) return false
    const { sequence: first, count } = this.#opened
    return sequence >= first && sequence < first + count
  }

  /** Whether the reading side has seen anything. */
  get begun(): boolean {
    return this.#records.some((record) => record.datagrams > 0)
  }

  /** What happened so far, as the reading side counts it. */
  get outcome() {
    const { tracker } = this.#state
    return {
      requests: this.requests,
      recovered: tracker[TRACK.recovered],
      late: tracker[TRACK.late],
      duplicates: tracker[TRACK.duplicates],
      lost: this.#lost(),
      restarts: tracker[TRACK.restarts],
    }
  }

  /** Looked at after every turn of the reading side, which looked at the clock at `nowNs`. */
  check(nowNs: number): void {
    this.#checkedNs = nowNs
    if (this.#scenario.thread.clockChance === 0) this.#checkAsking(nowNs)
    const { counters, tracker } = this.#state
    const delivered = counters[FEED.delivered]
    hold(delivered === this.#delivered, 'ledger', () => {
      return `${delivered} count as delivered, and were ${this.#delivered}`
    })
    const missing = tracker[TRACK.table + 2]
    const heldBack = tracker[TRACK.expected] - delivered - this.#lost() - missing
    const most = this.#scenario.ordered ? this.#mostHeldBack() : 0
    hold(heldBack >= 0 && heldBack <= most, 'memory', () => `${heldBack} messages are held back`)
    const gaps = tracker[TRACK.table]
    hold(gaps >= 0 && gaps <= MAX_OPEN_GAPS, 'memory', () => `${gaps} gaps are open`)
    for (let reason = 0; reason < LOSS_REASONS.length; reason++) {
      const lost = tracker[TRACK.lost + reason]
      hold(lost >= 0, 'ledger', () => `${lost} messages were lost by ${LOSS_REASONS[reason]}`)
    }
    this.#restarts = tracker[TRACK.restarts]
    const duplicates = tracker[TRACK.duplicates]
    hold(duplicates >= 0, 'ledger', () => `there are ${duplicates} duplicates`)
  }

  /** Looked at when the account is closed. */
  finish(): void {
    const { counters, tracker } = this.#state
    const handed = counters[FEED.delivered] + counters[FEED.undelivered]
    const expected = tracker[TRACK.expected]
    hold(expected === handed + this.#lost(), 'ledger', () => {
      return `of ${expected} messages ${handed} were delivered and ${this.#lost()} lost`
    })
    if (this.#scenario.strayFirst) this.#finishStrayFirst()
    else if (this.#promises.exact) this.#finishExact()
    else if (this.#promises.streams && this.#scenario.spoofs.length === 0) this.#finishStreams()
  }

  /** What came first of all was no datagram of the feed: what lies between them is not missing. */
  #finishStrayFirst(): void {
    const { publisher, server } = this.#scenario
    const expected = this.#state.tracker[TRACK.expected]
    const dropped = this.dropped() * publisher.messagesMost
    const backfill = server === undefined ? START_BACKFILL : RESTART_BACKFILL
    const most = this.total + backfill + dropped
    hold(expected <= most, 'expected', () => `${expected} are expected of ${this.total}`)
  }

  #finishExact(): void {
    const record = this.#recordAt(0)
    const { counters, tracker } = this.#state
    if (tracker[TRACK.restarts] > this.#restarts) {
      // A session of which nothing more came may be one, but not that of a publisher that is always there.
      hold(!this.#hasRival, 'restarts', () => 'the last word of a second publisher is one')
      return
    }
    const { start, end } = record
    for (const gap of this.#unplaced) this.#placeGap(record, gap)
    if (Number.isNaN(start)) return
    // A feed that was joined so soon after its beginning misses that, although nobody sent it.
    const unsent = Math.max(0, record.stream.first - start)
    if (counters[FEED.undelivered] === 0) {
      const open = record.firstOpen(start + unsent, end)
      hold(Number.isNaN(open), 'accounted for', () => `nothing is known of ${open}`)
    }
    const expected = tracker[TRACK.expected] - tracker[TRACK.strays] - this.#tail
    hold(expected === end - start, 'expected', () => {
      return `${expected} are expected of ${end - start} from ${start} to ${end}`
    })
    this.#finishTail(record)
    this.#finishTotal()
    this.#finishEnd()
    const reported = record.countFate(FATE.reported)
    const lost = this.#lost() - tracker[TRACK.strays] - this.#tail - unsent
    hold(reported === lost, 'reported', () => `${lost} were lost and ${reported} reported`)
    hold(tracker[TRACK.restarts] === 0, 'restarts', () => `the publisher did not restart`)
    this.#finishCopies(record)
    if (!this.#promises.recoversAll) return
    hold(lost <= record.doubtfulTail, 'recovers all', () => {
      return `${lost} stayed lost with a request server that has all`
    })
  }

  /** Whether a second publisher has alternated with the feed's own for some time, up to the end. */
  get #hasRival(): boolean {
    const { rival, spoofs } = this.#scenario
    if (rival === undefined || rival.sameSession || spoofs.length > 0) return false
    return this.#rivals >= 3 * RIVAL_DATAGRAMS && this.#checkedNs - this.#rivalNs < RIVAL_MEMORY_NS
  }

  get #hasStrangers(): boolean {
    return this.#scenario.spoofs.length > 0 || this.#scenario.rival !== undefined
  }

  /** Whether no more is missing at the end than was sent; without an end, what all lines dropped is estimated. */
  #finishTail({ end, sentEnd }: StreamRecord): void {
    if (this.#tail === 0 || this.#scenario.totalKnown || this.#strayEnds.size > 0) return
    if (this.leastDropped() > 0 && !this.#endSaid) return
    hold(end + this.#tail <= sentEnd, 'expected', () => {
      return `${end + this.#tail} is expected of a stream that ended with ${sentEnd}`
    })
  }

  /** Whether a known total is accounted for, and not before all had come that could. */
  #finishTotal(): void {
    const { counters, tracker } = this.#state
    if (!this.#scenario.totalKnown) return
    const accounted = tracker[TRACK.expected] - tracker[TRACK.strays]
    hold(accounted === this.total, 'total', () => `${accounted} of ${this.total} are accounted for`)
    const early = counters[FEED.complete] === 1 && this.leastDropped() === 0 && this.#tail > 0
    hold(!early, 'total', () => `the run was over ${this.#tail} messages before the end`)
  }

  /** Whether the end of the session was told of once, if it was said. */
  #finishEnd(): void {
    const told = this.#state.counters[FEED.sessionEnds]
    hold(told === this.#endsTold, 'end of session', () => `${told} count, of ${this.#endsTold}`)
    // A made-up message behind the end contradicts it.
    if (this.#strayEnds.size > 0) return
    hold(told === (this.#endSaid ? 1 : 0), 'end of session', () => `it was told of ${told} times`)
  }

  /** Whether each copy that came counts as what it was. */
  #finishCopies(record: StreamRecord): void {
    const { counters, tracker } = this.#state
    if (counters[FEED.undelivered] > 0 || this.#hasStrangers) return
    const delivered = record.countFate(FATE.delivered)
    const before = record.countCopies(FATE.open)
    const copies = record.countCopies(FATE.delivered) - delivered
    const tooLate = record.countCopies(FATE.reported)
    const counted = [tracker[TRACK.duplicates], tracker[TRACK.tooLate]]
    hold(counted[0] === copies + before && counted[1] === tooLate, 'duplicates', () => {
      return (
        `${counted.join(' and ')} count as duplicates and too late, and ` +
        `${copies} and ${tooLate} were (${before} came before the beginning)`
      )
    })
    const recovered = tracker[TRACK.recovered]
    hold(recovered === this.#recovered, 'recovered', () => {
      return `${recovered} count as recovered, and ${this.#recovered} were`
    })
    // What comes as an answer says so in its content.
    if (this.#scenario.server !== undefined) return
    this.#scenario.lines.forEach((_, line) => {
      const conflicts = tracker[lineAt(line) + LINE_TRACK.conflicts]
      hold(conflicts === 0, 'conflicts', () => `${conflicts} copies are said to differ on ${line}`)
    })
  }

  /** Whether what follows a new beginning is accounted for without a hole, and the last was heard. */
  #finishStreams(): void {
    for (const record of this.#records) {
      const first = record.stream.first
      let low = first
      while (low < record.end && record.fate(low) === FATE.open) low++
      let high = record.end
      while (high > low && record.fate(high - 1) === FATE.open) high--
      const open = record.firstOpen(low, high)
      hold(Number.isNaN(open), 'accounted for', () => {
        return `nothing is known of ${open} of stream ${record.stream.index}, of ${low} to ${high}`
      })
    }
    if (!this.#promises.heard) return
    const last = this.#records.at(-1)
    if (last === undefined || last.datagrams < this.#leastHeard(last)) return
    // Of another session one datagram is believed at the end, when nobody is there to get it.
    const believed = this.#state.tracker[TRACK.restarts] > this.#restarts
    const open = last.firstOpen(last.end - 1, last.end)
    hold(believed || Number.isNaN(open), 'heard', () => {
      return `stream ${last.stream.index} was not heard to its end: ${open} is unknown`
    })
  }

  /** Datagrams after which a new beginning is heard at the latest. */
  #leastHeard({ stream, messageEnd }: StreamRecord): number {
    const before = this.#records.at(-2)
    const { publisher, lines, thread } = this.#scenario
    // Of another session one is enough, at the end, where no other line still speaks of the one before.
    const other = before !== undefined && before.stream.session !== stream.session
    if (other && lines.length === 1) return 1
    const two = messageEnd - stream.first > publisher.messagesMost
    const whole = publisher.beginLost === 0 && losesNothing(this.#scenario)
    return two && whole && thread.sleepChance === 0 ? 2 : 60
  }

  /** Where the account of a stream begins, of which this was seen first. */
  #startAt({ sequence }: Held): number {
    const initial = this.#scenario.framing === 'raw' ? 0 : 1
    const fillable = this.#scenario.server !== undefined || this.#scenario.ordered
    const missed = (sequence % 2 ** 32) - initial
    return fillable && missed <= START_BACKFILL ? sequence - missed : sequence
  }

  /** By how much the stream's numbers are above the feed's: one that was joined behind its wrap counts from there. */
  get #wrapped(): number {
    return (this.#records[0]?.start ?? 0) >= 2 ** 32 ? 2 ** 32 : 0
  }

  /** The record of a delivered message; undefined if nothing is promised of it. */
  #recordOf(content: Content, sequence: number): StreamRecord | undefined {
    const madeUp = content.stream === MADE_UP || content.stream === RIVAL
    if (madeUp && !this.#promises.exact) return undefined
    // One that is no farther ahead than can have been lost takes the place of the message it claims to be.
    const record = this.#recordAt(madeUp ? 0 : content.stream)
    if (madeUp) record.end = Math.max(record.end, sequence + 1)
    if (!this.#promises.streams && !this.#promises.exact) return undefined
    this.#enter(record, sequence)
    return record
  }

  #enter(record: StreamRecord, sequence: number): void {
    if (this.#current === record) return
    hold(this.#current === undefined, 'one stream', () => {
      return (
        `${sequence} of stream ${record.stream.index} was delivered ` +
        `in stream ${this.#current?.stream.index}`
      )
    })
    this.#current = record
    for (const gap of this.#unplaced) this.#placeGap(record, gap)
    this.#unplaced = []
  }

  #placeGap(record: StreamRecord, gap: Gap): void {
    const { count } = gap
    hold(count < FAR_AHEAD, 'reported', () => `${count} messages are no loss, but a stray believed`)
    const firstSequence = gap.firstSequence + this.#wrapped
    const end = firstSequence + count
    if (this.#scenario.ordered) {
      hold(firstSequence > this.#lastInOrder || !this.#promises.exact, 'order', () => {
        return `the gap from ${firstSequence} on was reported behind ${this.#lastInOrder}`
      })
      if (this.#promises.exact) this.#lastInOrder = end - 1
    }
    if (Number.isNaN(record.start) && this.#scenario.totalKnown) {
      this.#tail = count
      return
    }
    // A gap before a made-up message that is believed reaches to where that one is.
    if (this.#promises.misled && end <= Math.max(...this.#strayEnds)) {
      record.end = Math.max(record.end, end)
    }
    const behindAll = firstSequence >= record.messageEnd && end > record.end
    const told = this.dropped() > 0 || this.#scenario.totalKnown || this.#strayEnds.has(end)
    if (behindAll && told) {
      // What was dropped behind the last that came, or is missing from the total.
      this.#tail = end - record.end
    }
    if (firstSequence < record.start || end - this.#tail > record.end) {
      hold(!this.#promises.exact, 'reported', () => {
        return `${firstSequence} to ${end} were reported, of ${record.start} to ${record.end}`
      })
    }
    const last = Math.min(end, record.end)
    for (let sequence = Math.max(firstSequence, record.stream.first); sequence < last; sequence++) {
      hold(record.fate(sequence) === FATE.open, 'once', () => {
        return `${sequence} was reported as lost, and had been ${record.fate(sequence)}`
      })
      record.setFate(sequence, FATE.reported)
    }
  }

  #lost(): number {
    let sum = 0
    for (let reason = 0; reason < LOSS_REASONS.length; reason++) {
      sum += this.#state.tracker[TRACK.lost + reason]
    }
    return sum
  }

  #mostHeldBack(): number {
    const { holdBytes } = this.#scenario
    return Math.min(MAX_RUNS * 100, (Math.max(holdBytes, 2 ** 13) * 4) / LEAST_MESSAGE_BYTES)
  }

  /** Requests for one message that bring nothing: by the back-off within the wait, and one more. */
  #mostRequests(): number {
    const { retryNs } = this.#scenario.ask
    let most = 2
    let waitedNs = 0
    for (let step = 0; waitedNs <= this.#scenario.waitNs; step++) {
      waitedNs += retryNs * Math.min(MAX_BACK_OFF, 2 ** step)
      most++
    }
    return most
  }

  #isOut({ askedNs, first, end, record }: Asked, nowNs: number): boolean {
    if (nowNs - askedNs >= this.#scenario.ask.retryNs) return false
    for (let sequence = first; sequence < end; sequence++) {
      if (record.copies(sequence) > 0 || record.fate(sequence) !== FATE.open) return false
    }
    return true
  }

  /** Whether every gap is asked for when its time comes, unless as much is asked for as may be. */
  #checkAsking(nowNs: number): void {
    const { ask, thread, server } = this.#scenario
    if (server === undefined || server.unreachable) return
    const slackNs = SLACK_NS + 2 * thread.pollNs + 64 * (thread.datagramNs + 8 * thread.messageNs)
    let out = 0
    for (let row = 0; row < this.#gaps.size; row++) {
      if (this.#gaps.attempts(row) > 0 && this.#gaps.dueNs(row) > nowNs) out++
    }
    // What a line fills in its middle becomes two, of which each is out.
    if (out >= ask.maxOutstanding) this.#freeSinceNs = Number.NaN
    else if (Number.isNaN(this.#freeSinceNs)) this.#freeSinceNs = nowNs
    if (nowNs < this.#nextLookNs) return
    this.#nextLookNs = nowNs + LOOK_NS
    for (let row = 0; row < this.#gaps.size; row++) {
      const asked = this.#gaps.attempts(row) > 0
      // Asked for in vain for so long, it waits to be declared lost behind those before it.
      if (asked && nowNs - this.#gaps.sinceNs(row) > this.#scenario.waitNs) continue
      const dueNs = asked ? this.#gaps.dueNs(row) : this.#gaps.openedNs(row) + ask.delayNs
      const first = this.#gaps.first(row)
      hold(dueNs - nowNs <= MAX_BACK_OFF * 1.25 * ask.retryNs, 'asks again', () => {
        return `${first} will be asked for in ${(dueNs - nowNs) / 1e6} ms`
      })
      // After a restart nobody asks while answers to the run before may come.
      const deafUntilNs = this.#state.tracker[TRACK.deafUntilNs]
      // What a line fills gets new patience, and is looked at again.
      const sinceNs = this.#gaps.sinceNs(row)
      const lateNs = nowNs - Math.max(dueNs, sinceNs, this.#freeSinceNs, deafUntilNs)
      hold(!(lateNs > slackNs), 'asks in time', () => {
        return `${first} was to be asked for ${(nowNs - dueNs) / 1e6} ms ago, with ${out} requests out`
      })
    }
  }

  #unwrap(record: StreamRecord, wire: number): number {
    if (this.#scenario.framing !== 'raw') return wire
    return record.end + ((wire - (record.end % 2 ** 32)) | 0)
  }

  #record(stream: Stream): StreamRecord {
    return this.#recordAt(stream.index)
  }

  #recordAt(index: number): StreamRecord {
    const record = this.#records[index]
    hold(record !== undefined, 'invented', () => `there is no stream ${index}`)
    return record
  }
}
