import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { noMapped } from '../transport/mapped-reading.js'
import {
  CLI_FILE,
  environment,
  onlyObject,
  type ProcessResult,
  type Receiver,
  receiveReport,
  runSender,
  startHotReceiver,
  TestProcess,
} from './cli.js'
import { portIsFree } from './datagrams.js'
import { handlerModule } from './handler-modules.js'
import { openFlood } from './peers.js'
import { assertReceiveShape } from './report-shape.js'

const ANY = 'udp://127.0.0.1:0'
const COUNT = 1000
const skip = noMapped()
const flood = await openFlood()
const skipFlood = skip || (typeof flood === 'string' ? flood : false)

function startMapped(t: TestContext, ...args: string[]): Promise<Receiver> {
  return startHotReceiver(t, [ANY, '--transport', 'mapped', '--json', ...args])
}

/** A mapped ring does not tell how full it was; else its report is like any other. */
function assertMappedShape(report: ReceiveReport): void {
  assert.equal(report.transport, 'mapped')
  assert.deepEqual([report.ring?.highWater, report.ring?.fullCount], [null, null])
  assertReceiveShape({ ...report, ring: { ...report.ring, highWater: 0, fullCount: 0 } })
}

/** Nothing is missing that this machine lost. */
function assertEveryMessageHasItsPlace(report: ReceiveReport, sent: number): void {
  const { ledger, lines } = report
  const { kernel, ring, network, invalid } = ledger.lost
  const what = JSON.stringify([ledger, lines])
  assert.equal(ledger.balanced, true, what)
  assert.equal(ledger.expected, sent, what)
  assert.equal(ledger.delivered + (kernel ?? 0) + ring, sent, what)
  assert.deepEqual([network, invalid, ledger.duplicates], [0, 0, 0], what)
  assert.equal(lines[0]?.kernelDrops, kernel, what)
  assert.equal(report.datagrams + (kernel ?? 0), sent, what)
}

test('the mapped transport accounts for 10,000 of 10,000', { skip }, async (t) => {
  const { process, endpoints, port } = await startMapped(t, '--count', '10000')
  const sent = await runSender(t, [endpoints[0] ?? '', '--rate', '20000'])
  const result = await process.result
  const report = onlyObject<ReceiveReport>(result)
  assert.equal(result.exitCode, 0, result.stderr)
  assertMappedShape(report)
  assert.deepEqual([sent.messages, sent.unreachable], [10_000, 0])
  assert.equal(report.delivered, 10_000)
  assert.equal(report.datagrams, 10_000)
  assert.equal(report.lines[0]?.firstToArrive, 10_000)
  assert.equal(report.latencyFrom, 'sender')
  assert.equal(report.latencyNs?.count, 10_000)
  assert.equal(report.ring?.slots, 8192)
  assertEveryMessageHasItsPlace(report, 10_000)
  assert.equal(await portIsFree(port), true)
})

test('the mapped transport speaks IPv6, and reads lines A and B', { skip }, async (t) => {
  const { process, endpoints } = await startHotReceiver(t, [
    ...['udp://[::1]:0', ANY, '--transport', 'mapped', '--json'],
  ])
  for (const endpoint of endpoints) {
    await runSender(t, [endpoint, '--count', '1000', '--rate', '50000'])
  }
  // What the rings hold is still delivered.
  process.kill('SIGINT')
  const report = await receiveReport(process)
  assert.deepEqual([report.delivered, report.ledger.expected], [1000, 1000])
  assert.equal(report.ledger.duplicates, 1000)
  assert.deepEqual(
    report.lines.map(({ datagrams, firstToArrive }) => [datagrams, firstToArrive]),
    [
      [1000, 1000],
      [1000, 0],
    ],
  )
  assert.equal(report.ledger.balanced, true)
})

test('two mapped receivers on two ports do not disturb each other', { skip }, async (t) => {
  const receivers = [await startMapped(t, '--count', '500'), await startMapped(t, '--count', '500')]
  for (const { endpoints } of receivers) {
    await runSender(t, [endpoints[0] ?? '', '--count', '500', '--rate', '10000'])
  }
  for (const { process } of receivers) {
    const report = await receiveReport(process)
    assert.deepEqual([report.delivered, report.datagrams], [500, 500])
  }
})

test('a handler module reads the messages where they lie in the mapped ring', {
  skip,
}, async (t) => {
  const module = handlerModule(
    t,
    `let next = 0
     let wrong = 0
     let context
     export default {
       onStart(given) { context = given },
       onMessage(message, sequence) {
         const sane = message.quantity > 0 && message.price > 0 && message.timestampNs > 0n
         if (sequence !== next++ || message.sequence !== sequence || !sane) wrong++
       },
       onStop(report) { write({ next, wrong, endpoints: context.endpoints, report }) },
     }`,
  )
  const { process, endpoints } = await startMapped(
    t,
    ...['--handler', module.file, '--count', '5000'],
  )
  await runSender(t, [endpoints[0] ?? '', '--count', '5000', '--rate', '20000'])
  const report = await receiveReport(process)
  assertEveryMessageHasItsPlace(report, 5000)
  assert.deepEqual(module.written(), { next: 5000, wrong: 0, endpoints, report })
})

interface Failure {
  readonly result: ProcessResult
  readonly report: ReceiveReport
  readonly port: number
}

/** Runs a handler that fails while 1,000 messages come, and gives what is left to see. */
async function runToFailure(
  t: TestContext,
  source: string,
  ...options: string[]
): Promise<Failure> {
  const { file } = handlerModule(t, source)
  const { process, endpoints, port } = await startMapped(t, '--handler', file, ...options)
  await runSender(t, [endpoints[0] ?? '', '--count', String(COUNT), '--rate', '0'])
  const result = await process.result
  return { result, report: onlyObject<ReceiveReport>(result), port }
}

async function assertAccounted(failure: Failure, delivered: number): Promise<void> {
  const { result, report, port } = failure
  const what = JSON.stringify(report.ledger)
  assert.equal(result.exitCode, 1, result.stderr)
  assertMappedShape(report)
  assert.equal(report.ledger.balanced, true, what)
  assert.equal(report.delivered, delivered, what)
  assert.equal(report.ledger.expected, delivered + report.ledger.lost.total, what)
  assert.equal(await portIsFree(port), true)
}

const AT_100 = (action: string) => `export default {
  onMessage(message, sequence) { if (sequence === 100) ${action} },
}`

test('a handler that throws ends a mapped run with its report', { skip }, async (t) => {
  const failure = await runToFailure(
    t,
    AT_100(`throw new Error('boom at 100')`),
    ...['--count', String(COUNT)],
  )
  assert.match(failure.result.stderr, /^error TW_HANDLER_THREW: .*sequence 100\b.*boom at 100/m)
  await assertAccounted(failure, 100)
  assert.equal(failure.report.ledger.expected, COUNT)
})

test('a handler that throws without a count leaves a balanced mapped run', { skip }, async (t) => {
  const failure = await runToFailure(t, AT_100('throw 1'))
  assert.match(failure.result.stderr, /^error TW_HANDLER_THREW: /m)
  await assertAccounted(failure, 100)
})

test('a handler that blocks for ever is ended in a mapped run', { skip }, async (t) => {
  const failure = await runToFailure(t, AT_100('for (;;);'), '--idle-exit-ms', '500')
  assert.match(failure.result.stderr, /^error TW_HANDLER_STUCK: .*sequence 100\b/m)
  await assertAccounted(failure, 100)
})

test('a handler that calls process.exit ends a mapped run with its report', {
  skip,
}, async (t) => {
  const failure = await runToFailure(t, AT_100('process.exit(0)'), '--count', String(COUNT))
  assert.match(failure.result.stderr, /^error TW_(THREAD_DIED|HANDLER_EXITED): /m)
  await assertAccounted(failure, 100)
  assert.equal(failure.report.ledger.expected, COUNT)
})

test('a mapped ring that overflows is accounted for to the message, whatever its size', {
  skip: skipFlood,
}, async (t) => {
  if (typeof flood === 'string') return
  // The kernel counts drops as of now: behind 8,192 frames that came before them, or behind 64.
  const runs = [
    ['--slots', '64', '--count', '50000'],
    ['--slots', '64', '--idle-exit-ms', '1500'],
    ['--slots', '8192', '--count', '50000'],
  ]
  for (const options of runs) {
    const { process, port } = await startMapped(t, '--work-ns', '10000', ...options)
    const { sent } = await flood.send(port, 50_000)
    const report = await receiveReport(process)
    assertMappedShape(report)
    assertEveryMessageHasItsPlace(report, sent)
    assert.ok((report.ledger.lost.kernel ?? 0) > 0, 'a slow handler loses something')
  }
})

test('Ctrl-C in the midst of a flood at a mapped ring prints a balanced report', {
  skip: skipFlood,
}, async (t) => {
  if (typeof flood === 'string') return
  const { file } = handlerModule(
    t,
    `import { writeSync } from 'node:fs'
     let told = false
     export default {
       onMessage() {
         if (!told) writeSync(2, 'first message\\n')
         told = true
       },
     }`,
  )
  const { process: receiver, port } = await startMapped(t, '--handler', file)
  const sending = flood.send(port, 1_000_000)
  await receiver.line(/^first message/m)
  receiver.kill('SIGINT')
  const result = await receiver.result
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<ReceiveReport>(result)
  assertMappedShape(report)
  assert.ok(report.delivered > 0)
  assert.equal(report.ledger.balanced, true)
  assert.equal(await portIsFree(port), true)
  await sending
})

/** Programs that run another one without CAP_NET_RAW. */
const UNPRIVILEGED = [
  ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'],
  ['capsh', '--drop=cap_net_raw', '--shell=/usr/bin/env', '--'],
]
  .concat(process.getuid?.() === 0 ? [] : [['env']])
  .find(([program = '', ...rest]) => spawnSync(program, [...rest, 'true']).status === 0)

test('without CAP_NET_RAW the mapped transport is refused, with the alternatives', {
  skip:
    process.platform !== 'linux'
      ? 'the mapped transport needs Linux'
      : UNPRIVILEGED === undefined && 'neither setpriv nor capsh can take CAP_NET_RAW away here',
}, async (t) => {
  const [program = '', ...rest] = UNPRIVILEGED ?? []
  const cli = [process.execPath, CLI_FILE, 'receive', ANY, '--transport', 'mapped', '--json']
  const result = await new TestProcess(t, program, [...rest, ...cli], environment()).result
  assert.equal(result.exitCode, 1, result.stderr)
  const { error } = onlyObject<{ error: { code: string } }>(result)
  assert.equal(error.code, 'TW_PERMISSION')
  assert.match(result.stderr, /^error TW_PERMISSION: .*CAP_NET_RAW.*setcap.*--transport socket/m)
})

test('a port that another mapped receiver holds is refused', { skip }, async (t) => {
  const taken = await startMapped(t, '--slots', '64')
  const second = new TestProcess(
    t,
    process.execPath,
    [CLI_FILE, 'receive', `udp://127.0.0.1:${taken.port}`, '--transport', 'mapped'],
    environment(),
  )
  const result = await second.result
  assert.equal(result.exitCode, 1)
  assert.match(result.stderr, new RegExp(`^error TW_PORT_IN_USE: .*${taken.port}`, 'm'))
})

test('a message that a handler kept reads zeros when a mapped run is over', { skip }, async (t) => {
  const { file, written } = handlerModule(
    t,
    `let kept
     const seen = []
     const look = () => {
       let sum = 0
       for (let i = 0; i < kept.bytes.byteLength; i += 4096) sum += kept.bytes.getUint8(i)
       seen.push([kept.price, kept.quantity, kept.timestampNs === 0n, sum])
     }
     export default {
       onMessage(message) { kept = message },
       onStop() {
         look()
         setImmediate(() => {
           look()
           kept.bytes.setUint32(kept.offset, 7)
           setTimeout(() => { look(); write(seen) }, 20)
         })
       },
     }`,
  )
  const { process, endpoints } = await startMapped(t, '--handler', file, '--count', '100')
  await runSender(t, [endpoints[0] ?? '', '--count', '100'])
  const result = await process.result
  assert.deepEqual([result.exitCode, result.signal], [0, null], result.stderr)
  const zeros = [0, 0, true, 0]
  const [first, second, third] = written<unknown[][]>()
  assert.deepEqual([first, second, third?.slice(0, 2)], [zeros, zeros, [0, 0]])
})
