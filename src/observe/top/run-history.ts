import type { HistogramSnapshot } from '../../account/histogram.js'
import type { RunReading } from '../counters-reader.js'

/** As many as the widest sparkline shows. */
const KEPT_SAMPLES = 120

/** What a run counted up to a moment. */
export interface RunCounts {
  readonly messages: number
  readonly datagrams: number
  readonly bytes: number
  readonly delivered: number
  readonly lost: number
  readonly recovered: number
  readonly gaps: number
}

/** A run between two looks. */
export interface RunSample {
  readonly messagesPerSecond: number
  readonly datagramsPerSecond: number
  readonly lostPerSecond: number
  /** Of the messages between the two looks; null if there were none. */
  readonly p50Ns: number | null
  readonly p99Ns: number | null
}

/** One run as it was seen so far: its last reading, rates between looks, and what counts from a reset on. */
export class RunHistory {
  #reading: RunReading
  #atMs: number
  #latency: HistogramSnapshot | undefined
  #base: RunCounts
  #samples: RunSample[] = []

  constructor(reading: RunReading, nowMs: number) {
    this.#reading = reading
    this.#atMs = nowMs
    this.#latency = latencyOf(reading)
    // From the beginning of the run, until somebody resets.
    this.#base = NOTHING
  }

  get reading(): RunReading {
    return this.#reading
  }

  get samples(): readonly RunSample[] {
    return this.#samples
  }

  /** The newest rates; undefined before the second look. */
  get last(): RunSample | undefined {
    return this.#samples.at(-1)
  }

  /** What was counted since the reset; since the start of the run, if there was none. */
  get sinceReset(): RunCounts {
    return difference(countsOf(this.#reading), this.#base)
  }

  get wasReset(): boolean {
    return this.#base !== NOTHING
  }

  add(reading: RunReading, nowMs: number): void {
    const seconds = (nowMs - this.#atMs) / 1000
    if (seconds <= 0) return
    const moved = difference(countsOf(reading), countsOf(this.#reading))
    const latency = latencyOf(reading)
    const between =
      latency === undefined || this.#latency === undefined
        ? undefined
        : latency.since(this.#latency)
    this.#samples.push({
      messagesPerSecond: moved.messages / seconds,
      datagramsPerSecond: moved.datagrams / seconds,
      lostPerSecond: moved.lost / seconds,
      p50Ns: between?.percentile(50) ?? null,
      p99Ns: between?.percentile(99) ?? null,
    })
    if (this.#samples.length > KEPT_SAMPLES) this.#samples = this.#samples.slice(-KEPT_SAMPLES)
    this.#reading = reading
    this.#latency = latency
    this.#atMs = nowMs
  }

  /** From now on counts are shown from here. */
  reset(): void {
    this.#base = countsOf(this.#reading)
  }
}

const NOTHING: RunCounts = {
  ...{ messages: 0, datagrams: 0, bytes: 0, delivered: 0, lost: 0, recovered: 0, gaps: 0 },
}

function countsOf({ report }: RunReading): RunCounts {
  if (report === null) return NOTHING
  if (report.command === 'receive') {
    const { messages, datagrams, delivered, ledger, gaps } = report
    const { lost, recovered } = ledger
    return { messages, datagrams, bytes: 0, delivered, lost: lost.total, recovered, gaps }
  }
  const { messages, datagrams, payloadBytes, refused } = report
  return {
    ...NOTHING,
    ...{ messages: messages ?? datagrams, datagrams, bytes: payloadBytes, lost: refused },
  }
}

function difference(now: RunCounts, before: RunCounts): RunCounts {
  const names = Object.keys(NOTHING) as (keyof RunCounts)[]
  const moved = names.map((name) => [name, Math.max(0, now[name] - before[name])])
  return Object.fromEntries(moved) as unknown as RunCounts
}

function latencyOf(reading: RunReading): HistogramSnapshot | undefined {
  return reading.histogram('latency') ?? reading.histogram('pace error')
}
