import type { Framing } from '../wire/framing.js'

/** A publisher that falls back by more than this has begun again; by less, a datagram was late. */
const REORDER_MESSAGES = 65_536

/** What a datagram is to the stream of those before it. */
export type Place = 'new' | 'old' | 'restart'

/**
 * Follows the sequences of one stream of a recording: counts gaps, restarts and what was there before.
 * A recording is read once and nothing in it can be asked for again, so nothing is held back.
 */
export class RunFollower {
  gaps = 0
  missing = 0
  restarts = 0
  /** Messages that were there before. */
  duplicates = 0
  readonly #framing: Framing
  #next = Number.NaN
  #session = Number.NaN

  constructor(framing: Framing) {
    this.#framing = framing
  }

  /** Looks at the datagram that the framing has open. */
  follow(): Place {
    const { sequence, messageCount, session } = this.#framing
    if (Number.isNaN(this.#next)) return this.#begin(session, sequence + messageCount, 'new')
    if (session !== this.#session) return this.#restart(session, sequence + messageCount)
    const ahead = this.#distance(sequence)
    if (ahead >= 0) {
      // A heartbeat tells what was sent before it.
      if (ahead > 0) {
        this.gaps++
        this.missing += ahead
      }
      return this.#begin(session, sequence + messageCount, 'new')
    }
    if (messageCount === 0) return 'old'
    const fromTheFirst = sequence === this.#framing.initialSequence && -ahead > messageCount
    if (fromTheFirst || -ahead > REORDER_MESSAGES) {
      return this.#restart(session, sequence + messageCount)
    }
    this.duplicates += messageCount
    return 'old'
  }

  #restart(session: number, next: number): Place {
    this.restarts++
    return this.#begin(session, next, 'restart')
  }

  #begin(session: number, next: number, place: Place): Place {
    this.#session = session
    this.#next = next
    return place
  }

  #distance(sequence: number): number {
    const distance = sequence - this.#next
    return this.#framing.sequenceBits === 32 ? distance | 0 : distance
  }
}
