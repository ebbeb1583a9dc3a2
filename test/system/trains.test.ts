import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import type { SendReport } from '../../src/run/transmission/send-report.js'
import { IEX } from '../kit/captures.js'
import { noMapped } from '../transport/mapped-reading.js'
import { receiveReport, runSender, runTickwire, startHotReceiver } from './cli.js'
import { handlerModule } from './handler-modules.js'
import { assertReceiveShape, assertSendShape } from './report-shape.js'

const ANY = 'udp://127.0.0.1:0'
/** So few that the socket's buffer has room for all of them, should the receiver be starved. */
const COUNT = 6000
/** Slow enough that nothing is lost, so fast that many messages are due at once. */
const PACE = ['--rate', '200000', '--burst', '384']

const linux = process.platform === 'linux' ? false : 'segmentation offload needs Linux'

/** Ways to take trains apart. */
const RECEIVERS = {
  'an own thread': { skip: linux, flags: ['--gro'] },
  'an inline handler': { skip: linux, flags: ['--gro', '--handler-thread', 'inline'] },
  'the mapped ring': {
    skip: noMapped(),
    flags: ['--transport', 'mapped', '--slot-bytes', '65536', '--slots', '512'],
  },
} as const

interface Run {
  readonly report: ReceiveReport
  readonly sent: SendReport
}

async function run(
  t: TestContext,
  receiver: readonly string[],
  sender: readonly string[],
): Promise<Run> {
  const { process, endpoints } = await startHotReceiver(t, [
    ...[ANY, '--count', String(COUNT), '--json', ...receiver],
  ])
  const sent = await runSender(t, [endpoints[0] ?? '', '--count', String(COUNT), ...sender])
  return { report: await receiveReport(process), sent }
}

function assertWhole({ report, sent }: Run, perDatagram: number): void {
  const { ledger } = report
  const what = JSON.stringify(ledger)
  assertReceiveShape({ ...report, ring: { ...report.ring, highWater: 0, fullCount: 0 } })
  assertSendShape(sent)
  assert.equal(sent.messages, COUNT)
  assert.equal(sent.refused, 0)
  assert.equal(sent.datagrams, Math.ceil(COUNT / perDatagram))
  assert.deepEqual([report.delivered, ledger.expected, ledger.lost.total], [COUNT, COUNT, 0], what)
  assert.equal(ledger.balanced, true, what)
  assert.equal(report.messages, COUNT)
  assert.equal(report.datagrams, sent.datagrams)
  assert.equal(report.lines[0]?.firstToArrive, sent.datagrams)
  assert.equal(report.latencyNs?.count, COUNT)
}

for (const [where, { skip, flags }] of Object.entries(RECEIVERS)) {
  for (const perDatagram of [1, 3]) {
    test(`trains of datagrams with ${perDatagram} message(s) are counted one by one in ${where}`, {
      skip,
    }, async (t) => {
      const sender = ['--gso', '--messages-per-datagram', String(perDatagram), ...PACE]
      const both = await run(t, flags, sender)
      assertWhole(both, perDatagram)
      assert.equal(both.report.gro, true)
      assert.equal(both.sent.gso.asked, true)
      assert.equal(both.sent.gso.refused, null)
      assert.ok(both.sent.gso.trains < both.sent.datagrams / 4, 'a train is many datagrams')
      // A train that the loopback hands over is one: the line counts those.
      assert.ok((report(both).datagrams ?? COUNT) < both.sent.datagrams / 2, where)
    })
  }

  test(`single datagrams are read in ${where} as well`, { skip }, async (t) => {
    // As many frames as there are datagrams to come: no pause of this machine can lose one.
    const all = where.includes('mapped') ? ['--transport', 'mapped', '--slots', '32768'] : flags
    assertWhole(await run(t, all, ['--rate', '20000']), 1)
  })
}

function report(run: Run) {
  return { datagrams: run.report.lines[0]?.datagrams }
}

test('a receiver that did not ask for trains gets the datagrams that were cut', {
  skip: linux,
}, async (t) => {
  const both = await run(t, [], ['--gso', ...PACE])
  assertWhole(both, 1)
  assert.equal(both.report.gro, false)
  assert.equal(both.report.lines[0]?.datagrams, COUNT)
})

test('a total that ends within a train is kept exactly', { skip: linux }, async (t) => {
  const { process, endpoints } = await startHotReceiver(t, [
    ...[ANY, '--gro', '--count', '1000', '--json'],
  ])
  await runSender(t, [
    ...[endpoints[0] ?? '', '--gso', '--count', '1111', '--messages-per-datagram', '3'],
    ...['--rate', '0'],
  ])
  const { ledger, delivered } = await receiveReport(process)
  assert.deepEqual([delivered, ledger.expected, ledger.balanced], [1000, 1000, true])
})

test('a handler sees every message of trains once, and in sequence', { skip: linux }, async (t) => {
  const module = handlerModule(
    t,
    `let next = 0
     let wrong = 0
     export default {
       onMessage(message, sequence) {
         if (sequence !== next++ || message.sequence !== sequence) wrong++
       },
       onStop() { write({ next, wrong }) },
     }`,
  )
  await run(t, ['--gro', '--handler', module.file], ['--gso', ...PACE])
  assert.deepEqual(module.written(), { next: COUNT, wrong: 0 })
})

for (const perDatagram of [1, 3]) {
  const title = `trains that find no slot are lost to the message, ${perDatagram} per datagram`
  test(title, { skip: linux }, async (t) => {
    const both = await run(
      t,
      ['--gro', '--when-full', 'drop-newest', '--slots', '16', '--work-ns', '20000'],
      ['--gso', '--rate', '0', '--messages-per-datagram', String(perDatagram)],
    )
    const { ledger } = both.report
    const { kernel, ring, network, invalid } = ledger.lost
    const what = JSON.stringify([ledger, both.report.lines])
    assert.equal(both.sent.messages, COUNT)
    assert.equal(ledger.delivered + ring + (kernel ?? 0), COUNT, what)
    assert.deepEqual([network, invalid, ledger.duplicates], [0, 0, 0], what)
    assert.equal(ledger.expected, COUNT)
    assert.equal(ledger.balanced, true)
    assert.ok(ring > 0, 'a slow handler behind a small ring loses something')
  })
}

test('a recording replayed at a receiver of trains is whole', {
  skip: linux || IEX.skip,
}, async (t) => {
  const { process, endpoints } = await startHotReceiver(t, [
    ...[ANY, '--gro', '--framing', 'iex-tp', '--count', '57674', '--idle-exit-ms', '20000'],
    '--json',
  ])
  const replayed = await runTickwire(t, [
    ...['replay', IEX.path, endpoints[0] ?? '', '--speed', '0', '--json'],
  ])
  assert.equal(replayed.exitCode, 0, replayed.stderr)
  const report = await receiveReport(process)
  assert.deepEqual([report.messages, report.delivered], [57_674, 57_674])
  assert.equal(report.ledger.lost.total, 0)
  assert.equal(report.ledger.balanced, true)
})

test('slots that would cut trains are wrong usage', async (t) => {
  const { exitCode, stderr } = await runTickwire(t, [
    ...['receive', ANY, '--gro', '--slot-bytes', '2048'],
  ])
  assert.equal(exitCode, 2)
  assert.match(stderr, /^error TW_BAD_OPTION: .*2048.*--gro/m)
})
