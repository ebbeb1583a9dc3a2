import { FEED, FEED_LINE, LINE_STATE } from '../../account/feed-counters.js'
import { LINE } from '../../account/line-counters.js'
import { MAX_LINES } from '../../foundation/limits.js'
import { ZERO_NS } from '../../foundation/units.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import type { FeedReaderOptions } from '../reader/feed-reader-options.js'
import type { Notices } from './notices.js'

const CHECK_NS = 10e6

/** Watches the lines of a feed and tells the handler of what is no message. One thread. */
export class FeedAlarms {
  /** What the receivers of the lines count: `LINE`. Their interfaces are looked at. */
  readonly #received: readonly Float64Array[]
  readonly #counts: Float64Array
  readonly #lineCounts: readonly Float64Array[]
  readonly #tracker: GapTracker
  /** The limits, and how often they are looked at. Copied: in a rehearsal the object that holds them has another shape. */
  readonly #silentNs: number
  readonly #staleNs: number
  readonly #behindMessages: number
  readonly #checkNs: number
  readonly #notices: Notices
  /** Per line, what `#received` told last. */
  readonly #interfaces = new Float64Array(MAX_LINES)
  readonly #joins = new Float64Array(MAX_LINES)
  #nextCheckNs = ZERO_NS
  /** When it began to wait for the first datagram, and when that came. */
  #waitingSinceNs = ZERO_NS
  #startNs = ZERO_NS
  /** Where the session's end was said to be when that was told; NaN: it was not. */
  #toldEndAt = Number.NaN
  /** Whether silence is told, and not looked for. */
  #toldStale = false

  /** @param lineCounts of the lines, without that of the answers */
  constructor(
    { lines, state, watch }: FeedReaderOptions,
    lineCounts: readonly Float64Array[],
    tracker: GapTracker,
    notices: Notices,
  ) {
    this.#received = lines.map(({ counters }) => counters)
    this.#counts = state.counters
    this.#lineCounts = lineCounts
    this.#tracker = tracker
    this.#silentNs = watch.silentNs
    this.#staleNs = watch.staleNs
    this.#behindMessages = watch.behindMessages
    this.#checkNs = watch.checkNs ?? CHECK_NS
    this.#notices = notices
  }

  /** Looks at all lines, if it is time for that, by the tracker's clock. */
  check(): void {
    const { nowNs } = this.#tracker
    if (nowNs < this.#nextCheckNs) return
    this.#nextCheckNs = nowNs + this.#checkNs
    for (let i = 0; i < this.#received.length; i++) this.#checkInterface(i)
    let lastNs = 0
    for (let i = 0; i < this.#lineCounts.length; i++) {
      lastNs = Math.max(lastNs, this.#lineCounts[i][FEED_LINE.lastNs])
    }
    if (lastNs === 0) {
      if (this.#waitingSinceNs === 0) this.#waitingSinceNs = nowNs
      this.#checkFeed(nowNs - this.#waitingSinceNs)
      return
    }
    if (this.#startNs === 0) this.#startNs = lastNs
    for (let i = 0; i < this.#lineCounts.length; i++) this.#checkLine(i, lastNs)
    this.#checkRival()
    this.#checkFeed(nowNs - lastNs)
  }

  /** The publisher said that it has sent its last; it says so several times. */
  noteEnd(): void {
    // What was told before and has been passed was none.
    if (this.#toldEndAt === this.#tracker.endedAt) return
    this.#toldEndAt = this.#tracker.endedAt
    this.#counts[FEED.sessionEnds] += 1
    this.#notices.status('end-of-session', -1, this.#tracker.next, this.#tracker.missing())
  }

  /** The publisher restarted. */
  noteSession(): void {
    this.#toldEndAt = Number.NaN
    this.#notices.status('session', -1, this.#tracker.sequence, 0)
  }

  /** Somebody who hears the feed elsewhere says that it is silent there, or heard again. */
  noteStale(stale: boolean): void {
    this.#toldStale = true
    this.#setStale(stale ? 1 : 0)
  }

  /** Messages are missing and nothing waits for them. */
  noteMissing(first: number, count: number): void {
    this.#notices.status('missing', -1, first, count)
  }

  /** The interface on which a line's group was joined may go away, and come back as another one. */
  #checkInterface(line: number): void {
    const index = this.#received[line][LINE.interfaceIndex]
    const joins = this.#received[line][LINE.joins]
    const left = index === 0 && this.#interfaces[line] !== 0
    const joined = joins !== this.#joins[line]
    this.#interfaces[line] = index
    this.#joins[line] = joins
    if (left) this.#notices.status('line-left', line, this.#tracker.next, 0)
    if (joined) this.#notices.status('line-joined', line, this.#tracker.next, 0)
  }

  #checkLine(line: number, newestNs: number): void {
    const counts = this.#lineCounts[line]
    const sinceNs = Math.max(counts[FEED_LINE.lastNs], this.#startNs)
    const lag = this.#tracker.lag(line)
    let state: number = LINE_STATE.live
    if (newestNs - sinceNs > this.#silentNs) state = LINE_STATE.silent
    else if (lag > this.#behindMessages) state = LINE_STATE.behind
    if (state === counts[FEED_LINE.state]) return
    counts[FEED_LINE.state] = state
    const next = this.#tracker.next
    const behind = Number.isNaN(lag) ? 0 : lag
    if (state === LINE_STATE.silent) {
      counts[FEED_LINE.silentAlarms] += 1
      this.#notices.status('line-silent', line, next, behind)
    } else if (state === LINE_STATE.behind) {
      counts[FEED_LINE.behindAlarms] += 1
      this.#notices.status('line-behind', line, next, behind)
    } else {
      this.#notices.status('line-live', line, next, behind)
    }
  }

  #checkRival(): void {
    const rival = this.#tracker.hasRival ? 1 : 0
    if (rival === this.#counts[FEED.rival]) return
    this.#counts[FEED.rival] = rival
    this.#counts[FEED.rivalAlarms] += rival
    const kind = rival === 1 ? 'second-stream' : 'single-stream'
    this.#notices.status(kind, this.#tracker.rivalLine, this.#tracker.next, 0)
  }

  #checkFeed(silentNs: number): void {
    if (this.#toldStale) return
    // After the end of a session silence is what is expected, unless something came behind it.
    this.#setStale(silentNs > this.#staleNs && !this.#tracker.hasEnded ? 1 : 0)
  }

  #setStale(stale: number): void {
    if (stale === this.#counts[FEED.stale]) return
    this.#counts[FEED.stale] = stale
    this.#counts[FEED.staleAlarms] += stale
    this.#notices.status(
      stale === 1 ? 'stale' : 'live',
      -1,
      this.#tracker.next,
      this.#tracker.missing(),
    )
  }
}
