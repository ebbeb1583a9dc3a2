import { NS_PER_SECOND } from '../foundation/units.js'
import type { BookMemory } from './book-memory.js'
import { Missing } from './missing.js'
import type { StateTransfer } from './state-transfer.js'

/** Why a book may be wrong. */
export type SuspectCause = 'gap' | 'late-start' | 'unknown-order' | 'over-executed' | 'crossed'

/** The causes by their number. */
export const CAUSE = {
  none: 0,
  gap: 1,
  lateStart: 2,
  unknownOrder: 3,
  overExecuted: 4,
  crossed: 5,
} as const

/** The names of the causes, by number. */
export const CAUSE_NAMES = [
  undefined,
  'gap',
  'late-start',
  'unknown-order',
  'over-executed',
  'crossed',
] as const satisfies readonly (SuspectCause | undefined)[]

const CAUSES = CAUSE_NAMES.length
const NOTHING_YET = Number.NEGATIVE_INFINITY
/** Versions stay small integers. */
const VERSION_MASK = 0x3fff_ffff

/** Since when, why, and because of how many messages a book may be wrong. */
export interface Suspect {
  /** The first message that is missing, or the one that contradicted the book. */
  readonly sinceSequence: number
  readonly cause: SuspectCause
  /** Messages that are missing or contradicted the book. */
  readonly messages: number
}

// Doubles of a book's record.
const NUMBERS_SHIFT = 2
const NUMBERS = 1 << NUMBERS_SHIFT
/** What came up to here, or was lost up to here, no longer matters to the book. */
const KNOWN_FROM = 0
const OWN_SINCE = 1
const OWN_MESSAGES = 2
/** NaN: not crossed. */
const CROSSED_SINCE = 3

/**
 * Which books of a feed may be wrong, since when, and why.
 *
 * A book is what the publisher's is if every message about it was applied, in order, since a moment at
 * which it was known: the begin of the sequence, a clear, a quote that states all. So three things make
 * it suspect:
 *
 * 1. Something is missing from the feed behind that moment. Nobody knows what it was about, so this
 *    holds for all books at once, and ends for all at once when what was missing has come: no book is
 *    touched for it but to keep count.
 * 2. A mark of its own: a message about it came after a later one had been applied, could not be read, or
 *    contradicted it. Only a new beginning takes the mark away.
 * 3. It is crossed, for as long as it is.
 *
 * A message that was missing may come late and out of turn for the feed, and yet in turn for its own
 * book: only messages about the same book have an order that matters. That is what `last` is for.
 *
 * Confined to one thread. Nothing allocates but `reserve` and the reports.
 */
export class Validity {
  /** The sequence of the message that is being applied. */
  sequence = NOTHING_YET
  /** The clock that suspect time is measured with; moved forward by whoever applies messages. */
  nowNs = NOTHING_YET
  readonly missing = new Missing()

  /**
   * Another number whenever what is said of any book may have changed for a reason that lies outside of
   * that book's own messages, and when a book comes to be counted under another cause. Wraps.
   */
  version = 0

  /** Set when a book comes to be counted under another cause; reset by whoever looks. */
  causeChanged = false

  /** Has the last message that was applied to each book. */
  readonly #memory: BookMemory
  #numbers: Float64Array
  #ownCauses: Uint8Array
  /** The cause that each book is counted under. */
  #counted: Uint8Array
  #count = 0
  /** For books that are not known yet: what came before no longer matters to them either. */
  #allKnownFrom = NOTHING_YET
  /** What is missing below this was missed because the feed was joined late. */
  #joinedAt = NOTHING_YET
  /** Up to when suspect time was added up. */
  #spentNs = NOTHING_YET
  /** What `describe` found: the first message, and how many. */
  readonly #described = new Float64Array(2)
  readonly #suspects = new Float64Array(CAUSES)
  readonly #suspectNs = new Float64Array(CAUSES)

  constructor(memory: BookMemory, capacity: number) {
    this.#memory = memory
    this.#numbers = new Float64Array(capacity * NUMBERS)
    this.#ownCauses = new Uint8Array(capacity)
    this.#counted = new Uint8Array(capacity)
  }

  /** Carries all of it out or in. */
  transfer(state: StateTransfer): void {
    this.sequence = state.number(this.sequence)
    this.nowNs = state.number(this.nowNs)
    this.missing.transfer(state)
    this.#numbers = state.float64(this.#numbers)
    this.#ownCauses = state.uint8(this.#ownCauses)
    this.#counted = state.uint8(this.#counted)
    this.#count = state.number(this.#count)
    this.#allKnownFrom = state.number(this.#allKnownFrom)
    this.#joinedAt = state.number(this.#joinedAt)
    this.#spentNs = state.number(this.#spentNs)
    state.fill(this.#suspects)
    state.fill(this.#suspectNs)
  }

  get bytes(): number {
    return this.#numbers.byteLength + this.#ownCauses.byteLength + this.#counted.byteLength
  }

  /** Makes room for as many books. */
  reserve(capacity: number): void {
    const numbers = new Float64Array(capacity * NUMBERS)
    const ownCauses = new Uint8Array(capacity)
    const counted = new Uint8Array(capacity)
    numbers.set(this.#numbers)
    ownCauses.set(this.#ownCauses)
    counted.set(this.#counted)
    this.#numbers = numbers
    this.#ownCauses = ownCauses
    this.#counted = counted
  }

  /** Says that there is a book more, or that an index is used again. */
  open(book: number): void {
    if (book >= this.#count) this.#count = book + 1
    this.#begin(book)
  }

  /**
   * Says that the present message came after a later one about the same book, and was not applied. The book is
   * marked, unless it has been known anew since.
   *
   * @returns whether it was
   */
  refuse(book: number): boolean {
    if (this.sequence <= this.knownFromOf(book)) return false
    this.mark(book, CAUSE.gap)
    return true
  }

  /** Marks a book for a cause of its own, because of the present message. */
  mark(book: number, cause: number): void {
    const numbers = this.#numbers
    const at = book * NUMBERS
    const lastAt = this.#memory.lastAt(book)
    const { numbers: all } = this.#memory
    if (this.sequence > all[lastAt]) all[lastAt] = this.sequence
    if (this.#ownCauses[book] === CAUSE.none) {
      this.#ownCauses[book] = cause
      numbers[at + OWN_SINCE] = this.sequence
      numbers[at + OWN_MESSAGES] = 0
    }
    numbers[at + OWN_MESSAGES]++
    this.noteChange()
    this.#recount(book)
  }

  /** Says that a book is known from the present message on, which is the last about it so far. */
  know(book: number): void {
    this.#memory.numbers[this.#memory.lastAt(book)] = this.sequence
    this.#numbers[book * NUMBERS + KNOWN_FROM] = this.sequence
    if (this.#counted[book] === CAUSE.none) return
    this.#ownCauses[book] = CAUSE.none
    this.#recount(book)
  }

  /** The message that last said all there is to know of a book; minus infinity: none. */
  knownFromOf(book: number): number {
    return this.#numbers[(book << NUMBERS_SHIFT) | KNOWN_FROM]
  }

  /** The last message that was applied to a book's levels; minus infinity: none. */
  lastOf(book: number): number {
    return this.#memory.numbers[this.#memory.lastAt(book)]
  }

  setCrossed(book: number, crossed: boolean): void {
    this.#numbers[(book << NUMBERS_SHIFT) | CROSSED_SINCE] = crossed ? this.sequence : Number.NaN
    this.#recount(book)
  }

  isCrossed(book: number): boolean {
    // Not a number: not crossed.
    return this.#numbers[(book << NUMBERS_SHIFT) | CROSSED_SINCE] >= 0
  }

  /** Says that `[first, end)` is missing, all of it behind whatever was applied. */
  lose(first: number, end: number, joinedLate: boolean): void {
    if (joinedLate) this.#joinedAt = end
    this.missing.add(first, end)
    this.#recountAll()
  }

  /** Says that the present message could not be read, and nobody knows what it was about. */
  loseForGood(): void {
    this.missing.addForGood(this.sequence)
    this.#recountAll()
  }

  /** Takes the present message out of what is missing. @returns whether it was */
  find(): boolean {
    const before = this.missing.last
    if (!this.missing.fill(this.sequence)) return false
    this.noteChange()
    if (this.missing.last !== before || this.sequence < this.#joinedAt) this.#recountAll()
    return true
  }

  /** Says that books that nobody has heard of yet are known from the present message on. */
  knowUnheard(): void {
    if (this.sequence > this.#allKnownFrom) this.#allKnownFrom = this.sequence
    this.noteChange()
  }

  /** Forgets everything: the publisher begins again. */
  restart(): void {
    this.missing.clear()
    this.#allKnownFrom = NOTHING_YET
    this.#joinedAt = NOTHING_YET
    this.noteChange()
    for (let book = 0; book < this.#count; book++) this.#begin(book)
  }

  /** One of CAUSE: why a book is suspect, or `none`. */
  causeOf(book: number): number {
    const own = this.#ownCauses[book]
    const knownFrom = this.#numbers[(book << NUMBERS_SHIFT) | KNOWN_FROM]
    if (this.missing.last > knownFrom) {
      const first = this.missing.firstAfter(knownFrom)
      if (own !== CAUSE.none && this.#numbers[(book << NUMBERS_SHIFT) | OWN_SINCE] < first)
        return own
      return first < this.#joinedAt ? CAUSE.lateStart : CAUSE.gap
    }
    if (own !== CAUSE.none) return own
    return this.isCrossed(book) ? CAUSE.crossed : CAUSE.none
  }

  /** Whether nothing has been said about a book's levels in this run of the publisher. */
  isEmpty(book: number): boolean {
    const { numbers } = this.#memory
    const at = this.#memory.lastAt(book)
    return numbers[at] === numbers[at + 1]
  }

  /** What makes a book suspect; null if nothing does. */
  suspectOf(book: number): Suspect | null {
    const cause = CAUSE_NAMES[this.describe(book)]
    return cause === undefined ? null : this.#suspect(cause)
  }

  /** The same of a book that nobody has heard of yet. */
  get suspectUnheard(): Suspect | null {
    const cause = CAUSE_NAMES[this.describeUnheard()]
    return cause === undefined ? null : this.#suspect(cause)
  }

  /**
   * Finds out what makes a book suspect: `since` and `messages` then have the rest.
   *
   * @returns one of CAUSE
   */
  describe(book: number): number {
    const cause = this.causeOf(book)
    if (cause === CAUSE.none) return cause
    const numbers = this.#numbers
    const described = this.#described
    const at = book * NUMBERS
    const knownFrom = numbers[at + KNOWN_FROM]
    const own = this.#ownCauses[book] !== CAUSE.none
    const missing = this.missing.last > knownFrom
    if (!own && !missing) {
      described[0] = numbers[at + CROSSED_SINCE]
      described[1] = 1
      return cause
    }
    const first = missing ? this.missing.firstAfter(knownFrom) : Number.POSITIVE_INFINITY
    described[0] = own ? Math.min(first, numbers[at + OWN_SINCE]) : first
    described[1] =
      (own ? numbers[at + OWN_MESSAGES] : 0) + (missing ? this.missing.countAfter(knownFrom) : 0)
    return cause
  }

  /** The same of a book that nobody has heard of yet. */
  describeUnheard(): number {
    const first = this.missing.firstAfter(this.#allKnownFrom)
    if (first === Number.POSITIVE_INFINITY) return CAUSE.none
    this.#described[0] = first
    this.#described[1] = this.missing.countAfter(this.#allKnownFrom)
    return first < this.#joinedAt ? CAUSE.lateStart : CAUSE.gap
  }

  /** Of what was described: the first message that is missing or contradicts the book. */
  get since(): number {
    return this.#described[0]
  }

  /** Of what was described: how many messages are missing or contradict the book. */
  get messages(): number {
    return this.#described[1]
  }

  /** Books that are suspect now. */
  get suspects(): number {
    return this.#suspects.reduce((sum, count, cause) => (cause === CAUSE.none ? sum : sum + count))
  }

  /** Seconds that books have been suspect for a cause, added up over the books. */
  suspectSeconds(cause: number): number {
    this.#spend()
    return this.#suspectNs[cause] / NS_PER_SECOND
  }

  /** Books that are suspect now for a cause. */
  suspectsFor(cause: number): number {
    return this.#suspects[cause]
  }

  /** Adds up what books have been suspect until now, for `suspectNsFor`. */
  addUp(): void {
    this.#spend()
  }

  /** Nanoseconds that books have been suspect for a cause, added up over the books, as of `addUp`. */
  suspectNsFor(cause: number): number {
    return this.#suspectNs[cause]
  }

  #suspect(cause: SuspectCause): Suspect {
    return { sinceSequence: this.since, cause, messages: this.messages }
  }

  /** Says that something is said of a book now that was not before, without an event that changed it. */
  noteChange(): void {
    this.version = (this.version + 1) & VERSION_MASK
  }

  #begin(book: number): void {
    const numbers = this.#numbers
    const at = book * NUMBERS
    const lastAt = this.#memory.lastAt(book)
    this.#memory.numbers[lastAt] = this.#allKnownFrom
    this.#memory.numbers[lastAt + 1] = this.#allKnownFrom
    numbers[at + KNOWN_FROM] = this.#allKnownFrom
    numbers[at + CROSSED_SINCE] = Number.NaN
    this.#ownCauses[book] = CAUSE.none
    this.#recount(book)
  }

  #recount(book: number): void {
    const cause = this.causeOf(book)
    const before = this.#counted[book]
    if (cause === before) return
    this.#spend()
    this.causeChanged = true
    this.noteChange()
    this.#counted[book] = cause
    if (before !== CAUSE.none) this.#suspects[before]--
    if (cause !== CAUSE.none) this.#suspects[cause]++
  }

  #recountAll(): void {
    this.noteChange()
    for (let book = 0; book < this.#count; book++) this.#recount(book)
  }

  /** Adds the time since the last call to what books have been suspect. */
  #spend(): void {
    const passed = this.#spentNs === NOTHING_YET ? 0 : this.nowNs - this.#spentNs
    this.#spentNs = this.nowNs
    if (passed === 0) return
    for (let cause = 1; cause < CAUSES; cause++) {
      this.#suspectNs[cause] += this.#suspects[cause] * passed
    }
  }
}
