import { FLOW_SENT, LINE_SENT } from '../../account/send-counters.js'
import { TWO_POW_32, ZERO_NS } from '../../foundation/units.js'
import { ECONNREFUSED } from '../../native/constants.js'
import type { SystemClock } from '../../native/system-clock.js'
import type { UdpSocket } from '../../native/udp-socket.js'
import { FLOW_SETUP_BYTES, FlowSetup } from '../../wire/flow-setup.js'
import { FlowStatus } from '../../wire/flow-status.js'
import type { SendLine } from '../lines/send-line.js'
import { SendVector } from '../lines/send-vector.js'
import type { FlowGroup } from './flow-group.js'
import { MAX_RECEIVERS, ReceiverTable } from './receiver-table.js'
import { StatusInbox } from './status-inbox.js'

/** A receiver that has said nothing for so long is not waited for. */
const SILENT_NS = 1e9
/** How often statuses are looked for where there is credit enough. */
const LOOK_NS = 1e6
/** System calls per look and line at most: what floods us must not stop us. */
const MAX_CALLS = 4
/** How often the sender makes itself known. */
const SETUP_NS = 100e6
/** The same while nobody has answered; and how long it is blocked without any progress before it does. */
const HELD_SETUP_NS = 20e6
/** How long the sender sleeps at most while it is held up: one line, and several. */
const WAIT_MS = 1
const WAIT_NS = 50e3
/** What holds a sender up: values of `FLOW_SENT.held`. */
export const HELD = { free: 0, blocked: 1, waiting: 2 } as const

/** How a sender is controlled; random numbers name its run. */
export interface CreditPlan {
  readonly group: FlowGroup
  /** How long it waits for a receiver; 0: as long as it takes. */
  readonly waitNs: number
  readonly sessionHigh: number
  readonly sessionLow: number
}

export interface CreditOptions {
  readonly plan: CreditPlan
  readonly lines: readonly SendLine[]
  /** Per line, where what its receivers answer is read. */
  readonly answers: readonly UdpSocket[]
  readonly clock: SystemClock
  /** `FLOW_SENT` */
  readonly counters: Float64Array
  /** Per line `LINE_SENT`. */
  readonly lineCounters: readonly Float64Array[]
  /** The sequence of the first message, and whether sequences on the wire wrap at 2^32. */
  readonly firstSequence: number
  readonly wraps: boolean
  /** Messages in all. */
  readonly count: number
  /** Messages in a full datagram. */
  readonly messagesPerDatagram: number
  /** Whether a datagram may be short though more messages are to come. */
  readonly mayBeShort: boolean
}

/**
 * Keeps a sender within what its receivers can hold. Positions are messages since the start.
 *
 * ```
 *              consumed                        limit = consumed + window
 *  - - - - - - - - |===== outstanding =====|. . . . . |
 *                                       written
 * ```
 *
 * Statuses are looked for when half of a window is out, and from time to time. The sender's thread; no
 * allocation after its construction.
 */
export class Credit {
  /** Messages written so far, and the time: set by the caller before each call. Fields, not to be boxed. */
  written = 0
  nowNs = ZERO_NS
  /** Messages that may have been written in all; as of the last `ask` that was granted. */
  granted = 0
  readonly #plan: CreditPlan
  readonly #lines: readonly SendLine[]
  readonly #inboxes: readonly StatusInbox[]
  readonly #clock: SystemClock
  readonly #counters: Float64Array
  readonly #lineCounters: readonly Float64Array[]
  readonly #table: ReceiverTable
  readonly #status = new FlowStatus()
  readonly #setup = new FlowSetup()
  readonly #signal = new SendVector({
    batch: 1,
    perEntry: 1,
    messagesPerDatagram: 1,
    datagramBytes: FLOW_SETUP_BYTES,
  })
  readonly #firstSequence: number
  readonly #wraps: boolean
  readonly #count: number
  readonly #perDatagram: number
  readonly #mayBeShort: boolean
  /** What the receiver that counts has consumed, and with its window. */
  #consumed = 0
  #limit = 0
  /** What all receivers have consumed, and when that grew last. */
  #leastConsumed = 0
  #progressNs = ZERO_NS
  /** Time without progress after which the sender makes itself known. */
  #stuckSetupNs = HELD_SETUP_NS
  #lookNs = ZERO_NS
  #setupNs = Number.NEGATIVE_INFINITY
  #held: number = HELD.free
  #heldSinceNs = ZERO_NS
  /** What had been held up in all before. */
  #heldBeforeNs = ZERO_NS

  constructor(options: CreditOptions) {
    this.#plan = options.plan
    this.#lines = options.lines
    this.#inboxes = options.answers.map((socket) => new StatusInbox(socket))
    this.#clock = options.clock
    this.#counters = options.counters
    this.#lineCounters = options.lineCounters
    this.#table = new ReceiverTable(options.lines.length)
    this.#firstSequence = options.firstSequence
    this.#wraps = options.wraps
    this.#count = options.count
    this.#perDatagram = options.messagesPerDatagram
    this.#mayBeShort = options.mayBeShort
    this.#setup.sessionHigh = options.plan.sessionHigh
    this.#setup.sessionLow = options.plan.sessionLow
    this.#signal.add(0, FLOW_SETUP_BYTES)
  }

  /** Whether it has waited for a receiver for as long as it shall. */
  get gaveUp(): boolean {
    return this.#counters[FLOW_SENT.gaveUp] === 1
  }

  /** Whether something is due and must not be sent yet. */
  get isHeld(): boolean {
    return this.#held !== HELD.free
  }

  /** Whether nobody has anything left to consume, or gets on with it. */
  get drained(): boolean {
    if (this.#table.size === 0 || this.#leastConsumed >= this.written) return true
    return this.nowNs - this.#progressNs > SILENT_NS
  }

  /** Whether there is a receiver to start with. */
  ready(): boolean {
    if (this.nowNs >= this.#lookNs) this.#look()
    if (this.#table.size > 0) this.#free()
    else this.#hold()
    return this.#table.size > 0
  }

  /** Something is due: whether it may be written, up to `granted`. */
  ask(): boolean {
    const halfOut = this.#limit - this.written < (this.#limit - this.#consumed) / 2
    if (halfOut || this.nowNs >= this.#lookNs) this.#look()
    const available = this.#limit - this.written
    if (available >= this.#perDatagram && !this.#mayBeShort) {
      this.granted = this.written + available - (available % this.#perDatagram)
    } else if (available > 0 && this.#isWorthIt(available)) {
      this.granted = this.written + available
    } else {
      this.#hold()
      return false
    }
    this.#free()
    return true
  }

  /** Nothing is sent at the moment: looks at what has come, and makes the sender known. */
  attend(): void {
    if (this.nowNs >= this.#lookNs) this.#look()
  }

  /** Sleeps for a moment, or until a status comes. */
  wait(): void {
    if (this.#inboxes.length === 1) this.#inboxes[0].wait(WAIT_MS)
    else this.#clock.sleepNs(WAIT_NS)
    this.#lookNs = 0
  }

  /** Less than a datagram is left: the rest of all, or more than the window will ever have. */
  #isWorthIt(available: number): boolean {
    if (this.#mayBeShort || this.written + available >= this.#count) return true
    return this.#consumed === this.written
  }

  #look(): void {
    this.#lookNs = this.nowNs + LOOK_NS
    for (let line = 0; line < this.#inboxes.length; line++) this.#read(line)
    this.#dropSilent()
    this.#sumUp()
    if (this.#isSetupDue()) this.#announce()
  }

  #read(line: number): void {
    const inbox = this.#inboxes[line]
    for (let call = 0; call < MAX_CALLS; call++) {
      const count = inbox.receive()
      if (count === -ECONNREFUSED) this.#lineCounters[line][LINE_SENT.unreachable] += 1
      if (count <= 0) return
      for (let nth = 0; nth < count; nth++) {
        const read = this.#status.read(inbox.bytes, inbox.offsetOf(nth), inbox.lengthOf(nth))
        const taken = read && this.#take(line, inbox, nth)
        this.#counters[taken ? FLOW_SENT.statuses : FLOW_SENT.refused] += 1
      }
      inbox.release(count)
    }
  }

  /** Takes the status in; false if it is of another session or receiver, or cannot be true. */
  #take(line: number, inbox: StatusInbox, nth: number): boolean {
    const status = this.#status
    const { sessionHigh, sessionLow } = this.#plan
    if (status.sessionHigh !== sessionHigh || status.sessionLow !== sessionLow) return false
    const table = this.#table
    let row = table.find(status.receiverHigh, status.receiverLow)
    const known = row >= 0
    const nameOffset = inbox.nameOffsetOf(nth)
    if (known && !table.isAt(row, line, inbox.bytes, nameOffset)) return false
    if (status.leaving) return known && this.#remove(row, FLOW_SENT.left)
    const outstanding = this.#outstanding()
    if (!(outstanding >= 0 && outstanding <= this.written)) return false
    if (!known) {
      if (table.size === MAX_RECEIVERS) return false
      row = table.add(status.receiverHigh, status.receiverLow)
      table.isAt(row, line, inbox.bytes, nameOffset)
      this.#counters[FLOW_SENT.joined] += 1
    }
    table.heardNs[row] = this.nowNs
    table.windows[row] = status.window
    // Statuses may overtake each other.
    table.consumed[row] = Math.max(table.consumed[row], this.written - outstanding)
    return true
  }

  /** Messages between what the status says and what was written; negative if it says more. */
  #outstanding(): number {
    const next = this.#firstSequence + this.written
    return this.#wraps ? (next - this.#status.consumed) | 0 : next - this.#status.consumed
  }

  #remove(row: number, why: number): boolean {
    this.#table.remove(row)
    this.#counters[why] += 1
    return true
  }

  #dropSilent(): void {
    const { heardNs } = this.#table
    for (let row = this.#table.size - 1; row >= 0; row--) {
      if (this.nowNs - heardNs[row] > SILENT_NS) this.#remove(row, FLOW_SENT.dropped)
    }
  }

  /** Finds the receiver that counts. Without any nothing may be sent. */
  #sumUp(): void {
    const { size, consumed, windows } = this.#table
    const smallest = this.#plan.group === 'min'
    let limit = size === 0 ? this.written : consumed[0] + windows[0]
    let counts = size === 0 ? this.written : consumed[0]
    let least = counts
    for (let row = 1; row < size; row++) {
      const rowLimit = consumed[row] + windows[row]
      if (smallest ? rowLimit < limit : rowLimit > limit) {
        limit = rowLimit
        counts = consumed[row]
      }
      least = Math.min(least, consumed[row])
    }
    if (least > this.#leastConsumed || size === 0) {
      this.#progressNs = this.nowNs
      this.#stuckSetupNs = HELD_SETUP_NS
    }
    this.#leastConsumed = least
    this.#limit = limit
    this.#consumed = counts
    const counters = this.#counters
    counters[FLOW_SENT.receivers] = size
    counters[FLOW_SENT.window] = limit - counts
    counters[FLOW_SENT.outstanding] = this.written - counts
  }

  /** Where nothing moves what was sent last may be lost, and a setup tells of it: soon, then less often. */
  #isSetupDue(): boolean {
    const sinceNs = this.nowNs - this.#setupNs
    if (this.#table.size === 0) return sinceNs >= HELD_SETUP_NS
    if (sinceNs >= SETUP_NS) return true
    const stuckNs = Math.min(sinceNs, this.nowNs - this.#progressNs)
    const waits = this.#held !== HELD.free || this.written >= this.#count
    if (!waits || stuckNs < this.#stuckSetupNs) return false
    this.#stuckSetupNs *= 2
    return true
  }

  /** Says on every line that there is a sender, and how far it is. All that was written has left. */
  #announce(): void {
    this.#setupNs = this.nowNs
    const signal = this.#signal
    const next = this.#firstSequence + this.written
    this.#setup.sequence = this.#wraps ? next % TWO_POW_32 : next
    this.#setup.write(signal.bytes, signal.offsetOf(0))
    for (let i = 0; i < this.#lines.length; i++) this.#lines[i].trySignal(signal.headerAt(0))
    this.#counters[FLOW_SENT.setups] += 1
  }

  #hold(): void {
    const held = this.#table.size > 0 ? HELD.blocked : HELD.waiting
    if (held !== this.#held) {
      this.#free()
      this.#held = held
      this.#heldSinceNs = this.nowNs
      this.#heldBeforeNs = this.#counters[totalOf(held)]
      this.#counters[countOf(held)] += 1
      this.#counters[FLOW_SENT.held] = held
    }
    this.#noteHeld()
    const { waitNs } = this.#plan
    const waited = held === HELD.waiting && this.nowNs - this.#heldSinceNs > waitNs
    if (waited && waitNs > 0) this.#counters[FLOW_SENT.gaveUp] = 1
  }

  #free(): void {
    if (this.#held === HELD.free) return
    this.#noteHeld()
    this.#held = HELD.free
    this.#counters[FLOW_SENT.held] = HELD.free
  }

  #noteHeld(): void {
    const lastedNs = this.nowNs - this.#heldSinceNs
    const counters = this.#counters
    counters[totalOf(this.#held)] = this.#heldBeforeNs + lastedNs
    const longest = longestOf(this.#held)
    counters[longest] = Math.max(counters[longest], lastedNs)
  }
}

function countOf(held: number): number {
  return held === HELD.blocked ? FLOW_SENT.blockedCount : FLOW_SENT.waitedCount
}

function totalOf(held: number): number {
  return held === HELD.blocked ? FLOW_SENT.blockedNs : FLOW_SENT.waitedNs
}

function longestOf(held: number): number {
  return held === HELD.blocked ? FLOW_SENT.blockedLongestNs : FLOW_SENT.waitedLongestNs
}
