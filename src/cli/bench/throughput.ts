import type { SendOptions } from '../../run/options/send-options.js'
import { median } from './statistics.js'
import type { Sample, Subject } from './subjects.js'

/** A trial lasts as long, and a rate passes if one of so many trials loses nothing. */
const TRIAL_SECONDS = 1
const TRIALS = 3
/** Halvings of the distance between a rate that passed and one that did not. */
const BISECTIONS = 4
const LEAST_RATE = 1000
/** A sender that reaches less than this of what was asked is at its own limit. */
const REACHED = 0.95

/** What is sent: one kind of datagrams, at rates that begin with `startRate`. */
export interface ThroughputStream {
  readonly name: string
  readonly options: SendOptions
  readonly startRate: number
}

export const THROUGHPUT_STREAMS: readonly ThroughputStream[] = [
  { name: 'singles', options: { batch: 32 }, startRate: 100_000 },
  { name: 'trains', options: { batch: 64, gso: true }, startRate: 1_000_000 },
]

/** The highest rates without any loss, of one kind of datagrams. */
export interface ThroughputResult {
  readonly name: string
  readonly results: readonly ThroughputRow[]
}

export interface ThroughputRow {
  readonly subject: string
  /** Messages per second, median of the rounds; null if not even the least rate passed. */
  readonly perSecond: number | null
  /** Whether the sender could not go faster, in any round: the receiver may be able to take more. */
  readonly atSendersLimit: boolean
  readonly toC: number | null
  readonly toDgram: number | null
}

interface Highest {
  readonly perSecond: number | null
  readonly atSendersLimit: boolean
}

/**
 * Finds the throughput of receivers as RFC 2544 defines it in section 26.1: the highest rate at which
 * nothing is lost. Rates are doubled until one fails, then the distance is halved.
 */
export async function runThroughput(
  stream: ThroughputStream,
  subjects: readonly Subject[],
  rounds: number,
  onTrial: (subject: string, rate: number, sample: Sample) => void,
): Promise<ThroughputResult> {
  const found = new Map<string, Highest[]>(subjects.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      found.get(subject.name)?.push(await findHighest(stream, subject, onTrial))
    }
  }
  const rates = [...found].map(([subject, highest]) => ({
    subject,
    perSecond: median(highest.map(({ perSecond }) => perSecond).filter((rate) => rate !== null)),
    atSendersLimit: highest.some(({ atSendersLimit }) => atSendersLimit),
  }))
  const c = rates.find(({ subject }) => subject.startsWith('C '))?.perSecond ?? null
  const dgram = rates.find(({ subject }) => subject === 'node:dgram')?.perSecond ?? null
  const ratio = (rate: number | null, base: number | null) =>
    rate === null || base === null ? null : rate / base
  return {
    name: stream.name,
    results: rates.map((row) => ({
      ...row,
      toC: ratio(row.perSecond, c),
      toDgram: ratio(row.perSecond, dgram),
    })),
  }
}

async function findHighest(
  { options, startRate }: ThroughputStream,
  subject: Subject,
  onTrial: (subject: string, rate: number, sample: Sample) => void,
): Promise<Highest> {
  /** The rate that was reached; null if no trial passed. */
  const tryRate = async (rate: number): Promise<number | null> => {
    for (let trial = 0; trial < TRIALS; trial++) {
      const sample = await subject.measure({
        ...options,
        rate,
        count: Math.ceil(rate * TRIAL_SECONDS),
      })
      onTrial(subject.name, rate, sample)
      if (sample.sent > 0 && sample.received === sample.sent) return sample.perSecond
    }
    return null
  }
  let passed: number | null = null
  let asked = startRate
  let failed = Number.POSITIVE_INFINITY
  while (failed === Number.POSITIVE_INFINITY) {
    const reached = await tryRate(asked)
    if (reached === null) failed = asked
    else if (reached < REACHED * asked) return { perSecond: reached, atSendersLimit: true }
    else {
      passed = reached
      asked *= 2
    }
  }
  while (passed === null && failed > LEAST_RATE) {
    const reached = await tryRate(failed / 2)
    if (reached === null) failed /= 2
    else passed = reached
  }
  if (passed === null) return { perSecond: null, atSendersLimit: false }
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = Math.round((passed + failed) / 2)
    const reached = await tryRate(middle)
    if (reached === null) failed = middle
    else if (reached < REACHED * middle) return { perSecond: reached, atSendersLimit: true }
    else passed = reached
  }
  return { perSecond: passed, atSendersLimit: false }
}
