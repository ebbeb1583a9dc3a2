import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import type { SendReport } from '../../src/run/transmission/send-report.js'
import { freePort } from '../kit/ports.js'
import { proof } from '../kit/proof.js'
import { onlyObject, portOf, startReceiver, tickwire } from './cli.js'
import { orderHandler, type SeenFeed } from './order-handler.js'
import { Relay, type RelayPlan, type RelayResult } from './relay.js'

const linux = process.platform === 'linux' ? false : 'asking for messages needs Linux'
/** The full measure is 200,000 at 20,000 a second: see docs/recovery.md. */
const COUNT = Number(process.env['TICKWIRE_RECOVERY_MESSAGES'] ?? proof(15_000, 30_000))
const RATE = Number(process.env['TICKWIRE_RECOVERY_RATE'] ?? 10_000)
/** Of two lines: slow enough that a busy machine's stalls are short against the delay of requests. */
/** How long what one line lacks is waited for on the other; runs until none was later than that. */
const PUNCTUAL_MS = 1000
const MOST_ATTEMPTS = 4
const LINES_COUNT = proof(8_000, 16_000)
const LINES_RATE = 4000
/** However long a busy machine takes, nothing is declared lost. */
const PATIENT = ['--recover-wait-ms', '20000']
const SESSION = 'RECOVERY'

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
  const server = `udp://127.0.0.1:${await freePort()}`
  const handler = orderHandler(t)
  const session = framing === 'raw' ? [] : ['--session', SESSION]
  const receiver = await startReceiver(t, [
    ...['udp://127.0.0.1:0', '--framing', framing, ...session, '--recover', server, ...PATIENT],
    ...['--count', `${COUNT}`, '--handler', handler.file, '--slots', '16384', '--json'],
  ])
  const relay = await Relay.open(t, receiver.port, framing, plan)
  const sender = tickwire(t, [
    ...['send', relay.url, '--framing', framing, ...session, '--retransmit', server],
    ...['--count', `${COUNT}`, '--rate', `${RATE}`, '--linger-ms', '60000', '--json'],
  ])
  const result = await receiver.process.result
  // Its server is asked no more.
  sender.kill('SIGINT')
  const sent = onlyObject<SendReport>(await sender.result)
  assert.equal(result.exitCode, 0, result.stderr)
  assert.equal(sent.messages, COUNT)
  const report = onlyObject<ReceiveReport>(result)
  const { ledger, recovery, gaps, late } = report
  t.diagnostic(JSON.stringify({ ledger, recovery, gaps, late, of: sent.retransmission }))
  return {
    report,
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
    const { ledger, recovery } = report
    assert.deepEqual(
      [ledger.expected, ledger.delivered, ledger.lost.total, ledger.balanced],
      [COUNT, COUNT, 0, true],
    )
    const dropped = COUNT - relay.count('receivedMessages') + (report.lines[0].kernelDrops ?? 0)
    const lost = relay.count('lostMessages') + dropped
    // Where the machine stalls, what was only overtaken may be asked for as well.
    assert.ok(ledger.recovered >= lost && ledger.recovered <= lost + relay.count('heldMessages'))
    // What was asked for twice, since an answer took long, may have come twice, before the end or after.
    const answeredTwice = (sent.retransmission?.messages ?? 0) - lost
    const doubled = ledger.duplicates - relay.count('doubledMessages')
    assert.ok(doubled >= 0 && doubled <= answeredTwice, `${doubled} of ${answeredTwice}`)
    assert.equal(recovery?.latencyNs.count, ledger.recovered)
    const { gapsAsked, requests, requestsFailed, requestsPerGap } = recovery
    assert.ok(gapsAsked > 0 && gapsAsked <= report.gaps)
    assert.equal(
      requestsPerGap,
      Math.round((1000 * (requests + requestsFailed)) / gapsAsked) / 1000,
    )
    // How many it takes is a matter of how busy the machine is.
    assert.ok(requestsPerGap >= 1, `${requestsPerGap} requests per gap`)
  })
}

test('exactly what was lost is recovered', {
  skip: linux,
}, async (t) => {
  const { report, relay } = await runLossy(t, 'moldudp64', { seed: 8, loss: 0.05 })
  const dropped = COUNT - relay.count('receivedMessages') + (report.lines[0].kernelDrops ?? 0)
  assert.equal(report.ledger.recovered, relay.count('lostMessages') + dropped)
  assert.ok((report.recovery?.requests ?? 0) > 0)
})

/** Messages that two relays lost both. */
function lostByBoth(one: RelayResult, other: RelayResult): number {
  const sequences = new Set(sequencesOf(one))
  return sequencesOf(other).filter((sequence) => sequences.has(sequence)).length
}

function sequencesOf({ lost }: RelayResult): number[] {
  return lost.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i))
}

interface TwoLines {
  readonly report: ReceiveReport
  readonly seen: SeenFeed
  readonly relays: readonly [Relay, Relay]
  readonly lost: readonly [RelayResult, RelayResult]
  readonly sent: SendReport
}

/** Lines A and B, each through a relay of its own. */
async function runTwoLines(
  t: TestContext,
  plans: readonly [Partial<RelayPlan>, Partial<RelayPlan>],
  options: readonly string[],
): Promise<TwoLines> {
  const server = `udp://127.0.0.1:${await freePort()}`
  const handler = orderHandler(t)
  const feed = ['--framing', 'moldudp64', '--session', SESSION]
  const receiver = await startReceiver(t, [
    ...['udp://127.0.0.1:0', 'udp://127.0.0.1:0', ...feed, '--recover', server, ...options],
    ...[
      '--count',
      `${LINES_COUNT}`,
      '--handler',
      handler.file,
      '--slots',
      '16384',
      '--json',
      ...PATIENT,
    ],
  ])
  const [portA, portB] = receiver.endpoints.map(portOf)
  const relayA = await Relay.open(t, portA ?? 0, 'moldudp64', plans[0])
  const relayB = await Relay.open(t, portB ?? 0, 'moldudp64', plans[1])
  const sender = tickwire(t, [
    ...['send', relayA.url, relayB.url, ...feed, '--retransmit', server, '--linger-ms', '60000'],
    ...['--count', `${LINES_COUNT}`, '--rate', `${LINES_RATE}`, '--json'],
  ])
  const result = await receiver.process.result
  sender.kill('SIGINT')
  const sent = onlyObject<SendReport>(await sender.result)
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<ReceiveReport>(result)
  t.diagnostic(JSON.stringify({ ...report.ledger, recovery: report.recovery, lines: report.lines }))
  assert.equal(report.delivered, LINES_COUNT)
  assert.equal(report.ledger.balanced, true)
  const seen = handler.written<SeenFeed>()
  assert.deepEqual([seen.messages, seen.misplaced, seen.gaps], [LINES_COUNT, 0, []])
  const lost = [await relayA.close(), await relayB.close()] as const
  for (const { kernelDrops } of lost) assert.equal(kernelDrops, 0, 'a relay loses what it says')
  return { report, seen, relays: [relayA, relayB], lost, sent }
}

/** The same, with a delay of the requests that no line was behind by: a relay without a core may be, and is asked for. */
async function runPunctualLines(
  t: TestContext,
  plans: readonly [Partial<RelayPlan>, Partial<RelayPlan>],
): Promise<TwoLines> {
  for (let attempt = 1; ; attempt++) {
    const lines = await runTwoLines(t, plans, ['--recover-delay-ms', `${PUNCTUAL_MS}`])
    const leads = lines.report.lines.map(({ leadNs }) => leadNs?.max ?? 0)
    if (Math.max(...leads) < PUNCTUAL_MS * 0.9e6 || attempt === MOST_ATTEMPTS) return lines
  }
}

test('of lines A and B only what both lost is asked for', { skip: linux }, async (t) => {
  const plans = [
    { seed: 11, loss: 0.05 },
    { seed: 12, loss: 0.05 },
  ] as const
  const { report, relays, lost, sent } = await runPunctualLines(t, plans)
  const both = lostByBoth(...lost)
  assert.ok(both > 0)
  const { ledger, lines, recovery } = report
  assert.deepEqual([ledger.recovered, recovery?.latencyNs.count], [both, both])
  const alone = relays.map((relay) => LINES_COUNT - relay.count('lostMessages'))
  const arrived = ledger.duplicates + LINES_COUNT - both
  const surplus = arrived - alone.reduce((sum, count) => sum + count)
  // An answer that took long may have come twice.
  assert.ok(surplus >= 0 && surplus <= (sent.retransmission?.messages ?? 0) - both)
  const [a, b] = lines
  assert.equal((a?.firstToArrive ?? 0) + (b?.firstToArrive ?? 0), LINES_COUNT - both)
  // Each was the only one with what the other lost, at least.
  assert.ok((a?.firstToArrive ?? 0) >= relays[1].count('lostMessages') - both)
  assert.ok((b?.firstToArrive ?? 0) >= relays[0].count('lostMessages') - both)
  let leads = 0
  for (const { leadNs } of lines) {
    assert.ok((leadNs?.count ?? 0) > 0 && (leadNs?.max ?? 0) > 0)
    leads += leadNs?.count ?? 0
  }
  // One of each that both brought.
  assert.ok(leads <= ledger.duplicates, `${leads} leads of ${ledger.duplicates} that came twice`)
})

test('with line A dead from the middle on nothing is lost, and an alarm says so', {
  skip: linux,
}, async (t) => {
  const plans = [{ seed: 13, loss: 0.05, deadFrom: LINES_COUNT / 2 }, { seed: 14 }] as const
  const silent = ['--line-silent-ms', '200', '--recover-delay-ms', '500']
  const { report, seen } = await runTwoLines(t, plans, silent)
  const [a, b] = report.lines
  assert.equal(report.ledger.lost.total, 0)
  assert.equal(report.ledger.recovered, 0)
  assert.equal(a?.state, 'silent')
  assert.ok((a?.silentAlarms ?? 0) >= 1)
  assert.equal(b?.state, 'live')
  // A starved relay may have been silent before.
  const alarm = seen.statuses
    .filter(({ kind, line }) => kind === 'line-silent' && line === 0)
    .at(-1)
  assert.ok(alarm !== undefined)
  assert.ok(alarm.sequence > LINES_COUNT / 2 && alarm.count > 0)
})
