import {
  type BatchEvent,
  type BatchFacts,
  MISSING_CAUSES,
} from '../../wire/bridged/batch-headers.js'
import { ENVELOPE_EVENT, type Envelope } from '../../wire/bridged/bridged-framing.js'

/** A hole that no batch explains is filled soon, or never: so long it is waited for. */
const HOLE_MS = 10_000
/** What one bridge has lost another one may have, a moment later; and how long it counts as there. */
const HEAL_MS = 100
const BRIDGE_MS = 10_000
/** Bytes of batches that may wait for a hole. */
const HELD_BYTES = 64 * 2 ** 20

export const NETWORK = MISSING_CAUSES.indexOf('network')
const CUT_OFF = MISSING_CAUSES.indexOf('cutOff')

const EVENTS: Readonly<Record<BatchEvent, number>> = {
  stale: ENVELOPE_EVENT.stale,
  live: ENVELOPE_EVENT.live,
  'end-of-session': ENVELOPE_EVENT.endOfSession,
}

/** A batch that comes next, with what its subscriber has to know of the time before it. */
export interface Stitched {
  readonly envelope: Envelope
  readonly body: Uint8Array
  /** Undefined for a last value, which is in no batch. */
  readonly facts: BatchFacts | undefined
}

/** What became of a stream's batches so far. */
export interface StitchCounts {
  duplicates: number
  holesFilled: number
  holesLeft: number
  healed: number
}

interface Held {
  readonly facts: BatchFacts
  readonly body: Uint8Array
  readonly end: number
}

/**
 * Puts the batches of a stream in order: each message once, in the order of the feed. A stream may hold
 * batches twice, cut in other places by another bridge, and behind later ones where the bridge had to send
 * them again. Pure: no I/O and no clock of its own.
 *
 * ```
 *                 next
 *                  v
 *   delivered -----+- - - hole - - -+--- missing ---+--- messages ---+     a batch that is held:
 *                                   ^ after         ^ first          ^ end
 * ```
 *
 * A hole is what no batch tells of: its batch will come. What is missing is known to be lost by the bridge
 * that tells of it, and waits only where another bridge is there too.
 */
export class Stitcher {
  readonly counts: StitchCounts = { duplicates: 0, holesFilled: 0, holesLeft: 0, healed: 0 }
  /** The run that is read, and the sequence that is next in it; NaN before the first batch. */
  run = Number.NaN
  next = Number.NaN
  readonly #from: number
  /** Sorted by run, then by first sequence. */
  readonly #held: Held[] = []
  #heldBytes = 0
  readonly #out: Stitched[] = []
  /** When each bridge was heard last. */
  readonly #bridges = new Map<string, number>()
  /** Where the run was joined. */
  #begun = Number.NEGATIVE_INFINITY
  #nowMs = 0
  /** Since when the first of what is held waits, and for what; NaN: it does not. */
  #waitingMs = Number.NaN
  #waitsForHole = false

  /** @param from the first sequence that is wanted, of the run that comes first; NaN: what comes */
  constructor(from = Number.NaN) {
    this.#from = from
  }

  /** Takes the next batch of the stream. @returns what comes next of the feed, once */
  take(facts: BatchFacts, body: Uint8Array, nowMs: number): readonly Stitched[] {
    this.#bridges.set(facts.bridge, nowMs)
    const held = { facts, body, end: facts.first + facts.count }
    const at = this.#held.findIndex(({ facts: other }) => comesBefore(facts, other))
    this.#held.splice(at < 0 ? this.#held.length : at, 0, held)
    this.#heldBytes += body.length
    return this.#drain(nowMs, false)
  }

  /** What time alone brings about. */
  tick(nowMs: number): readonly Stitched[] {
    return this.#held.length === 0 ? NONE : this.#drain(nowMs, false)
  }

  /** Nobody waits any more: what is held comes next. */
  flush(nowMs: number): readonly Stitched[] {
    return this.#drain(nowMs, true)
  }

  #drain(nowMs: number, flush: boolean): readonly Stitched[] {
    this.#nowMs = nowMs
    this.#out.length = 0
    for (;;) {
      const [first] = this.#held
      if (first === undefined) break
      if (!this.#step(first, flush)) break
    }
    return this.#out.length === 0 ? NONE : this.#out.splice(0)
  }

  /** Deals with the first batch that is held; false if it has to wait. */
  #step(held: Held, flush: boolean): boolean {
    const { facts, end } = held
    if (Number.isNaN(this.run)) this.#begin(facts)
    if (facts.run < this.run) return this.#drop(held)
    if (facts.run > this.run) {
      if (this.#awaitsFormer(facts) && !this.#isTired(true, flush)) return false
      if (this.#awaitsFormer(facts)) this.counts.holesLeft += 1
      this.run = facts.run
      this.next = facts.after
      this.#begun = Number.NEGATIVE_INFINITY
      this.#stopWaiting()
      return true
    }
    // What was told of a time before is told no more.
    if (end < this.next || (end === this.next && facts.event === null)) return this.#drop(held)
    if (facts.first > this.next) {
      const told = this.#teller(facts)
      const patient = told === undefined ? !this.#isTired(true, flush) : this.#mayHeal(flush)
      if (patient) return false
      if (told === undefined) this.counts.holesLeft += 1
      this.#deliver(held, told, flush)
      return true
    }
    this.#deliver(held, facts, flush)
    return true
  }

  #begin(facts: BatchFacts): void {
    this.run = facts.run
    this.next = Number.isNaN(this.#from) ? facts.first : Math.max(facts.after, this.#from)
    if (!Number.isNaN(this.#from) && facts.after > this.#from) this.next = facts.first
    this.#begun = this.next
  }

  /** Whether something of the run before is still to come, as far as the first batch of a run tells. */
  #awaitsFormer({ run, former }: BatchFacts): boolean {
    return run > this.run + 1 || former === null || former > this.next
  }

  /** The batch that tells of what is missing up to the first message of another one. */
  #teller({ first }: BatchFacts): BatchFacts | undefined {
    return this.#held.find(
      ({ facts }) => facts.run === this.run && facts.after <= this.next && facts.first >= first,
    )?.facts
  }

  /** Whether another bridge is there, which may have what this one lost. */
  #mayHeal(flush: boolean): boolean {
    let there = 0
    for (const ms of this.#bridges.values()) if (this.#nowMs - ms < BRIDGE_MS) there += 1
    return there > 1 && !this.#isTired(false, flush)
  }

  /** Whether what is missing was waited for long enough. */
  #isTired(forHole: boolean, flush: boolean): boolean {
    if (Number.isNaN(this.#waitingMs) || this.#waitsForHole !== forHole) {
      this.#waitingMs = this.#nowMs
      this.#waitsForHole = forHole
    }
    const waited = this.#nowMs - this.#waitingMs >= (forHole ? HOLE_MS : HEAL_MS)
    return flush || waited || this.#heldBytes > HELD_BYTES
  }

  #stopWaiting(): void {
    this.#waitingMs = Number.NaN
  }

  /** @param told what tells of the messages before it; undefined: nobody does */
  #deliver(held: Held, told: BatchFacts | undefined, flush: boolean): void {
    const { facts, body, end } = held
    const first = Math.max(facts.first, this.next)
    const skip = first - facts.first
    const missing = first - this.next
    if (missing === 0 && !Number.isNaN(this.#waitingMs)) {
      if (this.#waitsForHole) this.counts.holesFilled += 1
      else this.counts.healed += facts.count - skip
    }
    // What lies before the beginning was not wanted, and is no duplicate.
    const old = Math.max(facts.first, this.#begun)
    this.counts.duplicates += Math.max(0, Math.min(this.next, end) - old)
    this.#out.push({
      envelope: {
        event: facts.event === null ? ENVELOPE_EVENT.none : EVENTS[facts.event],
        skip,
        run: this.run,
        reached: this.next,
        first,
        missing: causesOf(missing, told?.missing, flush && told === undefined ? CUT_OFF : NETWORK),
        skipped: 0,
      },
      body: skip < facts.count ? body : EMPTY,
      facts,
    })
    this.next = Math.max(this.next, end)
    this.#stopWaiting()
    this.#remove()
  }

  #drop({ facts }: Held): true {
    const wanted = Number.isNaN(this.#from) || facts.first >= this.#from || facts.run < this.run
    if (wanted) this.counts.duplicates += facts.count
    this.#remove()
    return true
  }

  #remove(): void {
    const removed = this.#held.shift()
    this.#heldBytes -= removed?.body.length ?? 0
  }
}

const NONE: readonly Stitched[] = []
const EMPTY = new Uint8Array(0)

function comesBefore(a: BatchFacts, b: BatchFacts): boolean {
  return a.run < b.run || (a.run === b.run && a.first < b.first)
}

/** So many messages by their causes, as far as they were told; the rest has the cause `other`. */
export function causesOf(
  count: number,
  told: readonly number[] | undefined,
  other: number,
): number[] {
  let left = count
  const causes = MISSING_CAUSES.map((_, i) => {
    const part = Math.min(left, told?.[i] ?? 0)
    left -= part
    return part
  })
  causes[other] = (causes[other] ?? 0) + left
  return causes
}
