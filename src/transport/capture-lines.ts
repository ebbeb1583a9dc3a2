import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { CaptureReader } from '../capture/capture-reader.js'
import type { SessionEpoch } from '../foundation/clock.js'
import { NS_PER_MS, NS_PER_SECOND, ZERO_NS } from '../foundation/units.js'
import { CaptureClock, CaptureSource, type CaptureTurn } from './capture-source.js'

/**
 * The first look at what time alone brings about, this long after a packet that no other follows; the
 * next ones after twice, four times … as long, up to the next packet.
 */
const FIRST_LOOK_NS = NS_PER_MS
/** A sleep is broken off this long before its end: the rest is waited for turn by turn. */
const SLEEP_SLACK_MS = 2
const SLEEP_MAX_MS = 100

/**
 * The recordings of a feed's lines, merged by the time at which their packets were captured; those of
 * equal time in the order of the lines. One thread.
 *
 * ```ts
 * for (;;) {
 *   while (loop.doWork() > 0 || lines.proceed());
 *   if (!(await lines.wait())) break
 * }
 * ```
 *
 * What happens depends on the recordings alone: not on the pieces that their bytes come in, and not on
 * how fast they are handled.
 */
export class CaptureLines implements CaptureTurn {
  readonly sources: readonly CaptureSource[]
  readonly clock: CaptureClock
  /** What went wrong with a recording; nothing is taken from any behind it. */
  problem: unknown
  readonly #readers: readonly CaptureReader[]
  readonly #epochSeconds: number
  readonly #speed: number
  readonly #ready: boolean[]
  readonly #finished: boolean[]
  #turn = -1
  #hungry = -1
  #looking = false
  #stepNs = FIRST_LOOK_NS
  #started = false
  #over = false
  #pausing = false
  /** When a paced run took its first datagram, on both clocks. */
  #startMs = Number.NaN
  #startNs = ZERO_NS

  /**
   * @param speed of recorded time; 0: as fast as it goes
   * @param iexTp whether the datagrams are of IEX-TP
   */
  constructor(
    readers: readonly CaptureReader[],
    epoch: SessionEpoch,
    speed: number,
    iexTp: boolean,
  ) {
    this.#readers = readers
    this.#epochSeconds = epoch.unixSeconds
    this.#speed = speed
    this.#ready = readers.map(() => false)
    this.#finished = readers.map(() => false)
    this.sources = readers.map((reader, line) => new CaptureSource(reader, this, line, iexTp))
    this.clock = new CaptureClock(NS_PER_SECOND)
  }

  choose(): number {
    if (this.#turn >= 0) return this.#turn
    if (this.#over || this.#looking || this.#pausing || this.#hungry >= 0) return -1
    let earliest = -1
    for (let line = 0; line < this.sources.length; line++) {
      if (!this.#ready[line] && !this.#finished[line] && !this.#advance(line)) return -1
      if (!this.#ready[line]) continue
      const { timeNs } = this.sources[line]
      if (earliest < 0 || timeNs < this.sources[earliest].timeNs) earliest = line
    }
    if (earliest < 0) {
      this.#over = true
      return -1
    }
    if (!this.#isTime(this.sources[earliest].timeNs)) return -1
    this.#turn = earliest
    return earliest
  }

  pass(): void {
    if (this.#turn >= 0) this.#ready[this.#turn] = false
    this.#turn = -1
  }

  /** Whether there is more to do at once, although the last turn did nothing. */
  proceed(): boolean {
    if (!this.#looking) return this.#turn >= 0
    this.#looking = false
    return true
  }

  /** Waits for bytes, or for the time of the next datagram; false when all recordings are at their end. */
  async wait(): Promise<boolean> {
    if (this.#over) return false
    if (this.#pausing) {
      this.#pausing = false
      await pause(this.#dueMs())
    } else if (this.#hungry >= 0) {
      const line = this.#hungry
      this.#hungry = -1
      try {
        if (!(await this.#readers[line].fill())) this.#finished[line] = true
      } catch (error) {
        this.#fail(error)
      }
    }
    return true
  }

  /** Nothing more is taken. */
  end(): void {
    this.#over = true
    this.#turn = -1
  }

  /** Makes the next datagram of a line ready; false if it needs bytes. */
  #advance(line: number): boolean {
    const reader = this.#readers[line]
    try {
      if (!reader.next()) {
        this.#hungry = line
        return false
      }
    } catch (error) {
      this.#fail(error)
      return false
    }
    const seconds = reader.seconds - this.#epochSeconds
    this.sources[line].timeNs = seconds * NS_PER_SECOND + reader.nanoseconds
    this.#ready[line] = true
    return true
  }

  /** Sets the clock to the next datagram's time; false where something else comes before it. */
  #isTime(timeNs: number): boolean {
    if (this.#started && timeNs - this.clock.ns > this.#stepNs) {
      this.clock.ns += this.#stepNs
      this.#stepNs *= 2
      this.#looking = true
      return false
    }
    if (this.#speed > 0 && !this.#isDue(timeNs)) {
      this.#pausing = true
      return false
    }
    this.#started = true
    this.#stepNs = FIRST_LOOK_NS
    this.clock.ns = timeNs
    return true
  }

  #nextNs = ZERO_NS

  #isDue(timeNs: number): boolean {
    if (Number.isNaN(this.#startMs)) {
      this.#startMs = performance.now()
      this.#startNs = timeNs
    }
    this.#nextNs = timeNs
    return performance.now() >= this.#dueMs()
  }

  #dueMs(): number {
    return this.#startMs + (this.#nextNs - this.#startNs) / NS_PER_MS / this.#speed
  }

  #fail(error: unknown): void {
    this.problem ??= error
    this.#over = true
  }
}

/** Waits until a moment of `performance.now()`, or a part of the time until then. */
async function pause(untilMs: number): Promise<void> {
  const leftMs = untilMs - performance.now() - SLEEP_SLACK_MS
  if (leftMs > 0) await sleep(Math.min(leftMs, SLEEP_MAX_MS))
  else await nextTurn()
}
