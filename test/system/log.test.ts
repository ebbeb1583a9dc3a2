import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { onlyObject, runTickwire, startReceiver } from './cli.js'
import { freePort, openSocket, rawDatagram } from './datagrams.js'

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
  const to = `udp://127.0.0.1:${await freePort(t)}`
  const args = ['send', to, '--count', '20', '--rate', '200', '--no-pin']
  const { stderr, exitCode } = await runTickwire(t, [...args, '--log', 'text', '--json'])
  assert.equal(exitCode, 0, stderr)
  assert.match(stderr, /^\S+Z unreachable udp:.*: \d+ datagrams came back: nobody listens$/m)
  const { stderr: quiet } = await runTickwire(t, [...args, '--json'])
  assert.doesNotMatch(quiet, /unreachable/)
})
