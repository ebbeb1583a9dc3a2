import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { ReplayReport } from '../../src/replay/replay.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { IEX, NASDAQ } from '../kit/captures.js'
import { captureFile } from './capture-file.js'
import { onlyObject, receiveReport, runTickwire, startHotReceiver, tickwire } from './cli.js'
import { rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'

const ANY = 'udp://127.0.0.1:0'

async function runReplay(t: TestContext, args: readonly string[]): Promise<ReplayReport> {
  const result = await runTickwire(t, ['replay', ...args, '--json'])
  assert.equal(result.exitCode, 0, result.stderr)
  return onlyObject<ReplayReport>(result)
}

// As fast as possible is faster than a receiver takes it whose core others use too.
for (const speed of [100, 400]) {
  const title = `replay of a real IEX recording at speed ${speed} loses nothing`
  test(title, { skip: IEX.skip }, async (t) => {
    const { process, endpoints } = await startHotReceiver(t, [
      ...[ANY, '--framing', 'iex-tp', '--count', '57674', '--idle-exit-ms', '20000', '--json'],
    ])
    const sent = await runReplay(t, [IEX.path, endpoints[0] ?? '', '--speed', String(speed)])
    const result = await process.result
    const report = onlyObject<ReceiveReport>(result)
    assert.equal(result.exitCode, 0)
    assert.equal(sent.datagrams, 13_022)
    assert.equal(sent.payloadBytes, 2_534_328)
    assert.equal(sent.refused, 0)
    assert.equal(report.messages, 57_674)
    assert.equal(report.delivered, 57_674)
    assert.equal(report.ledger.expected, 57_674)
    assert.equal(report.ledger.lost.total, 0)
    assert.equal(report.ledger.balanced, true)
    assert.equal(report.latencyFrom, 'kernel')
  })
}

test('replay brings every datagram and heartbeat of the IEX recording', {
  skip: IEX.skip,
}, async (t) => {
  const { process, endpoints } = await startHotReceiver(t, [
    ...[ANY, '--framing', 'iex-tp', '--idle-exit-ms', '2000', '--json'],
  ])
  await runReplay(t, [IEX.path, endpoints[0] ?? '', '--speed', '200'])
  const report = await receiveReport(process)
  assert.equal(report.datagrams, 13_022)
  assert.equal(report.messages, 57_674)
  assert.equal(report.heartbeats, 237)
  assert.equal(report.delivered, 57_674)
  assert.equal(report.ledger.lost.total, 0)
  assert.equal(report.ledger.balanced, true)
})

test('replay --from chooses a destination of the NASDAQ recording', {
  skip: NASDAQ.skip,
}, async (t) => {
  const { endpoints } = await startHotReceiver(t, [ANY, '--json'])
  const args = [NASDAQ.path, endpoints[0] ?? '', '--speed', '0']
  const all = await runReplay(t, args)
  const chosen = await runReplay(t, [...args, '--from', '233.54.12.111:26477'])
  assert.equal(all.datagrams, 2)
  assert.equal(chosen.datagrams, 2)
  assert.deepEqual(chosen.capture.otherPackets, {})
})

test('replay refuses a file with several destinations, and lists them', async (t) => {
  const file = join(temporaryFolder(t), 'several.pcap')
  const one = { address: '239.1.1.1', port: 5001 }
  const two = { address: '239.1.1.2', port: 5002 }
  const packets = [0, 1, 2].map((sequence) => ({ ...one, payload: rawDatagram(sequence) }))
  writeFileSync(file, captureFile([...packets, { ...two, payload: rawDatagram(0) }]))
  const { process, endpoints } = await startHotReceiver(t, [ANY, '--count', '3', '--json'])
  const args = ['replay', file, endpoints[0] ?? '', '--speed', '0']
  const refused = await runTickwire(t, [...args, '--json'])
  assert.equal(refused.exitCode, 2)
  assert.match(refused.stdout, /^\{"command":"replay","error":\{"code":"TW_BAD_OPTION"/)
  assert.match(refused.stderr, /239\.1\.1\.1:5001 \(3\)/)
  assert.match(refused.stderr, /239\.1\.1\.2:5002 \(1\)/)
  assert.match(refused.stderr, /--from/)
  const chosen = await runTickwire(t, [...args, '--from', '239.1.1.1:5001', '--json'])
  assert.equal(chosen.exitCode, 0)
  const { capture } = onlyObject<ReplayReport>(chosen)
  assert.equal(capture.otherPackets['otherDestinations'], 1)
  assert.equal((await receiveReport(process)).delivered, 3)
})

test('replay of a truncated gzip file sends what is there, and says that it was cut off', {
  skip: IEX.skip,
}, async (t) => {
  const file = join(temporaryFolder(t), 'truncated.pcap.gz')
  writeFileSync(file, readFileSync(IEX.path).subarray(0, 100_000))
  const { endpoints } = await startHotReceiver(t, [ANY])
  const args = ['replay', file, endpoints[0] ?? '', '--speed', '0', '--json']
  for (const from of [[], ['--from', '224.67.0.199:16642']]) {
    const result = await runTickwire(t, [...args, ...from])
    assert.equal(result.exitCode, 0, result.stderr)
    assert.match(result.stderr, /ends within packet|stop before their end/)
    const report = onlyObject<ReplayReport>(result)
    assert.ok(report.datagrams > 400 && report.datagrams < 13_022)
  }
})

test('replay of what is not there, not a capture, or without UDP fails with its reason', async (t) => {
  const folder = temporaryFolder(t)
  const files = {
    text: join(folder, 'text'),
    empty: join(folder, 'empty'),
    none: join(folder, 'x'),
  }
  writeFileSync(files.text, 'this is not a capture, but it is longer than a header')
  writeFileSync(files.empty, captureFile([]))
  const absent = await runTickwire(t, ['replay', files.none])
  assert.equal(absent.exitCode, 1)
  assert.match(absent.stderr, /^error TW_FILE_NOT_FOUND: /m)
  for (const file of [files.text, files.empty]) {
    const { exitCode, stderr } = await runTickwire(t, ['replay', file])
    assert.equal(exitCode, 1)
    assert.match(stderr, /^error TW_BAD_FILE: /m)
  }
})

test('SIGINT in the midst of a replay prints its report', { skip: IEX.skip }, async (t) => {
  const { endpoints } = await startHotReceiver(t, [ANY, '--framing', 'iex-tp'])
  const replay = tickwire(t, ['replay', IEX.path, endpoints[0] ?? '', '--speed', '1', '--json'])
  await replay.line(/^replaying /m)
  replay.kill('SIGINT')
  const result = await replay.result
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<ReplayReport>(result)
  assert.equal(report.command, 'replay')
  assert.ok(report.datagrams < 13_022)
})
