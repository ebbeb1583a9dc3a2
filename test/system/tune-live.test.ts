import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { TuneReport } from '../../src/cli/tune/report.js'
import { freePort } from '../kit/ports.js'
import { onlyObject, runTickwire, type TestProcess, tickwire } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

const skip = process.platform === 'linux' ? false : 'the socket transport needs Linux'

/** Starts a sender of bursts that ends with the test, and `tune` once bursts are on their way. */
async function tuneBursts(t: TestContext, flags: readonly string[]): Promise<TestProcess> {
  const url = `udp://127.0.0.1:${await freePort()}`
  const bursts = ['--rate', '20000', '--burst', '200', '--count', '10000000']
  await tickwire(t, ['send', url, ...bursts]).line(/^sending to/m)
  return tickwire(t, ['tune', url, '--work-ns', '20000', ...flags])
}

test('tune measures live traffic, and says what two rings will lose that it then tries', {
  skip,
}, async (t) => {
  const file = join(temporaryFolder(t), 'tune.svg')
  const tune = await tuneBursts(t, ['--duration-ms', '1200', '--json', '--svg', file])
  const result = await tune.result
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<TuneReport>(result)
  const { source, zeroLossSlots, recommended, verification, capacities } = report
  assert.ok(report.messages > 0)
  assert.ok(source.serviceNs >= 20_000)
  assert.match(source.endpoint ?? '', /^udp:\/\/127\.0\.0\.1:\d+$/)
  assert.equal(source.measured?.thrownAwayMessages, 0)
  assert.ok(zeroLossSlots > 64, 'a burst of 200 does not fit 64 slots')
  const [small, chosen] = verification
  assert.ok(small !== undefined && chosen !== undefined)
  assert.ok(small.slots <= zeroLossSlots / 4)
  assert.equal(chosen.slots, recommended.slots)
  assert.ok(small.observedLossPercent > 0)
  for (const { slots, predictedLossPercent, observedLossPercent } of verification) {
    // From that run's own arrivals and services, so a busy machine is no excuse.
    const error = Math.abs((predictedLossPercent ?? Number.NaN) - observedLossPercent)
    assert.ok(error < 3, `${slots} slots: ${predictedLossPercent} and ${observedLossPercent}`)
    const row = capacities.find((one) => one.slots === slots)
    assert.equal(row?.observedLossPercent, observedLossPercent)
  }
  assert.equal(capacities.filter((row) => row.observedLossPercent !== null).length, 2)
  assert.match(readFileSync(file, 'utf8'), /observed live/)
})

test('tune that is interrupted tells what it has measured, and tries nothing', {
  skip,
}, async (t) => {
  const tune = await tuneBursts(t, ['--duration-ms', '60000'])
  await tune.line(/[1-9]\d*,\d\d\d delivered/)
  tune.kill('SIGINT')
  const { exitCode, stdout, stderr } = await tune.result
  assert.equal(exitCode, 0, stderr)
  assert.match(stdout, /messages in [\d,]+ datagrams over/)
  assert.match(stdout, /recommended for 1\.5 x the traffic/)
  assert.doesNotMatch(stdout, /observed/)
})

test('tune --no-verify tries nothing, and without traffic there is nothing to say', {
  skip,
}, async (t) => {
  const tune = await tuneBursts(t, ['--duration-ms', '600', '--no-verify', '--json'])
  const report = onlyObject<TuneReport>(await tune.result)
  assert.deepEqual(report.verification, [])
  const silent = await runTickwire(t, ['tune', 'udp://127.0.0.1:0', '--duration-ms', '50'])
  assert.equal(silent.exitCode, 1)
  assert.match(silent.stderr, /^error TW_NO_TRAFFIC: /m)
})

test('tune refuses what does not go together', async (t) => {
  for (const [flags, message] of [
    [['udp://127.0.0.1:0', '--pcap', 'x'], /udp:\/\/127\.0\.0\.1:0 and --pcap x/],
    [['--profile', 'x', '--pcap', 'y'], /Choose one/],
    [['--service-ns', '5'], /--service-ns means nothing here/],
    [['--profile', 'x', '--work-ns', '5'], /--work-ns means nothing here/],
    [['--profile', 'x', '--framing', 'raw'], /--framing means nothing here/],
    [['--line', '1'], /--line means nothing here/],
  ] as const) {
    const result = await runTickwire(t, ['tune', ...flags])
    assert.equal(result.exitCode, 2, result.stderr)
    assert.match(result.stderr, message)
  }
  const none = await runTickwire(t, ['tune', '--profile', '/nowhere/x'])
  assert.equal(none.exitCode, 1)
  assert.match(none.stderr, /^error TW_FILE_NOT_FOUND: \/nowhere\/x/m)
  const wrong = await runTickwire(t, ['tune', '--profile', 'package.json'])
  assert.equal(wrong.exitCode, 1)
  assert.match(wrong.stderr, /^error TW_BAD_FILE: package\.json does not begin with TICKPROF/m)
})
