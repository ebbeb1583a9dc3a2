import { FEED } from '../../account/feed-counters.js'
import type { Skip } from '../handler.js'
import type { Notices } from './notices.js'

/** Gathers messages that were skipped, and tells the handler of a run of them at once. One thread. */
export class SkippedRuns {
  readonly #counts: Float64Array
  readonly #reason: Skip['reason']
  readonly #notices: Notices
  /** Of a run that was not told of yet: it may go on. */
  #first = 0
  #next = 0
  #count = 0

  constructor(counts: Float64Array, reason: Skip['reason'], notices: Notices) {
    this.#counts = counts
    this.#reason = reason
    this.#notices = notices
  }

  /** Adds `count` messages that follow one another to the run, or begins another one with them. */
  note(at: { readonly first: number }, count: number): void {
    if (this.#count > 0 && at.first !== this.#next) this.tellRun()
    if (this.#count === 0) this.#first = at.first
    this.#next = at.first + count
    this.#count += count
  }

  /** Tells of messages that follow one another at once. */
  tell(at: { readonly first: number }, count: number): void {
    this.note(at, count)
    this.tellRun()
  }

  /** Tells of the run, if there is one. */
  tellRun(): void {
    if (this.#count === 0) return
    const count = this.#count
    this.#count = 0
    this.#tell(this.#first, this.#next - 1, count)
  }

  /** Tells of what was skipped before the entry that a table has just taken out. */
  tellBefore(entry: {
    readonly skipFirst: number
    readonly skipLast: number
    readonly skipCount: number
  }): void {
    if (entry.skipCount > 0) this.#tell(entry.skipFirst, entry.skipLast, entry.skipCount)
  }

  #tell(first: number, last: number, count: number): void {
    this.#counts[FEED.skips] += 1
    this.#notices.skip(first, last, count, this.#reason)
  }
}
