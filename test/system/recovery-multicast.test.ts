import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import type { SendReport } from '../../src/run/transmission/send-report.js'
import { onlyObject, readiness } from './cli.js'
import { orderHandler, type SeenFeed } from './order-handler.js'
import { noVeth, TwoMachines } from './veth.js'

const COUNT = 20_000
/** How long the cable is out: what is tested is that it was, not for how long. */
const OUT_MS = 300

test('what two groups lose while a cable is out is recovered when it is back', {
  skip: noVeth(),
}, async (t) => {
  const machines = new TwoMachines(t)
  const [publisher, subscriber] = machines.addresses
  const groups = ['232.1.1.1', '232.1.1.2'].map((group) => `udp://${group}:30001`)
  const feed = ['--framing', 'moldudp64', '--session', 'CABLE', '--json']
  const server = `udp://${publisher}:30002`
  const handler = orderHandler(t)
  const receiver = machines.tickwire(
    1,
    'receive',
    ...groups.map((group) => `${group}?interface=${subscriber}&source=${publisher}`),
    ...[...feed, '--recover', server, '--recover-wait-ms', '20000', '--count', `${COUNT}`],
    ...['--handler', handler.file],
  )
  await readiness(receiver)
  const sender = machines.tickwire(
    0,
    'send',
    ...groups.map((group) => `${group}?interface=${publisher}`),
    ...[...feed, '--retransmit', server, '--count', `${COUNT}`, '--rate', '5000'],
    ...['--linger-ms', '20000'],
  )
  await sender.line(/^retransmitting on/m)
  // Somewhere in the midst of four seconds of messages.
  await sleep(1000)
  machines.setCable(1, 'down')
  await sleep(OUT_MS)
  machines.setCable(1, 'up')
  const report = onlyObject<ReceiveReport>(await receiver.result)
  sender.kill('SIGINT')
  const { retransmission } = onlyObject<SendReport>(await sender.result)
  const seen = handler.written<SeenFeed>()
  t.diagnostic(JSON.stringify({ ...report.ledger, gaps: report.gaps, recovery: report.recovery }))
  assert.deepEqual([seen.messages, seen.first, seen.misplaced, seen.gaps], [COUNT, 1, 0, []])
  const { ledger } = report
  assert.deepEqual([ledger.delivered, ledger.lost.total, ledger.balanced], [COUNT, 0, true])
  assert.ok(ledger.recovered > 0)
  assert.ok((retransmission?.messages ?? 0) >= ledger.recovered)
  for (const line of report.lines) assert.ok(line.datagrams > 0, 'both groups are heard again')
})
