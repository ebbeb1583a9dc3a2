import { atMost } from '../../foundation/at-most.js'
import { deferred } from '../../foundation/deferred.js'

/** Who scrapes more often than this gets the last figures too; nobody is waited for longer. */
const FREQUENT_MS = 1000

/** Lets somebody who scrapes often see the figures with which a run ended. */
export class ScrapeWatch {
  readonly #seen = deferred<void>()
  #lastMs = Number.NEGATIVE_INFINITY

  /** @param final whether the scrape had the run's last figures */
  note(final: boolean): void {
    this.#lastMs = performance.now()
    if (final) this.#seen.resolve()
  }

  /** Settles when the last figures were fetched, or nobody is likely to. */
  async seenTheEnd(): Promise<void> {
    if (performance.now() - this.#lastMs > FREQUENT_MS) return
    await atMost(FREQUENT_MS, this.#seen.promise)
  }
}
