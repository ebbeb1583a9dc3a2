import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ITCH_SECTION } from '../../src/cli/bench/reading/itch.js'
import { READING_SECTIONS } from '../../src/cli/bench/reading/sections.js'
import type { BenchReport } from '../../src/cli/bench/report.js'
import { noMapped } from '../transport/mapped-reading.js'
import { onlyObject, runTickwire } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

const hasCompiler = spawnSync('cc', ['--version']).status === 0
const hasBun = spawnSync('bun', ['--version']).status === 0
const hasCppCompiler = spawnSync('c++', ['--version']).status === 0
const skip = process.platform === 'linux' ? false : 'the bench needs the socket transport of Linux'

/** The subjects that this machine can have, in their order. */
const SINGLES = [
  ...(hasCompiler ? ['C recvmmsg'] : []),
  'tickwire socket',
  'tickwire socket, inline',
  ...(noMapped() === false ? ['tickwire mapped'] : []),
  'node:dgram',
  ...(hasBun ? ['bun'] : []),
]
const TRAINS = [...(hasCompiler ? ['C with GRO'] : []), 'tickwire with GRO', 'node:dgram']
const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  flood: SINGLES,
  'flood of cut trains': SINGLES,
  'paced latency': SINGLES,
  trains: TRAINS,
}

test('bench --quick measures all that this machine has, accounts for it, and draws it', {
  skip,
}, async (t) => {
  const file = join(temporaryFolder(t), 'bench.svg')
  const result = await runTickwire(t, ['bench', '--quick', '--json', '--svg', file])
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<BenchReport>(result)
  assertReport(report)
  assert.doesNotMatch(result.stderr, /Warning|NaN|undefined/)
  assert.equal(/^no bun on the PATH: it is left out$/m.test(result.stderr), !hasBun)
  const svg = readFileSync(file, 'utf8')
  const { tags, texts } = parseSvg(svg)
  assert.doesNotMatch(svg, /NaN|Infinity|undefined|null/)
  assert.ok(texts.length > 0 && tags['rect'] !== undefined)
  for (const [name, subjects] of Object.entries(SCENARIOS)) {
    assert.ok(texts.includes(name), `${name} has a panel`)
    for (const subject of subjects) assert.ok(texts.includes(subject), `${subject} has a bar`)
  }
  assert.match(svg, /prefers-color-scheme: dark/)
})

function assertReport(report: BenchReport): void {
  assert.equal(report.command, 'bench')
  assert.equal(report.endedBy, 'count')
  assert.equal(report.rounds, 1)
  assert.equal(report.machine.cores, cpus().length)
  assert.equal(report.machine.node, process.version)
  assert.deepEqual(
    report.scenarios.map(({ name, results }) => [name, results.map(({ subject }) => subject)]),
    Object.entries(SCENARIOS),
  )
  for (const { name, results } of report.scenarios) {
    for (const one of results) {
      const what = `${name}, ${one.subject}`
      const own = one.subject.startsWith('tickwire')
      assert.equal(one.accounted, own ? true : null, what)
      assert.ok((one.perSecond?.median ?? 0) > 0, what)
      const { min = Number.NaN, max = Number.NaN } = one.lossPercent ?? {}
      assert.ok(min >= 0 && max < 100, what)
      assert.ok((one.latencyNs.p50 ?? 0) > 0, what)
      assert.ok((one.latencyNs.p99 ?? 0) >= (one.latencyNs.p50 ?? 0), what)
      assert.equal(one.rateToC === null, !hasCompiler, what)
      if (one.subject.startsWith('C ')) assert.deepEqual([one.rateToC, one.p50ToC], [1, 1])
      if (own) assert.equal(typeof one.collections, 'number', what)
    }
  }
  assertReading(report.reading)
  assert.equal(report.throughput, null)
  assert.ok(report.load !== null)
  assert.deepEqual(
    report.load.map(({ askedPerSecond }) => askedPerSecond),
    [10_000, 100_000],
  )
  for (const row of report.load) {
    assert.ok(row.perSecond > 0 && row.cpuUsPerMessage > 0, JSON.stringify(row))
  }
  if (report.machine.cores === 1) assert.equal(report.ring, null)
  else assertRing(report.ring)
  assertLines(report.lines)
}

function assertReading(results: BenchReport['reading']): void {
  assert.deepEqual(
    results?.map(({ name }) => name),
    [...READING_SECTIONS.map(({ name }) => name), ITCH_SECTION],
  )
  for (const row of results ?? []) {
    const what = JSON.stringify(row)
    assert.ok(row.accounted && (row.nsPerMessage?.median ?? 0) > 0, what)
    assert.equal(row.speedToC === null, !hasCompiler, what)
  }
}

function assertLines(rows: BenchReport['lines']): void {
  if (cpus().length === 1) {
    assert.equal(rows, null)
    return
  }
  assert.deepEqual(
    rows?.map(({ lines }) => lines),
    [1, 2, 4, 8],
  )
  for (const row of rows ?? []) {
    const what = JSON.stringify(row)
    assert.equal(row.accounted, true, what)
    assert.ok((row.cpuUsPerDatagram ?? 0) > 0 && (row.datagramsPerSecond ?? 0) > 0, what)
    assert.ok((row.p50 ?? 0) > 0 && (row.p99 ?? 0) >= (row.p50 ?? 0), what)
  }
}

function assertRing(ring: BenchReport['ring']): void {
  assert.ok(ring !== null)
  assert.deepEqual([ring.lost, ring.doubled], [0, 0])
  assert.equal(ring.messages, 1_000_000)
  assert.ok((ring.tickwire?.median ?? 0) > 0)
  assert.equal(ring.native === null, !hasCppCompiler)
  assert.equal(ring.ratio === null, !hasCppCompiler)
}

interface Drawing {
  /** How often each element occurs. */
  readonly tags: Readonly<Record<string, number>>
  readonly texts: readonly string[]
}

/** A small check of well-formedness: elements close in their order, attributes are quoted, numbers are. */
function parseSvg(svg: string): Drawing {
  const tags: Record<string, number> = {}
  const texts: string[] = []
  const open: string[] = []
  const token = /<(\/?)([a-z]+)((?:\s+[a-zA-Z:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y
  let at = 0
  for (let match = token.exec(svg); match !== null; match = token.exec(svg)) {
    at = token.lastIndex
    const [, end = '', name = '', attributes = '', alone = '', text] = match
    if (text !== undefined) {
      assert.doesNotMatch(text, /&(?!amp;|lt;|gt;|quot;)/)
      if (open.at(-1) === 'text') texts.push(text)
      else if (open.at(-1) !== 'style') assert.equal(text.trim(), '')
    } else if (end !== '') assert.equal(open.pop(), name)
    else {
      tags[name] = (tags[name] ?? 0) + 1
      for (const [, number = ''] of attributes.matchAll(/\b(?:x|y|width|height|rx)="([^"]*)"/g)) {
        assert.ok(number !== '' && Number(number) >= 0, `${name} ${attributes}`)
      }
      if (alone === '') open.push(name)
    }
  }
  assert.equal(at, svg.length, `no element: ${svg.slice(at, at + 60)}`)
  assert.deepEqual(open, [])
  assert.equal(tags['svg'], 1)
  return { tags, texts }
}

test('bench refuses to do nothing', { skip }, async (t) => {
  const { exitCode, stderr, stdout } = await runTickwire(t, ['bench', '--rounds', '0'])
  assert.equal(exitCode, 2)
  assert.equal(stdout, '')
  assert.match(stderr, /^error TW_BAD_OPTION: .*rounds/m)
})

test('bench measures only what is named', { skip }, async (t) => {
  const flags = ['--quick', '--rounds', '1', '--only', 'ring', '--json']
  const report = onlyObject<BenchReport>(await runTickwire(t, ['bench', ...flags]))
  assert.deepEqual(
    [report.scenarios, report.reading, report.lines, report.load],
    [[], null, null, null],
  )
  if (cpus().length === 1) assert.equal(report.ring, null)
  else assertRing(report.ring)
})
