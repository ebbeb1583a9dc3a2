import { GCProfiler, type GCProfilerResult } from 'node:v8'
import { THREAD } from '../../account/thread-counters.js'

/**
 * Counts this thread's garbage collections from the first message to the end of the hot loop.
 *
 * The profiler's entries can be taken at any time, without an event loop. Taking them costs some
 * microseconds, and some hundred bytes of the very memory that is collected: so it is done seldom, and
 * only after a turn that was long enough to hold a collection.
 */
export class CollectionCounter {
  readonly #profiler = new GCProfiler()
  readonly #counters: Float64Array | undefined
  /** What was taken last. Kept: code that reads such is thrown away with the last object of this shape. */
  #taken: GCProfilerResult | undefined
  #counted = 0
  #counting = false

  /** @param counters of the thread, as THREAD lays them out, for those who look on; undefined: nobody does */
  constructor(counters?: Float64Array) {
    this.#counters = counters
    if (counters !== undefined) counters[THREAD.collectionsCounted] = 1
    // The first use loads what later ones find.
    this.#profiler.start()
    this.#taken = this.#profiler.stop()
  }

  /** The first message has come. */
  begin(): void {
    if (this.#counting) return
    this.#counting = true
    this.#profiler.start()
  }

  /** Counts what there was since it was asked last. */
  poll(): void {
    if (!this.#counting) return
    this.#take()
    this.#profiler.start()
  }

  /** The hot loop is over. */
  end(): void {
    if (!this.#counting) return
    this.#counting = false
    this.#take()
  }

  /** Nothing is to be counted any more. */
  disconnect(): void {
    if (this.#counting) this.#profiler.stop()
    this.#counting = false
  }

  /** The number of collections between begin and end; 0 if nothing began. */
  get count(): number {
    return this.#counted
  }

  #take(): void {
    this.#taken = this.#profiler.stop()
    this.#counted += this.#taken?.statistics.length ?? 0
    if (this.#counters !== undefined) this.#counters[THREAD.collections] = this.#counted
  }
}
