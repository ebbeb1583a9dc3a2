import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { decodeProfile } from '../../src/account/profile/profile-format.js'
import type { LineProfile } from '../../src/account/profile/service-profile.js'
import type { TuneReport } from '../../src/cli/tune/report.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { measureBacklog } from '../../src/tune/capacity.js'
import { traceOfProfile } from '../../src/tune/profile-trace.js'
import { noMapped } from '../transport/mapped-reading.js'
import { onlyObject, receiveReport, runSender, runTickwire, startHotReceiver } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

const COUNT = 2000
const linux = process.platform === 'linux' ? false : 'the socket transport needs Linux'

/** Receives bursts with `--profile`, and gives the report and the file. */
async function profiled(
  t: TestContext,
  flags: readonly string[],
  sendFlags: readonly string[] = [],
  workNs = 5000,
) {
  const file = join(temporaryFolder(t), 'run.profile')
  const { process, endpoints } = await startHotReceiver(t, [
    ...['udp://127.0.0.1:0', '--count', String(COUNT), '--work-ns', String(workNs), '--json'],
    ...['--idle-exit-ms', '2000', '--profile', file],
    ...flags,
  ])
  const burst = ['--count', String(COUNT), '--rate', '20000', '--burst', '200']
  await runSender(t, [endpoints[0] ?? '', ...burst, ...sendFlags])
  const report = await receiveReport(process)
  const profile = decodeProfile(readFileSync(file), file)
  return { report, profile, file }
}

function assertReport({ profile }: ReceiveReport, file: string, records: number) {
  assert.equal(profile?.file, file)
  assert.deepEqual([profile.records, profile.missed, profile.truncated], [records, 0, false])
  assert.ok((profile.costNs.handler ?? 0) > 0)
}

/** Each slot has its times in order, but for the steps of a clock of some microseconds. */
function assertOrder({ length, arrivedNs, pushedNs, releasedNs }: LineProfile) {
  for (let i = 0; i < length; i++) {
    const times = [arrivedNs[i], pushedNs[i], releasedNs[i]].filter((time) => !Number.isNaN(time))
    assert.ok(
      times.every((time, at) => at === 0 || time >= times[at - 1]),
      `slot ${i}: ${times.join(', ')}`,
    )
    if (i > 0) assert.ok(releasedNs[i] >= releasedNs[i - 1], `slot ${i}`)
  }
}

const WAYS = [
  { name: 'own thread', flags: [], skip: linux, arrived: true, pushed: true },
  {
    name: 'inline',
    flags: ['--handler-thread', 'inline'],
    skip: linux,
    arrived: true,
    pushed: true,
  },
  {
    name: 'mapped',
    flags: ['--transport', 'mapped'],
    skip: noMapped(),
    arrived: true,
    pushed: false,
  },
  {
    name: 'portable',
    flags: ['--transport', 'portable'],
    skip: false,
    arrived: false,
    pushed: true,
  },
] as const

for (const { name, flags, skip, arrived, pushed } of WAYS) {
  test(`receive --profile writes each slot of a run, ${name}`, { skip }, async (t) => {
    const { report, profile, file } = await profiled(t, [...flags, '--slots', '4096'])
    const [line] = profile.lines
    assertReport(report, file, line.length)
    assert.equal(line.length, report.datagrams - report.ledger.lost.ring)
    assert.equal(
      line.messages.reduce((sum, count) => sum + count, 0),
      report.messages,
    )
    assert.ok(line.payloadBytes.every((bytes) => bytes === 29))
    assert.ok(line.arrivedNs.every((time) => Number.isNaN(time) !== arrived))
    assert.ok(line.pushedNs.every((time) => Number.isNaN(time) !== pushed))
    assert.equal(profile.inline, name === 'inline')
    assertOrder(line)
    const { trace } = traceOfProfile(profile, line)
    const busyNs = trace.servicesNs.reduce((sum, service) => sum + service, 0)
    // The handler spins for 5 us; what else it is kept from doing adds to that, and nothing takes away.
    assert.ok(busyNs >= 5000 * line.length, `${busyNs / line.length} ns for each`)
    assert.ok(measureBacklog(trace).zeroLossSlots <= COUNT)
  })
}

test('a profile of a ring that lost some has what was discarded, in its place', {
  skip: linux,
}, async (t) => {
  const flags = ['--slots', '16', '--when-full', 'drop-newest']
  // So slow that it cannot keep up with a burst, however slowly a sender that shares its core sends it.
  const { report, profile } = await profiled(t, flags, [], 100_000)
  const [line] = profile.lines
  const thrown = line.releasedNs.filter((time) => Number.isNaN(time)).length
  assert.ok(thrown > 0)
  assert.equal(thrown, report.ledger.lost.ring)
  assert.equal(line.length, report.datagrams)
  assert.ok(line.pushedNs.every((time, i) => i === 0 || time >= line.pushedNs[i - 1]))
})

test('a profile says how much found no room in it', { skip: linux }, async (t) => {
  const { report, profile } = await profiled(t, ['--profile-records', '100', '--slots', '4096'])
  const { records, capacity, truncated, missed } = report.profile ?? {}
  assert.deepEqual([records, capacity, truncated, missed], [100, 100, true, report.datagrams - 100])
  assert.deepEqual([profile.lines[0].length, profile.missed], [100, report.datagrams - 100])
})

test('tune --profile gives what the file says, by looking at every pair', {
  skip: linux,
}, async (t) => {
  const { file, profile } = await profiled(t, ['--slots', '4096', '--work-ns', '20000'])
  const result = await runTickwire(t, ['tune', '--profile', file, '--json'])
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<TuneReport>(result)
  const [line] = profile.lines
  let most = 0
  for (let i = 0; i < line.length; i++) {
    let inUse = 0
    for (let j = 0; j < i; j++) if (line.releasedNs[j] > line.pushedNs[i]) inUse++
    most = Math.max(most, inUse)
  }
  assert.equal(report.zeroLossSlots, most + 1)
  assert.equal(report.datagrams, line.length)
  assert.ok(report.source.serviceNs >= 20_000)
  assert.deepEqual([report.source.profile, report.source.measured?.arrivals], [file, 'pushed'])
  assert.ok(report.capacities.every((row) => row.observedLossPercent === null))
  const text = await runTickwire(t, ['tune', '--profile', file])
  assert.match(text.stdout, /measured {8}socket, arrival: handed over/)
  assert.doesNotMatch(text.stdout, /NaN|undefined/)
})

test('receive refuses a profile that cannot be written before it starts', async (t) => {
  const flags = ['receive', 'udp://127.0.0.1:0', '--profile', '/proc/none/run.profile']
  const { exitCode, stderr } = await runTickwire(t, flags)
  assert.equal(exitCode, 1)
  assert.match(stderr, /^error TW_(FILE_NOT_FOUND|PERMISSION): \/proc\/none\/run\.profile/m)
})
