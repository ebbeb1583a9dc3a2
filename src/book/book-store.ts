import { BookChange, CHANGE } from './book-change.js'
import { BookMemory, type MemorySizes } from './book-memory.js'
import { Faults } from './faults.js'
import { Instruments } from './instruments.js'
import * as layout from './memory-layout.js'
import type { StateTransfer } from './state-transfer.js'
import { Tape } from './tape.js'
import { CAUSE, Validity } from './validity.js'

// Constants of this module: imported ones are none to the compiler.
const NONE = -1
const CHANGED_LEVEL = CHANGE.level
const CHANGED_BEST = CHANGE.best
const CHANGED_STATE = CHANGE.state
const TRADED = CHANGE.trade
const { BEST_TOUCHED, UNKNOWN, OVER, DUPLICATE, REFUSED, SCARCE, LATE, WAS_EMPTY } = layout
const { BEST_DIFFERS, CROSSED, CHANGES_SHIFT } = layout
/** What is no ordinary message. */
const REMARKABLE = UNKNOWN | OVER | DUPLICATE | REFUSED | SCARCE | LATE
const ONE_CHANGE = 1 << CHANGES_SHIFT
/** More are not counted of a book that is emptied; no event of a publisher has as many. */
const MOST_CHANGES = 2 ** 20
/** The bits that count changes of levels. */
const CHANGES = -ONE_CHANGE

/** Sizes of a store: what there is room for at first, and the bounds. */
export interface StoreSizes extends MemorySizes {
  readonly maxInstruments: number
}

/**
 * The books of a feed, and what can be done to them, in terms that no protocol knows: add, execute,
 * cancel, replace, set a level. Adapters call this with what they read from messages.
 *
 * Whatever contradicts a book is counted, marks it, and is carried out as far as it makes sense; nothing
 * throws. Prices and quantities are passed in fields, since an engine boxes doubles that are arguments.
 *
 * Confined to one thread. Nothing allocates but `reserve`.
 */
export class BookStore {
  readonly instruments: Instruments
  readonly memory: BookMemory
  readonly tape: Tape
  readonly validity: Validity
  readonly faults: Faults
  readonly change: BookChange

  /** Of the operation that is to be done, in the feed's unit. */
  price = Number.NaN
  quantity = 0
  /** The sequence of the first message of a publisher's run. */
  firstSequence = 1

  /** Times that memory grew, for whatever it holds. */
  get growths(): number {
    return this.#instrumentGrowths + this.memory.growths
  }

  #instrumentGrowths = 0
  /** The index up to which instruments have been opened. */
  #opened = 0
  /** Whether there may be no room for what the next message adds. */
  #isScarce: boolean
  /** What the operations of the event that has begun have said so far. */
  #event = 0

  constructor(sizes: StoreSizes) {
    this.instruments = new Instruments(sizes.instruments, sizes.maxInstruments)
    this.memory = new BookMemory(sizes)
    this.change = new BookChange(this.memory)
    this.#isScarce = this.memory.code.hasRoom() === 0
    this.tape = new Tape(sizes.instruments)
    this.validity = new Validity(this.memory, sizes.instruments)
    this.faults = new Faults(sizes.instruments)
  }

  /** Carries all of it out or in; between two messages. */
  transfer(state: StateTransfer): void {
    this.firstSequence = state.number(this.firstSequence)
    this.#opened = state.number(this.#opened)
    this.instruments.transfer(state)
    this.memory.transfer(state)
    this.#isScarce = this.memory.code.hasRoom() === 0
    this.tape.transfer(state)
    this.validity.transfer(state)
    this.faults.transfer(state)
  }

  /** Bytes of memory held in all. */
  get bytes(): number {
    const { instruments, memory, tape, validity, faults } = this
    return instruments.bytes + memory.bytes + tape.bytes + validity.bytes + faults.bytes
  }

  /** Whether the next message finds room without growing. */
  get hasRoom(): boolean {
    return this.instruments.hasRoom && !this.#isScarce
  }

  /** Grows until one more instrument fits. To be called between messages, by who has the books of them. */
  reserveInstrument(): void {
    if (!this.instruments.hasRoom) this.#growInstruments()
  }

  /** Grows until `levels` more fit, and the orders that a message may add. */
  reserve(levels: number): void {
    this.#isScarce = !this.memory.reserve(levels)
  }

  /** Opens the book of an index that `instruments` gave; NONE stays NONE and is counted. */
  open(instrument: number): number {
    if (instrument === NONE) {
      this.faults.refused++
      return NONE
    }
    if (instrument < this.#opened) return instrument
    this.#opened = instrument + 1
    this.validity.open(instrument)
    this.tape.open(instrument)
    this.faults.open(instrument)
    return instrument
  }

  /** An event of one operation, this and the six that follow: a new order. @returns the instrument */
  addOrder(instrument: number, side: number, idHigh: number, idLow: number): number {
    const { price, quantity } = this
    const { sequence } = this.validity
    return this.#conclude(
      instrument,
      this.memory.code.addOrder(instrument, sequence, side, idHigh, idLow, quantity, price),
    )
  }

  /**
   * Executes `quantity` of an order, and notes the trade unless it is not for the tape.
   *
   * @param ownPrice whether it is at the order's price and not at `price`
   */
  executeOrder(
    instrument: number,
    idHigh: number,
    idLow: number,
    printable: boolean,
    ownPrice: boolean,
  ): number {
    const { quantity, change, tape } = this
    const { sequence } = this.validity
    const result = this.memory.code.reduceOrder(instrument, sequence, idHigh, idLow, quantity)
    this.#conclude(instrument, result)
    if (!printable) return instrument
    change.kinds |= TRADED
    tape.quantity = quantity
    if (ownPrice && (result & (UNKNOWN | LATE)) !== 0) {
      tape.tradeAtUnknownPrice(instrument)
      return instrument
    }
    tape.price = ownPrice ? change.levelPrice : this.price
    tape.trade(instrument)
    return instrument
  }

  /** Takes `quantity` away from an order. */
  cancelOrder(instrument: number, idHigh: number, idLow: number): number {
    const { code } = this.memory
    const { sequence } = this.validity
    return this.#conclude(
      instrument,
      code.reduceOrder(instrument, sequence, idHigh, idLow, this.quantity),
    )
  }

  deleteOrder(instrument: number, idHigh: number, idLow: number): number {
    const { code } = this.memory
    const { sequence } = this.validity
    return this.#conclude(instrument, code.deleteOrder(instrument, sequence, idHigh, idLow))
  }

  /** Puts a new order of `quantity` at `price` in the place of one whose side it takes over. */
  replaceOrder(
    instrument: number,
    oldHigh: number,
    oldLow: number,
    newHigh: number,
    newLow: number,
  ): number {
    const { code } = this.memory
    const { quantity, price } = this
    const { sequence } = this.validity
    return this.#conclude(
      instrument,
      code.replaceOrder(instrument, sequence, oldHigh, oldLow, newHigh, newLow, quantity, price),
    )
  }

  /** Gives an order another quantity and price. It keeps its place in the queue only at its price. */
  modifyOrder(instrument: number, idHigh: number, idLow: number, keepsPriority: boolean): number {
    const { code } = this.memory
    const { quantity, price } = this
    const { sequence } = this.validity
    return this.#conclude(
      instrument,
      code.modifyOrder(instrument, sequence, idHigh, idLow, quantity, price, keepsPriority),
    )
  }

  /** Sets the quantity at `price`; 0 removes the level. */
  setOneLevel(instrument: number, side: number): number {
    const { code } = this.memory
    const { quantity, price } = this
    const { sequence } = this.validity
    return this.#conclude(instrument, code.setOneLevel(instrument, sequence, side, quantity, price))
  }

  /**
   * Begins an event of several operations by the present message.
   *
   * @returns whether it may be made; else a later message was applied before, and the book is marked
   */
  begin(instrument: number): boolean {
    const result = this.memory.code.begin(instrument, this.validity.sequence)
    this.validity.causeChanged = false
    this.#event = result
    if (result !== LATE) return true
    this.#conclude(instrument, LATE)
    return false
  }

  /** Whether nothing had been said about the book before the event that has begun. */
  get wasEmpty(): boolean {
    return (this.#event & WAS_EMPTY) !== 0
  }

  /** Sets the quantity at `price` as a part of an event; 0 removes the level. */
  setLevel(instrument: number, side: number): void {
    const { code } = this.memory
    this.#note(instrument, code.setLevel(instrument * 2 + side, this.quantity, this.price))
  }

  /** Says anew all that a side with one level has, as a part of an event; quantity 0: nothing. */
  setBest(instrument: number, side: number): void {
    const { code } = this.memory
    this.#note(instrument, code.setBest(instrument * 2 + side, this.quantity, this.price))
  }

  /** Empties a book as a part of an event. It is then known to be as it is. */
  clearBook(instrument: number): void {
    this.#event += Math.min(this.#empty(instrument), MOST_CHANGES) << CHANGES_SHIFT
    this.#event |= BEST_TOUCHED
    this.validity.know(instrument)
    this.change.kinds |= CHANGE.clear
  }

  /** Ends an event of several operations. @returns the instrument */
  end(instrument: number): number {
    return this.#tell(instrument, this.memory.code.end(instrument, this.#event))
  }

  /** Notes a trade of `quantity` at `price` that touches no book. @returns the instrument */
  trade(instrument: number): number {
    this.change.instrument = instrument
    this.change.kinds = TRADED
    this.change.levelChanges = 0
    this.tape.price = this.price
    this.tape.quantity = this.quantity
    this.tape.trade(instrument)
    return instrument
  }

  /** Notes the trading status. @returns the instrument */
  setStatus(instrument: number, code: number): number {
    this.change.instrument = instrument
    this.change.kinds = CHANGE.status
    this.change.levelChanges = 0
    this.tape.setStatus(instrument, code)
    return instrument
  }

  /**
   * The publisher's day begins with the present message: nothing is in any book. A book that has seen
   * later messages cannot be emptied by it, and is marked.
   */
  startDay(): void {
    const { validity, instruments } = this
    // Before the first message of all nothing can have been, however late it comes.
    if (validity.sequence === this.firstSequence) return
    for (let instrument = 0; instrument < instruments.count; instrument++) {
      if (validity.lastOf(instrument) > validity.sequence) {
        validity.refuse(instrument)
        continue
      }
      this.#empty(instrument)
      this.memory.code.end(instrument, BEST_TOUCHED)
      validity.know(instrument)
    }
    validity.knowUnheard()
  }

  /**
   * Learns what a locate code stands for.
   *
   * @returns the instrument's index; NONE without room
   */
  rename(locate: number, high: number, low: number): number {
    const { instruments } = this
    const before = instruments.indexOfLocate(locate)
    const contradicts = before !== NONE && instruments.hasName(before)
    const instrument = this.open(instruments.name(locate, high, low))
    // Two symbols for one code, without a restart: what is in the book may be another instrument's.
    if (contradicts && instrument !== NONE) this.validity.mark(instrument, CAUSE.unknownOrder)
    return instrument
  }

  /** A message about an instrument could not be read: what it said is missing. */
  unreadable(instrument: number): void {
    this.faults.unreadable++
    if (instrument === NONE) this.validity.loseForGood()
    else this.validity.mark(instrument, CAUSE.gap)
  }

  /** Forgets all: the publisher begins again. Symbols keep their indices. */
  restart(): void {
    for (let instrument = 0; instrument < this.instruments.count; instrument++) {
      this.#empty(instrument)
      this.memory.code.end(instrument, BEST_TOUCHED)
      this.tape.open(instrument)
      this.faults.open(instrument)
    }
    this.validity.restart()
    this.instruments.restart()
  }

  /** Tells of an event of one operation. @returns the instrument */
  #conclude(instrument: number, result: number): number {
    this.validity.causeChanged = false
    if ((result & REMARKABLE) !== 0) this.#remark(instrument, result)
    return this.#tell(instrument, result)
  }

  /** Adds what a part of an event did. */
  #note(instrument: number, result: number): void {
    if ((result & REMARKABLE) !== 0) this.#remark(instrument, result)
    const changes = (this.#event & CHANGES) + (result & CHANGES)
    this.#event = changes | ((this.#event | result) & ~CHANGES)
  }

  /** Tells what an event did. @returns the instrument */
  #tell(instrument: number, result: number): number {
    const { change, validity } = this
    change.instrument = instrument
    change.levelChanges = result >> CHANGES_SHIFT
    if (result >= ONE_CHANGE) change.kinds |= CHANGED_LEVEL
    if ((result & BEST_DIFFERS) !== 0) {
      change.kinds |= CHANGED_BEST
      this.#checkCrossed(instrument, (result & CROSSED) !== 0)
    }
    if (validity.causeChanged || (result & WAS_EMPTY) !== 0) change.kinds |= CHANGED_STATE
    return instrument
  }

  /** Counts what is no ordinary message, and marks the book that it contradicts. */
  #remark(instrument: number, result: number): void {
    const { faults, validity } = this
    if ((result & SCARCE) !== 0) this.#isScarce = true
    if ((result & LATE) !== 0) {
      faults.late++
      // A book that was known anew since has nothing to learn from an older message.
      if (validity.refuse(instrument)) this.change.kinds |= CHANGED_STATE
    }
    if ((result & UNKNOWN) !== 0) {
      faults.unknownOrder(instrument)
      validity.mark(instrument, CAUSE.unknownOrder)
    }
    if ((result & OVER) !== 0) {
      faults.overExecuted(instrument)
      validity.mark(instrument, CAUSE.overExecuted)
    }
    if ((result & DUPLICATE) !== 0) {
      // What was in the book under this id is not what the publisher has: the new order took its place.
      faults.duplicateOrders++
      validity.mark(instrument, CAUSE.unknownOrder)
    }
    if ((result & REFUSED) !== 0) {
      faults.refused++
      validity.mark(instrument, CAUSE.gap)
    }
  }

  #checkCrossed(instrument: number, crossed: boolean): void {
    if (crossed === this.validity.isCrossed(instrument)) return
    if (crossed) this.faults.crossed(instrument)
    this.validity.setCrossed(instrument, crossed)
  }

  /** @returns how many levels there were */
  #empty(instrument: number): number {
    const { code } = this.memory
    const levels = code.clearSide(instrument * 2) + code.clearSide(instrument * 2 + 1)
    if (this.validity.isCrossed(instrument)) this.validity.setCrossed(instrument, false)
    return levels
  }

  #growInstruments(): void {
    const { capacity: before, grownCapacity: capacity } = this.instruments
    if (capacity <= before || !this.memory.reserveInstruments(capacity)) return
    this.instruments.grow()
    this.tape.reserve(capacity)
    this.validity.reserve(capacity)
    this.faults.reserve(capacity)
    this.#instrumentGrowths++
  }
}
