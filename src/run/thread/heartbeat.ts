import { LONG_TURN_NS, THREAD, THREAD_COUNTERS_BYTES } from '../../account/thread-counters.js'
import type { Clock } from '../../foundation/clock.js'
import { ZERO_NS } from '../../foundation/units.js'
import type { CollectionCounter } from './collection-counter.js'

/** Idle turns between two looks at the clock, where an idle turn takes less than a look does. */
export const SPINNING_REST = 16
/** The same where the thread sleeps in an idle turn. */
export const SLEEPING_REST = 1

/** A turn that takes longer may hold a garbage collection. */
const COLLECTION_NS = 100e3
/** Collections are looked at this often at most. */
const POLL_NS = 1e9

/** A heartbeat that nobody listens to, for a rehearsal. */
export function scratchHeartbeat(clock: Clock, collections?: CollectionCounter): Heartbeat {
  const counters = new Float64Array(new SharedArrayBuffer(THREAD_COUNTERS_BYTES))
  return new Heartbeat(counters, clock, SPINNING_REST, collections)
}

/**
 * What a hot thread says of its turns while it runs. A turn that did something has its time taken, which
 * is one look at the clock; of idle turns, whose ends are where the next one begins, only some.
 *
 * The thread that turns alone; no allocation.
 */
export class Heartbeat {
  readonly #counters: Float64Array
  readonly #clock: Clock
  /** Idle turns between two looks at the clock. */
  readonly #restTurns: number
  #idleTurns = 0
  /** When the last turn ended, as far as that is known: a field, not to be boxed. */
  #sinceNs = ZERO_NS
  readonly #collections: CollectionCounter | undefined
  #polledNs = ZERO_NS

  /**
   * @param counters as THREAD lays them out
   * @param restTurns how many idle turns may pass without a look at the clock: many where they take less
   * than a look does, 1 where the thread sleeps in them
   * @param collections what counts this thread's garbage collections, to be asked now and then
   */
  constructor(
    counters: Float64Array,
    clock: Clock,
    restTurns: number,
    collections?: CollectionCounter,
  ) {
    this.#collections = collections
    this.#counters = counters
    this.#clock = clock
    this.#restTurns = restTurns
  }

  begin(): void {
    this.#counters[THREAD.running] = 1
    this.#counters[THREAD.sleeps] = this.#restTurns === SLEEPING_REST ? 1 : 0
    this.#look()
  }

  /** A turn is over that did something. */
  busy(): void {
    const counters = this.#counters
    counters[THREAD.turns] += 1
    counters[THREAD.busyTurns] += 1
    const startNs = this.#sinceNs
    this.#look()
    const tookNs = this.#sinceNs - startNs
    if (tookNs > counters[THREAD.longestTurnNs]) counters[THREAD.longestTurnNs] = tookNs
    counters[THREAD.busyNs] += tookNs
    if (tookNs <= COLLECTION_NS) return
    if (tookNs > LONG_TURN_NS) counters[THREAD.longTurns] += 1
    this.#pollCollections()
  }

  /** A turn is over that found nothing, and so is what the thread did to wait. */
  rested(): void {
    this.#counters[THREAD.turns] += 1
    this.#idleTurns += 1
    if (this.#idleTurns < this.#restTurns) return
    this.#idleTurns = 0
    const startNs = this.#sinceNs
    this.#look()
    this.#counters[THREAD.restedNs] += this.#sinceNs - startNs
  }

  end(): void {
    this.#counters[THREAD.running] = 0
  }

  #pollCollections(): void {
    if (this.#collections === undefined || this.#sinceNs - this.#polledNs < POLL_NS) return
    this.#polledNs = this.#sinceNs
    this.#collections.poll()
  }

  #look(): void {
    this.#clock.read()
    this.#sinceNs = this.#clock.ns
    this.#counters[THREAD.lastTurnNs] = this.#sinceNs
  }
}
