import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { onlyObject, startReceiver, tickwire } from './cli.js'

const linux = process.platform === 'linux' ? false : 'the sender needs Linux'
const ANY = 'udp://127.0.0.1:0'

test('alarms are told while a feed runs: a silent line, a live one, a stale feed', {
  skip: linux,
}, async (t) => {
  const { process, endpoints } = await startReceiver(t, [
    ...[ANY, ANY, '--framing', 'moldudp64', '--line-silent-ms', '200', '--stale-ms', '2000'],
    '--json',
  ])
  const [lineA = '', lineB = ''] = endpoints
  const send = (line: string) =>
    tickwire(t, [
      ...['send', line, '--framing', 'moldudp64', '--rate', '500', '--count', '1000000'],
    ])
  const publisher = send(lineB)
  await process.line(new RegExp(`^warning Line A \\(${lineA}\\) is silent`, 'm'))
  const other = send(lineA)
  await process.line(/^warning Line A .* is live again/m)
  // Not by a signal that lets them end their session, after which silence is no alarm.
  publisher.kill('SIGKILL')
  other.kill('SIGKILL')
  await process.line(/^warning The feed is stale/m)
  process.kill('SIGINT')
  const result = await process.result
  const report = onlyObject<ReceiveReport>(result)
  assert.ok((report.lines[0]?.silentAlarms ?? 0) >= 1)
  assert.ok(report.staleAlarms >= 1)
  // Starved senders pause too: then the feed was stale before they ended, and heard again.
  const lastSaid = (text: string) => result.stderr.lastIndexOf(text)
  assert.equal(report.stale, lastSaid('The feed is stale') > lastSaid('The feed is heard again'))
  for (const said of [/^Line . .* is silent/, /^The feed is stale/]) {
    assert.ok(
      report.warnings.some((warning) => said.test(warning)),
      String(report.warnings),
    )
  }
})
