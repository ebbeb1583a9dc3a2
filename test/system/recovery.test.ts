import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ReceiveReport } from '../../src/run/receive-report.js'
import type { SendReport } from '../../src/run/transmission.js'
import { runSender, startReceiver } from './cli.js'
import { openSocket } from './datagrams.js'
import { orderHandler, type SeenFeed } from './order-handler.js'
import { Relay, type RelayPlan } from './relay.js'

const linux = process.platform === 'linux' ? false : 'asking for messages needs Linux'
const COUNT = 40_000
const RATE = 20_000
/** No matter how long a busy machine takes, what is only late is not asked for, and nothing is given up. */
const PATIENT = ['--recover-delay-ms', '200', '--recover-wait-ms', '20000']
const SESSION = 'RECOVERY'

/** A port of 127.0.0.1 that was free a moment ago. */
async function freePort(t: TestContext): Promise<number> {
  const { socket, port } = await openSocket(t)
  await new Promise<void>((done) => socket.close(done))
  return port
}

interface LossyRun {
  readonly report: ReceiveReport
  readonly seen: SeenFeed
  readonly relay: Relay
  readonly sent: SendReport
}

/** One line through a relay, with the sender's own retransmission server beside it. */
async function runLossy(
  t: TestContext,
  framing: 'raw' | 'moldudp64',
  plan: Partial<RelayPlan>,
): Promise<LossyRun> {
  const server = `udp://127.0.0.1:${await freePort(t)}`
  const handler = orderHandler(t)
  const session = framing === 'raw' ? [] : ['--session', SESSION]
  const receiver = await startReceiver(t, [
    ...['udp://127.0.0.1:0', '--framing', framing, ...session, '--recover', server, ...PATIENT],
    ...['--count', `${COUNT}`, '--handler', handler.file, '--slots', '16384', '--json'],
  ])
  const relay = await Relay.open(t, receiver.port, framing, plan)
  const sent = await runSender(t, [
    ...[relay.url, '--framing', framing, ...session, '--retransmit', server],
    ...['--count', `${COUNT}`, '--rate', `${RATE}`, '--linger-ms', '5000'],
  ])
  const result = await receiver.process.result
  assert.equal(result.exitCode, 0, result.stderr)
  assert.equal(sent.messages, COUNT)
  return {
    report: JSON.parse(result.stdout) as ReceiveReport,
    seen: handler.written<SeenFeed>(),
    relay,
    sent,
  }
}

for (const framing of ['moldudp64', 'raw'] as const) {
  test(`all that a lossy network keeps back is recovered, once and in order, ${framing}`, {
    skip: linux,
  }, async (t) => {
    const plan = { seed: 7, loss: 0.05, duplication: 0.02, reordering: 0.05 }
    // A raw feed does not tell that its last message is missing.
    const spareFrom = framing === 'raw' ? COUNT - 10 : Number.POSITIVE_INFINITY
    const { report, seen, relay, sent } = await runLossy(t, framing, { ...plan, spareFrom })
    assert.deepEqual(
      [seen.messages, seen.misplaced, seen.next - seen.first, seen.gaps],
      [COUNT, 0, COUNT, []],
    )
    const { ledger, recovery, gaps } = report
    t.diagnostic(JSON.stringify({ ledger, recovery, gaps, late: report.late }))
    assert.deepEqual(
      [ledger.expected, ledger.delivered, ledger.lost.total, ledger.balanced],
      [COUNT, COUNT, 0, true],
    )
    const dropped = COUNT - relay.count('receivedMessages') + (report.lines[0].kernelDrops ?? 0)
    assert.equal(ledger.recovered, relay.count('lostMessages') + dropped)
    // What was asked for twice, since an answer took long, may have come twice, before the end or after.
    const answeredTwice = (sent.retransmission?.messages ?? 0) - ledger.recovered
    const doubled = ledger.duplicates - relay.count('doubledMessages')
    assert.ok(doubled >= 0 && doubled <= answeredTwice, `${doubled} of ${answeredTwice}`)
    assert.ok((recovery?.requests ?? 0) <= 2 * gaps)
    assert.equal(recovery?.latencyNs.count, ledger.recovered)
  })
}
