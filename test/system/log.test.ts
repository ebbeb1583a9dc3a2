import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { freePort } from '../kit/ports.js'
import { onlyObject, readiness, runTickwire, startReceiver, tickwire } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'

interface LogLine {
  readonly time: string
  readonly event: string
  readonly feed: string
  readonly count?: number
  readonly firstSequence?: number
  readonly lastSequence?: number
  readonly cause?: string
  readonly text: string
}

/** The lines of a log in what was written to standard error. */
function logLines(stderr: string): LogLine[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine)
}

test('receive --log json tells a gap, a restart and silence on a line each, beside the one object', async (t) => {
  const receiver = await startReceiver(t, [
    ...['udp://127.0.0.1:0', '--name', 'test feed', '--log', 'json', '--json', '--no-pin'],
    ...['--stale-ms', '300'],
  ])
  const socket = await openSocket(t)
  await socket.send(rawDatagram(0, 10), receiver.port)
  for (let i = 20; i < 320; i += 20) await socket.send(rawDatagram(i, 20), receiver.port)
  await receiver.process.line(/"event":"gap"/)
  for (let i = 0; i < 12; i++) await socket.send(rawDatagram(i), receiver.port)
  await receiver.process.line(/"event":"restart"/)
  await receiver.process.line(/"event":"stale"/)
  receiver.process.kill('SIGINT')
  const result = await receiver.process.result
  const report = onlyObject<ReceiveReport>(result)
  const lines = logLines(result.stderr)
  const gap = lines.find(({ event }) => event === 'gap')
  assert.deepEqual(
    [gap?.feed, gap?.cause, gap?.firstSequence, gap?.lastSequence, gap?.count],
    ['test feed', 'network', 10, 19, 10],
  )
  assert.ok(Math.abs(Date.parse(gap?.time ?? '') - Date.now()) < 3_600_000)
  assert.equal(report.restarts, 1)
  assert.match(result.stderr, /^receiving raw on /m)
  assert.doesNotMatch(result.stderr, /^warning/m, 'nothing is told twice')
})

test('send --log text tells that nobody listens', async (t) => {
  const to = `udp://127.0.0.1:${await freePort()}`
  const args = ['send', to, '--count', '20', '--rate', '200', '--no-pin']
  const { stderr, exitCode } = await runTickwire(t, [...args, '--log', 'text', '--json'])
  assert.equal(exitCode, 0, stderr)
  assert.match(stderr, /^\S+Z unreachable udp:.*: \d+ datagrams? back: nobody listens$/m)
  const { stderr: quiet } = await runTickwire(t, [...args, '--json'])
  assert.doesNotMatch(quiet, /unreachable/)
})

test('record --log json tells a gap, and one message is one', async (t) => {
  const file = join(temporaryFolder(t), 'feed.pcap')
  const args = ['record', file, 'udp://127.0.0.1:0', '--log', 'json', '--json', '--no-pin']
  const process = tickwire(t, args)
  const { port } = await readiness(process)
  const socket = await openSocket(t)
  await socket.send(rawDatagram(0, 10), port)
  for (let i = 11; i < 311; i += 20) await socket.send(rawDatagram(i, 20), port)
  await process.line(/"event":"gap"/)
  process.kill('SIGINT')
  const result = await process.result
  assert.equal(onlyObject<{ command: string }>(result).command, 'record')
  const gap = logLines(result.stderr).find(({ event }) => event === 'gap')
  assert.deepEqual([gap?.count, gap?.text], [1, '1 message lost (network), 10'])
})

test('replay --log text tells that nobody listens', async (t) => {
  const file = join(temporaryFolder(t), 'feed.pcap')
  const sample = await runTickwire(t, ['sample', 'tops16', file, '--messages', '400'])
  assert.equal(sample.exitCode, 0, sample.stderr)
  const to = `udp://127.0.0.1:${await freePort()}`
  const args = ['replay', file, to, '--speed', '0', '--no-pin', '--log', 'text', '--json']
  const { stderr, exitCode } = await runTickwire(t, args)
  assert.equal(exitCode, 0, stderr)
  assert.match(stderr, /^\S+Z unreachable .*feed\.pcap: \d+ datagrams? back: nobody listens$/m)
  assert.doesNotMatch(stderr, /^warning/m)
})
