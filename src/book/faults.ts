import type { StateTransfer } from './state-transfer.js'

/** Counters per book. */
const COUNTERS = 3
const UNKNOWN_ORDERS = 0
const OVER_EXECUTED = 1
const CROSSED = 2

/** What contradicted a book, as counts. */
export interface BookFaults {
  /** Orders, or levels to be removed, that the book did not have. */
  readonly unknownOrders: number
  /** Executions and cancels beyond what was left of the order. */
  readonly overExecuted: number
  /** Times that the best bid came to be above the best ask. */
  readonly crossed: number
}

/**
 * Counts of what contradicted the books of a feed, per book and for all of them.
 *
 * Confined to one thread. Nothing allocates but `reserve` and the reports.
 */
export class Faults {
  /** Orders that were added under an id that was live in the same book. */
  duplicateOrders = 0
  /** Messages that came after a later one about the same book, and were not applied. */
  late = 0
  /** Messages too short for their type, or with a price that cannot be kept exactly. */
  unreadable = 0
  /** Messages of a type that the protocol does not have. */
  unknownTypes = 0
  /** Messages that came a second time. */
  duplicates = 0
  /** What the bounds of memory had no room for. */
  refused = 0

  #counts: Uint32Array

  constructor(capacity: number) {
    this.#counts = new Uint32Array(capacity * COUNTERS)
  }

  /** Carries all of it out or in. */
  transfer(state: StateTransfer): void {
    this.duplicateOrders = state.number(this.duplicateOrders)
    this.late = state.number(this.late)
    this.unreadable = state.number(this.unreadable)
    this.unknownTypes = state.number(this.unknownTypes)
    this.duplicates = state.number(this.duplicates)
    this.refused = state.number(this.refused)
    this.#counts = state.uint32(this.#counts)
  }

  get bytes(): number {
    return this.#counts.byteLength
  }

  reserve(capacity: number): void {
    const grown = new Uint32Array(capacity * COUNTERS)
    grown.set(this.#counts)
    this.#counts = grown
  }

  open(instrument: number): void {
    this.#counts.fill(0, instrument * COUNTERS, (instrument + 1) * COUNTERS)
  }

  unknownOrder(instrument: number): void {
    this.#counts[instrument * COUNTERS + UNKNOWN_ORDERS]++
  }

  overExecuted(instrument: number): void {
    this.#counts[instrument * COUNTERS + OVER_EXECUTED]++
  }

  crossed(instrument: number): void {
    this.#counts[instrument * COUNTERS + CROSSED]++
  }

  of(instrument: number): BookFaults {
    return {
      unknownOrders: this.#counts[instrument * COUNTERS + UNKNOWN_ORDERS],
      overExecuted: this.#counts[instrument * COUNTERS + OVER_EXECUTED],
      crossed: this.#counts[instrument * COUNTERS + CROSSED],
    }
  }
}
