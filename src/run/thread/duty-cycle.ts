import { PerformanceObserver, performance } from 'node:perf_hooks'
import type { IdleStrategy } from '../../ring/idle-strategy.js'
import type { Heartbeat } from './heartbeat.js'

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
  heartbeat: Heartbeat,
): void {
  heartbeat.begin()
  while (!over()) {
    const work = agent.doWork()
    idle.idle(work)
    if (work > 0) {
      heartbeat.busy()
      onFirstWork()
      break
    }
    heartbeat.rested()
  }
  while (!over()) {
    const work = agent.doWork()
    if (work > 0) heartbeat.busy()
    idle.idle(work)
    if (work === 0) heartbeat.rested()
  }
  heartbeat.end()
}

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

  /** Nothing is to be counted any more. */
  disconnect(): void {
    this.#observer.disconnect()
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
