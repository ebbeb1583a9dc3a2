import type { SendOptions } from '../../run/options/send-options.js'
import { measureNativeRing, measureRing, type RingSample } from './ring-alone.js'
import { median, medianRatio, type Spread, spread } from './statistics.js'
import type { Sample, Subject } from './subjects.js'

/** What a subject did in all rounds of a scenario. */
export interface SubjectResult {
  readonly subject: string
  readonly perSecond: Spread | null
  readonly lossPercent: Spread | null
  readonly latencyNs: {
    readonly p50: number | null
    readonly p99: number | null
    readonly p999: number | null
    readonly max: number | null
  }
  /** Medians of the ratios round by round, to the C program; null without one. */
  readonly rateToC: number | null
  readonly p50ToC: number | null
  readonly p99ToC: number | null
  readonly rateToDgram: number | null
  readonly p50ToDgram: number | null
  /** Garbage collections in hot threads, over all rounds; null where none are counted. */
  readonly collections: number | null
  /** Whether every message of every round is in the account; null where there is none. */
  readonly accounted: boolean | null
}

export interface ScenarioResult {
  readonly name: string
  readonly results: readonly SubjectResult[]
}

const C_NAME = /^C /

/** Puts all subjects through the same stream, in turn, several times. */
export async function runScenario(
  name: string,
  subjects: readonly Subject[],
  stream: SendOptions,
  rounds: number,
  onSample: (subject: string, sample: Sample) => void,
): Promise<ScenarioResult> {
  const samples = new Map<string, Sample[]>(subjects.map((subject) => [subject.name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      const sample = await subject.measure(stream)
      samples.get(subject.name)?.push(sample)
      onSample(subject.name, sample)
    }
  }
  const c = [...samples].find(([subject]) => C_NAME.test(subject))?.[1] ?? []
  const dgram = samples.get('node:dgram') ?? []
  return { name, results: [...samples].map(([subject, own]) => summary(subject, own, c, dgram)) }
}

function summary(
  subject: string,
  own: readonly Sample[],
  c: readonly Sample[],
  dgram: readonly Sample[],
): SubjectResult {
  const rate = (sample: Sample) => sample.perSecond
  const p50 = (sample: Sample) => sample.latencyNs.p50
  const p99 = (sample: Sample) => sample.latencyNs.p99
  const ratio = (figure: (sample: Sample) => number | null, base: readonly Sample[]) =>
    medianRatio(own.map(figure), base.map(figure))
  const middle = (figure: (sample: Sample) => number | null) =>
    median(own.map(figure).filter((value) => value !== null))
  return {
    subject,
    perSecond: spread(own.map(rate)),
    lossPercent: spread(own.map((sample) => sample.lossPercent)),
    latencyNs: {
      p50: middle(p50),
      p99: middle(p99),
      p999: middle((sample) => sample.latencyNs.p999),
      max: middle((sample) => sample.latencyNs.max),
    },
    rateToC: ratio(rate, c),
    p50ToC: ratio(p50, c),
    p99ToC: ratio(p99, c),
    rateToDgram: ratio(rate, dgram),
    p50ToDgram: ratio(p50, dgram),
    collections: own.some((sample) => sample.collections === null)
      ? null
      : own.reduce((sum, sample) => sum + (sample.collections ?? 0), 0),
    accounted: own.some((sample) => sample.accounted === null)
      ? null
      : own.every((sample) => sample.accounted === true),
  }
}

/** The slot ring alone, and the C++ one. */
export interface RingResults {
  readonly messages: number
  readonly tickwire: Spread | null
  readonly native: Spread | null
  readonly ratio: number | null
  /** Of the messages of all rounds; one out of its order counts as both. */
  readonly lost: number
  readonly doubled: number
}

export async function runRing(
  program: string | undefined,
  messages: number,
  rounds: number,
): Promise<RingResults> {
  const own: RingSample[] = []
  const native: number[] = []
  for (let round = 0; round < rounds; round++) {
    own.push(await measureRing(messages))
    if (program !== undefined) native.push(await measureNativeRing(program, messages))
  }
  const rates = own.map(({ perSecond }) => perSecond)
  return {
    messages,
    tickwire: spread(rates),
    native: spread(native),
    ratio: medianRatio(rates, native),
    lost: own.reduce((sum, { lost }) => sum + lost, 0),
    doubled: own.reduce((sum, { doubled }) => sum + doubled, 0),
  }
}
