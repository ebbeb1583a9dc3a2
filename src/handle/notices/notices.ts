import type { BookTop } from '../../account/top-section.js'
import type { LossReason } from '../../sequence/gap-table.js'
import type { FeedStatus, Gap, Skip } from '../handler.js'

/** Whom to tell what is no message. Each object is valid only during the call. */
export interface Listener {
  readonly onGap?: ((gap: Gap) => void) | undefined
  readonly onStatus?: ((status: FeedStatus) => void) | undefined
  readonly onSkip?: ((skip: Skip) => void) | undefined
  readonly onTop?: ((top: BookTop) => void) | undefined
  /** Of books alone: messages that are about instruments of other shards. */
  readonly onElsewhere?: ((first: number, count: number) => void) | undefined
}

/** A gap with the messages of it by cause, in the places that LOSS has. The object is used again. */
export interface ReportedGap extends Gap {
  readonly parts: Float64Array
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/**
 * Tells a listener of gaps, statuses and skipped messages, with one object each, and keeps what it threw: the
 * account goes on without it. One thread; no allocation for each.
 */
export class Notices {
  /** What the listener threw first, if it did. */
  problem: unknown
  readonly #listener: Listener
  readonly #gap: Writable<Gap> = { firstSequence: 0, count: 0, reason: 'network' }
  readonly #status: Writable<FeedStatus> = { kind: 'live', line: -1, sequence: 0, count: 0 }
  readonly #skip: Writable<Skip> = { firstSequence: 0, lastSequence: 0, count: 0, reason: 'behind' }

  /** @param parts of the gap that is told of, for those who look into `ReportedGap` */
  constructor(listener: Listener, parts?: Float64Array) {
    this.#listener = listener
    // Not among what a handler that copies the object gets.
    if (parts !== undefined) Object.defineProperty(this.#gap, 'parts', { value: parts })
  }

  gap(firstSequence: number, count: number, reason: LossReason): void {
    this.#gap.firstSequence = firstSequence
    this.#gap.count = count
    this.#gap.reason = reason
    this.tellGap(this.#gap)
  }

  status(kind: FeedStatus['kind'], line: number, sequence: number, count: number): void {
    this.#status.kind = kind
    this.#status.line = line
    this.#status.sequence = sequence
    this.#status.count = count
    this.tellStatus(this.#status)
  }

  skip(firstSequence: number, lastSequence: number, count: number, reason: Skip['reason']): void {
    this.#skip.firstSequence = firstSequence
    this.#skip.lastSequence = lastSequence
    this.#skip.count = count
    this.#skip.reason = reason
    try {
      this.#listener.onSkip?.(this.#skip)
    } catch (error) {
      this.problem ??= error
    }
  }

  /** Behind a bridge, before the first message. */
  top(top: BookTop): void {
    try {
      this.#listener.onTop?.(top)
    } catch (error) {
      this.problem ??= error
    }
  }

  elsewhere(first: number, count: number): void {
    this.#listener.onElsewhere?.(first, count)
  }

  tellGap(gap: Gap): void {
    try {
      this.#listener.onGap?.(gap)
    } catch (error) {
      this.problem ??= error
    }
  }

  tellStatus(status: FeedStatus): void {
    try {
      this.#listener.onStatus?.(status)
    } catch (error) {
      this.problem ??= error
    }
  }
}
