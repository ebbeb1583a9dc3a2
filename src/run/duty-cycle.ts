import { PerformanceObserver, performance } from 'node:perf_hooks'
import type { IdleStrategy } from '../ring/idle-strategy.js'

/** One turn of a hot loop; returns how much it did. */
export interface Agent {
  doWork(): number
}

/**
 * Turns an agent over and over until `over` says so. No event loop runs meanwhile.
 *
 * @param onFirstWork called once, after the first turn that did something
 */
export function runDutyCycle(
  agent: Agent,
  idle: IdleStrategy,
  over: () => boolean,
  onFirstWork: () => void,
): void {
  while (!over()) {
    const work = agent.doWork()
    idle.idle(work)
    if (work > 0) {
      onFirstWork()
      break
    }
  }
  while (!over()) idle.idle(agent.doWork())
}

/** Megabytes that are allocated and kept, in rounds, to make the young generation grow. */
const SETTLE_ROUNDS = 12
const SETTLE_ARRAYS = 4096

/**
 * Counts this thread's garbage collections from the first message to the end of the hot loop.
 *
 * The entries of the observer only reach JavaScript on the event loop, so they are looked at afterwards,
 * by their times.
 */
export class CollectionCounter {
  readonly #observer: PerformanceObserver
  readonly #times: number[] = []
  #fromMs = Number.POSITIVE_INFINITY
  #toMs = Number.POSITIVE_INFINITY

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#times.push(entry.startTime)
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  /** The first message has come. */
  readonly begin = (): void => {
    this.#fromMs = performance.now()
  }

  /** The hot loop is over. */
  end(): void {
    this.#toMs = performance.now()
  }

  /** The number of collections between begin and end; 0 if nothing began. */
  async count(): Promise<number> {
    // Entries are queued with setImmediate by the collector's epilogue.
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    for (const entry of this.#observer.takeRecords()) this.#times.push(entry.startTime)
    this.#observer.disconnect()
    return this.#times.filter((time) => time >= this.#fromMs && time <= this.#toMs).length
  }
}

/**
 * Lets the young generation grow to its full size and empties it, so that what little the warm-up of
 * the compiler allocates later does not start a collection in the midst of messages.
 *
 * V8 grows it when much survives a collection, hence the arrays that are kept for some rounds.
 */
export function settleHeap(): void {
  const kept: number[][] = []
  for (let round = 0; round < SETTLE_ROUNDS; round++) {
    for (let i = 0; i < SETTLE_ARRAYS; i++) kept.push(new Array<number>(64).fill(i))
    if (round % 4 === 3) kept.length = 0
  }
}
