import { FEED } from '../../account/feed-counters.js'
import type { Skip } from '../handler.js'

type OnSkip = ((skip: Skip) => void) | undefined

/** Tells the handler of messages that were skipped, with one object for all. One thread. */
export class SkipReporter {
  /** What onSkip threw first, if it did; the account goes on without it. */
  problem: unknown
  readonly #counts: Float64Array
  readonly #onSkip: OnSkip
  readonly #skip: { -readonly [Key in keyof Skip]: Skip[Key] }
  /** Of a run that was not told of yet: it may go on. */
  #first = 0
  #next = 0
  #count = 0

  constructor(counts: Float64Array, reason: Skip['reason'], onSkip: OnSkip) {
    this.#counts = counts
    this.#onSkip = onSkip
    this.#skip = { firstSequence: 0, lastSequence: 0, count: 0, reason }
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
    this.#skip.firstSequence = this.#first
    this.#skip.lastSequence = this.#next - 1
    this.#skip.count = this.#count
    this.#count = 0
    this.#tell()
  }

  /** Tells of what was skipped before the entry that a table has just taken out. */
  tellBefore(entry: {
    readonly skipFirst: number
    readonly skipLast: number
    readonly skipCount: number
  }): void {
    if (entry.skipCount === 0) return
    this.#skip.firstSequence = entry.skipFirst
    this.#skip.lastSequence = entry.skipLast
    this.#skip.count = entry.skipCount
    this.#tell()
  }

  #tell(): void {
    this.#counts[FEED.skips] += 1
    if (this.#onSkip === undefined) return
    try {
      this.#onSkip(this.#skip)
    } catch (error) {
      this.problem ??= error
    }
  }
}
