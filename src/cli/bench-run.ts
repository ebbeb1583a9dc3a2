import { currentEpoch } from '../foundation/clock.js'
import { messageOf } from '../foundation/errors.js'
import { OutputFile } from '../foundation/output-file.js'
import { formatRate } from '../observe/format.js'
import type { SendOptions } from '../run/options/send-options.js'
import { parseEndpoint } from '../transport/endpoint.js'
import { openMappedLine } from '../transport/mapped-line.js'
import { runLines } from './bench/lines.js'
import { runLoad } from './bench/load.js'
import { describeMachine } from './bench/machine.js'
import { compilePeers, type Peers } from './bench/peers.js'
import { plotBench } from './bench/plot.js'
import { runReading } from './bench/reading/reading.js'
import type { BenchReport } from './bench/report.js'
import { runRing, runScenario, type ScenarioResult } from './bench/scenarios.js'
import { createSubjects, type Subject, type Subjects } from './bench/subjects.js'
import { benchTables, sampleText } from './bench/tables.js'
import { runThroughput, THROUGHPUT_STREAMS, type ThroughputResult } from './bench/throughput.js'
import type { BENCH_FLAGS, BenchPart } from './bench-flags.js'
import type { Flags } from './command.js'
import { exitOnSignalTelling, type Output } from './output.js'

/** How much the bench does. */
interface BenchScale {
  readonly floodCount: number
  readonly cutCount: number
  readonly pacedCount: number
  readonly pacedRate: number
  readonly trainCount: number
  readonly ringMessages: number
  readonly linesCount: number
  readonly linesRate: number
  readonly loadRates: readonly number[]
  /** Of what the reading side reads in a round. */
  readonly readingShare: number
}

const FULL: BenchScale = {
  floodCount: 500_000,
  cutCount: 1_000_000,
  pacedCount: 100_000,
  pacedRate: 100_000,
  trainCount: 5_000_000,
  ringMessages: 20_000_000,
  linesCount: 40_000,
  linesRate: 40_000,
  loadRates: [1000, 10_000, 100_000, 500_000, 1_000_000],
  readingShare: 1,
}

const QUICK: BenchScale = {
  floodCount: 50_000,
  cutCount: 50_000,
  pacedCount: 10_000,
  pacedRate: 20_000,
  trainCount: 200_000,
  ringMessages: 1_000_000,
  linesCount: 8000,
  linesRate: 40_000,
  loadRates: [10_000, 100_000],
  readingShare: 0.05,
}

/** Takes minutes: measured only if it is named. */
const ONLY_IF_NAMED: BenchPart = 'throughput'

const DEFAULT_ROUNDS = 3
/** Lines are compared with nobody else: a round of theirs for so many of the others. */
const ROUNDS_PER_LINES_ROUND = 3

/** `tickwire bench`. */
export async function runBench(flags: Flags<typeof BENCH_FLAGS>, output: Output): Promise<void> {
  const rounds = flags.rounds ?? (flags.quick === true ? 1 : DEFAULT_ROUNDS)
  const svg = flags.svg === undefined ? undefined : new OutputFile(flags.svg)
  exitOnSignalTelling(output)
  const peers = await compilePeers()
  try {
    const scale = flags.quick === true ? QUICK : FULL
    const wants = (part: BenchPart) =>
      flags.only === undefined ? part !== ONLY_IF_NAMED : part === flags.only
    const report = await measureAll(scale, rounds, wants, peers, output)
    svg?.write(plotBench(report))
    output.report(report, () => benchTables(report))
  } finally {
    svg?.discard()
    peers.remove()
  }
}

async function measureAll(
  scale: BenchScale,
  rounds: number,
  wants: (part: BenchPart) => boolean,
  peers: Peers,
  output: Output,
): Promise<BenchReport> {
  const machine = describeMachine()
  const noMapped = mappedProblem()
  output.say(`${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, Node ${machine.node}`)
  output.say(
    `noise: others took ${machine.noisePercent} % of a spinning loop, ${machine.longestPauseMs} ms at the longest`,
  )
  if (peers.receive === undefined)
    output.say('no C compiler: nothing to compare with but node:dgram')
  if (peers.bun === undefined) output.say('no bun on the PATH: it is left out')
  if (noMapped !== undefined) output.say(`the mapped transport is left out: ${noMapped}`)
  const all = createSubjects(peers, noMapped === undefined)
  const singles = present([all.c, all.socket, all.inline, all.mapped, all.dgram, all.bun])
  const trains = present([all.cGro, all.gro, all.dgram])
  const run = (name: string, subjects: Subject[], stream: SendOptions) =>
    runScenario(name, subjects, stream, rounds, (subject, sample) =>
      output.say(`  ${name}: ${subject}: ${sampleText(sample)}`),
    )
  const scenarios: ScenarioResult[] = []
  const floods: readonly [BenchPart, string, Subject[], SendOptions][] = [
    ['flood', 'flood', singles, { count: scale.floodCount, rate: 0 }],
    ['cut-trains', 'flood of cut trains', singles, { count: scale.cutCount, rate: 0, gso: true }],
    [
      'paced',
      'paced latency',
      singles,
      { count: scale.pacedCount, rate: scale.pacedRate, batch: 1 },
    ],
    ['trains', 'trains', trains, { count: scale.trainCount, rate: 0, gso: true }],
  ]
  for (const [part, name, subjects, stream] of floods) {
    if (wants(part)) scenarios.push(await run(name, subjects, stream))
  }
  const reading = wants('reading')
    ? await runReading(peers, rounds, scale.readingShare, (name, ns, native) =>
        output.say(
          `  reading: ${name}: ${ns.toFixed(1)} ns a message, C ${native?.toFixed(1) ?? '–'}`,
        ),
      )
    : null
  const throughput = wants('throughput') ? await measureThroughput(all, rounds, output) : null
  const linesRounds = Math.ceil(rounds / ROUNDS_PER_LINES_ROUND)
  const severalCores = machine.cores > 1
  const ring =
    severalCores && wants('ring') ? await runRing(peers.ring, scale.ringMessages, rounds) : null
  const lines =
    severalCores && wants('lines')
      ? await runLines(scale.linesCount, scale.linesRate, linesRounds)
      : null
  const load = wants('load') ? await runLoad(all.inline, scale.loadRates) : null
  return {
    command: 'bench',
    machine,
    rounds,
    scenarios,
    reading,
    throughput,
    ring,
    lines,
    load,
    endedBy: 'count',
  }
}

async function measureThroughput(
  all: Subjects,
  rounds: number,
  output: Output,
): Promise<ThroughputResult[]> {
  const results: ThroughputResult[] = []
  for (const stream of THROUGHPUT_STREAMS) {
    const coalesced = stream.options.gso === true
    const subjects = coalesced ? [all.cGro, all.gro, all.dgram] : [all.c, all.inline, all.dgram]
    results.push(
      await runThroughput(stream, present(subjects), rounds, (subject, rate, sample) =>
        output.say(
          `  throughput: ${stream.name}: ${subject}: ${formatRate(rate)}/s: ${sampleText(sample)}`,
        ),
      ),
    )
  }
  return results
}

function present(subjects: readonly (Subject | undefined)[]): Subject[] {
  return subjects.filter((subject) => subject !== undefined)
}

/** Why there can be no mapped ring here; undefined: there can. */
function mappedProblem(): string | undefined {
  try {
    openMappedLine(parseEndpoint('udp://127.0.0.1:0'), 2, 64, currentEpoch()).close()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
