import { BookChange, CHANGE } from './book-change.js'
import { Faults } from './faults.js'
import { Instruments } from './instruments.js'
import { Levels } from './levels.js'
import { Orders } from './orders.js'
import type { StateTransfer } from './state-transfer.js'
import { Tape } from './tape.js'
import { CAUSE, Validity } from './validity.js'

// Constants of this module: imported ones are none to the compiler.
const NONE = -1
const CHANGED_LEVEL = CHANGE.level
const CHANGED_BEST = CHANGE.best
const CHANGED_STATE = CHANGE.state
const TRADED = CHANGE.trade

/** Sizes of a store: what there is room for at first, and the bounds. */
export interface StoreSizes {
  readonly instruments: number
  readonly maxInstruments: number
  /** 1 where the feed has no orders. */
  readonly orders: number
  readonly maxOrders: number
  readonly levels: number
  readonly maxLevels: number
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
  readonly levels: Levels
  readonly orders: Orders
  readonly tape: Tape
  readonly validity: Validity
  readonly faults: Faults
  readonly change = new BookChange()

  /** Of the operation that is to be done, in the feed's unit. */
  price = Number.NaN
  quantity = 0
  /** The sequence of the first message of a publisher's run. */
  firstSequence = 1

  /** Times that memory grew, for whatever it holds. */
  get growths(): number {
    return this.#instrumentGrowths + this.levels.growths + this.orders.growths
  }

  #instrumentGrowths = 0
  /** The index up to which instruments have been opened. */
  #opened = 0
  #hasRoom = true
  /** Whether the present change has touched a level that was or is the best of its side. */
  #bestTouched = false

  constructor(sizes: StoreSizes) {
    this.instruments = new Instruments(sizes.instruments, sizes.maxInstruments)
    this.levels = new Levels(2 * sizes.instruments, sizes.levels, sizes.maxLevels)
    this.orders = new Orders(this.levels, sizes.orders, sizes.maxOrders)
    this.tape = new Tape(sizes.instruments)
    this.validity = new Validity(sizes.instruments)
    this.faults = new Faults(sizes.instruments)
  }

  /** Carries all of it out or in; between two messages. */
  transfer(state: StateTransfer): void {
    this.firstSequence = state.number(this.firstSequence)
    this.#opened = state.number(this.#opened)
    this.#hasRoom = state.number(this.#hasRoom ? 1 : 0) === 1
    this.instruments.transfer(state)
    this.levels.transfer(state)
    this.orders.transfer(state)
    this.tape.transfer(state)
    this.validity.transfer(state)
    this.faults.transfer(state)
  }

  /** Bytes of memory held in all. */
  get bytes(): number {
    const { instruments, levels, orders, tape, validity, faults } = this
    return (
      instruments.bytes + levels.bytes + orders.bytes + tape.bytes + validity.bytes + faults.bytes
    )
  }

  /** Whether the next message finds room without growing. */
  get hasRoom(): boolean {
    return this.instruments.hasRoom && this.levels.hasRoom && this.orders.hasRoom
  }

  /** Grows until one more instrument fits. To be called between messages, by who has the books of them. */
  reserveInstrument(): void {
    if (!this.instruments.hasRoom) this.#growInstruments()
  }

  /** Grows until `levels` more fit, and the orders that a message may add. */
  reserve(levels: number): void {
    this.#hasRoom = this.levels.reserve(levels) && this.orders.reserve()
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

  /**
   * Begins a change of a book by the present message.
   *
   * @returns whether it may be made; else a later message was applied before, and the book is marked
   */
  begin(instrument: number): boolean {
    const { change, validity } = this
    change.instrument = instrument
    change.kinds = 0
    change.levelChanges = 0
    validity.causeChanged = false
    this.#bestTouched = false
    if (validity.admit(instrument)) return true
    this.faults.late++
    // A book that was known anew since has nothing to learn from an older message.
    if (validity.sequence > validity.knownFromOf(instrument)) change.kinds = CHANGED_STATE
    return false
  }

  /** Ends a change. @returns the instrument */
  end(instrument: number): number {
    const change = this.change
    if (change.levelChanges !== 0) {
      change.kinds |= CHANGED_LEVEL
      if (this.#bestTouched && this.levels.bestDiffers(instrument, change)) {
        change.kinds |= CHANGED_BEST
        this.#checkCrossed(instrument)
      }
    }
    const { validity } = this
    if (validity.causeChanged || validity.wasEmpty) change.kinds |= CHANGED_STATE
    return instrument
  }

  addOrder(instrument: number, side: number, idHigh: number, idLow: number): void {
    if (!this.#hasRoom) {
      this.faults.refused++
      this.validity.mark(instrument, CAUSE.gap)
      return
    }
    const known = this.orders.find(instrument, idHigh, idLow)
    if (known !== NONE) {
      // What is in the book under this id is not what the publisher has: the new order takes its place.
      this.faults.duplicateOrders++
      this.validity.mark(instrument, CAUSE.unknownOrder)
      this.#remove(known)
      this.orders.find(instrument, idHigh, idLow)
    }
    this.levels.price = this.price
    const level = this.levels.obtain(instrument * 2 + side)
    this.orders.add(instrument, idHigh, idLow, level, this.quantity)
    if (this.levels.tell(level, this.change)) this.#bestTouched = true
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
  ): void {
    const order = this.orders.find(instrument, idHigh, idLow)
    if (printable) {
      this.tape.quantity = this.quantity
      this.change.kinds |= TRADED
      if (ownPrice && order === NONE) {
        this.tape.tradeAtUnknownPrice(instrument)
      } else {
        if (ownPrice) this.price = this.levels.priceOf(this.orders.levelOf(order))
        this.tape.price = this.price
        this.tape.trade(instrument)
      }
    }
    if (order === NONE) this.#unknown(instrument)
    else this.#reduce(instrument, order)
  }

  /** Notes the trade of an execution that came too late to be applied to the book. */
  executeTooLate(instrument: number, printable: boolean, ownPrice: boolean): void {
    if (!printable) return
    this.tape.quantity = this.quantity
    this.tape.price = this.price
    this.change.kinds |= TRADED
    if (ownPrice) this.tape.tradeAtUnknownPrice(instrument)
    else this.tape.trade(instrument)
  }

  /** Takes `quantity` away from an order. */
  cancelOrder(instrument: number, idHigh: number, idLow: number): void {
    const order = this.orders.find(instrument, idHigh, idLow)
    if (order === NONE) this.#unknown(instrument)
    else this.#reduce(instrument, order)
  }

  deleteOrder(instrument: number, idHigh: number, idLow: number): void {
    const order = this.orders.find(instrument, idHigh, idLow)
    if (order === NONE) this.#unknown(instrument)
    else this.#remove(order)
  }

  /** Puts a new order of `quantity` at `price` in the place of one whose side it takes over. */
  replaceOrder(
    instrument: number,
    oldHigh: number,
    oldLow: number,
    newHigh: number,
    newLow: number,
  ): void {
    const order = this.orders.find(instrument, oldHigh, oldLow)
    if (order === NONE) {
      this.#unknown(instrument)
      return
    }
    const side = this.levels.sideOf(this.orders.levelOf(order)) & 1
    this.#remove(order)
    this.addOrder(instrument, side, newHigh, newLow)
  }

  /** Gives an order another quantity and price. It keeps its place in the queue only at its price. */
  modifyOrder(instrument: number, idHigh: number, idLow: number, keepsPriority: boolean): void {
    const order = this.orders.find(instrument, idHigh, idLow)
    if (order === NONE) {
      this.#unknown(instrument)
      return
    }
    const level = this.orders.levelOf(order)
    const side = this.levels.sideOf(level) & 1
    if (keepsPriority && this.levels.priceOf(level) === this.price) {
      this.orders.setQuantity(order, this.quantity)
      if (this.levels.tell(level, this.change)) this.#bestTouched = true
      return
    }
    this.#remove(order)
    this.addOrder(instrument, side, idHigh, idLow)
  }

  /** Sets the quantity at `price`; 0 removes the level. */
  setLevel(instrument: number, side: number): void {
    this.levels.price = this.price
    if (this.quantity === 0) {
      const taken = this.levels.take(instrument * 2 + side)
      if (taken === 0) {
        this.#unknown(instrument)
        return
      }
      if (taken === 2) this.#bestTouched = true
      this.#noteNothing(side)
      return
    }
    if (!this.#hasRoom) {
      this.faults.refused++
      this.validity.mark(instrument, CAUSE.gap)
      return
    }
    if (this.levels.put(instrument * 2 + side, this.quantity)) this.#bestTouched = true
    const change = this.change
    change.side = side
    change.levelChanges++
    change.levelPrice = this.price
    change.levelQuantity = this.quantity
    change.levelOrders = 0
  }

  /** Says anew all that a side with one level has; quantity 0: nothing. */
  setBest(instrument: number, side: number): void {
    const best = this.levels.best(instrument * 2 + side)
    if (best !== NONE) {
      this.#bestTouched = true
      this.levels.remove(best)
    }
    if (this.quantity !== 0) this.setLevel(instrument, side)
    else if (best !== NONE) this.#noteNothing(side)
  }

  /** Empties a book, which is then known to be as it is. */
  clearBook(instrument: number): void {
    this.#bestTouched = true
    this.#empty(instrument)
    this.validity.know(instrument)
    this.change.kinds |= CHANGE.clear
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
        validity.admit(instrument)
        continue
      }
      this.#empty(instrument)
      this.levels.bestDiffers(instrument, this.change)
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
      this.levels.bestDiffers(instrument, this.change)
      this.tape.open(instrument)
      this.faults.open(instrument)
    }
    this.validity.restart()
    this.instruments.restart()
  }

  #reduce(instrument: number, order: number): void {
    const left = this.orders.quantityOf(order) - this.quantity
    if (left < 0) {
      this.faults.overExecuted(instrument)
      this.validity.mark(instrument, CAUSE.overExecuted)
    }
    if (left <= 0) {
      this.#remove(order)
      return
    }
    this.orders.setQuantity(order, left)
    if (this.levels.tell(this.orders.levelOf(order), this.change)) this.#bestTouched = true
  }

  #remove(order: number): void {
    const { levels, orders, change } = this
    const level = orders.levelOf(order)
    // Its price and side are told before it may be gone.
    if (levels.tell(level, change)) this.#bestTouched = true
    const left = change.levelOrders - 1
    const quantity = left === 0 ? 0 : change.levelQuantity - orders.quantityOf(order)
    orders.remove(order)
    change.levelOrders = left
    change.levelQuantity = quantity
  }

  /** Notes that nothing is left of the level at `price`. */
  #noteNothing(side: number): void {
    const change = this.change
    change.side = side
    change.levelChanges++
    change.levelPrice = this.price
    change.levelQuantity = 0
    change.levelOrders = 0
  }

  #unknown(instrument: number): void {
    this.faults.unknownOrder(instrument)
    this.validity.mark(instrument, CAUSE.unknownOrder)
  }

  #checkCrossed(instrument: number): void {
    const crossed = this.levels.isCrossed(instrument)
    if (crossed === this.validity.isCrossed(instrument)) return
    if (crossed) this.faults.crossed(instrument)
    this.validity.setCrossed(instrument, crossed)
  }

  #empty(instrument: number): void {
    const { levels, orders, change } = this
    for (let index = instrument * 2; index <= instrument * 2 + 1; index++) {
      for (let rank = levels.depth(index) - 1; rank >= 0; rank--) {
        orders.destroyQueue(levels.nth(index, rank))
        change.levelChanges++
      }
      levels.clear(index)
    }
    if (this.validity.isCrossed(instrument)) this.validity.setCrossed(instrument, false)
  }

  #growInstruments(): void {
    if (!this.instruments.grow()) return
    const { capacity } = this.instruments
    this.levels.reserveSides(2 * capacity)
    this.tape.reserve(capacity)
    this.validity.reserve(capacity)
    this.faults.reserve(capacity)
    this.#instrumentGrowths++
  }
}
