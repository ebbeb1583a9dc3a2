import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { test } from 'node:test'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { Market } from '../../src/send/messages/market.js'
import { MARKET_DATA_BYTES } from '../../src/wire/index.js'
import {
  onlyObject,
  receiveReport,
  runSender,
  runTickwire,
  startHotReceiver,
  startReceiver,
  tickwire,
} from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { handlerModule } from './handler-modules.js'
import { assertReceiveShape, assertSendShape } from './report-shape.js'

const ANY = 'udp://127.0.0.1:0'
const ESCAPE = '\u001b'
const EPOCH = { unixSeconds: 0, lowNs: 0, highNs: 0 }

function assertAllDelivered(report: ReceiveReport, count: number): void {
  const { ledger } = report
  assert.equal(ledger.expected, count)
  assert.equal(report.delivered, count)
  assert.equal(ledger.delivered, count)
  assert.equal(ledger.lost.total, 0)
  assert.equal(ledger.balanced, true)
  assert.equal(report.efficiencyPercent, 100)
}

test('receive and send print one JSON object each, and account for 10,000 of 10,000', async (t) => {
  const { process, endpoints } = await startHotReceiver(t, [ANY, '--count', '10000', '--json'])
  const sent = await runSender(t, [endpoints[0] ?? '', '--rate', '20000'])
  const result = await process.result
  const report = onlyObject<ReceiveReport>(result)
  assert.equal(result.exitCode, 0)
  assertReceiveShape(report)
  assertSendShape(sent)
  assertAllDelivered(report, 10_000)
  assert.equal(report.messages, 10_000)
  assert.equal(report.datagrams, 10_000)
  assert.deepEqual(
    report.lines.map(({ endpoint }) => endpoint),
    endpoints,
  )
  assert.equal(report.lines[0]?.firstToArrive, 10_000)
  assert.equal(report.ring?.slots, 1024)
  assert.equal(report.latencyFrom, 'sender')
  assert.equal(report.latencyNs?.count, 10_000)
  assert.equal(sent.messages, 10_000)
  assert.equal(sent.datagrams, 10_000)
  assert.equal(sent.refused, 0)
})

test('receive without --json prints plain lines without escape codes to a pipe', async (t) => {
  const { process, endpoints } = await startHotReceiver(t, [ANY, '--count', '500'])
  const sender = await runTickwire(t, ['send', endpoints[0] ?? '', '--count', '500', '--rate', '0'])
  const receiver = await process.result
  assert.equal(receiver.exitCode, 0)
  assert.match(receiver.stdout, /500 of 500 messages delivered, 100 ?%/)
  for (const { stdout, stderr } of [receiver, sender]) {
    assert.ok(stdout.length > 0)
    assert.ok(!stdout.includes(ESCAPE) && !stdout.includes('\r'), 'no escape code on stdout')
    assert.ok(!stderr.includes(ESCAPE), 'no escape code on stderr')
  }
})

test('NO_COLOR keeps colours away even where FORCE_COLOR asks for them', async (t) => {
  const run = tickwire(t, ['receive', ANY, '--duration-ms', '100'], {
    NO_COLOR: '1',
    FORCE_COLOR: '1',
  })
  const { stdout, stderr, exitCode } = await run.result
  assert.equal(exitCode, 0)
  assert.ok(!`${stdout}${stderr}`.includes(ESCAPE))
})

test('a silent line is silent: nothing expected, efficiency not known', async (t) => {
  const { process } = await startHotReceiver(t, [ANY, '--duration-ms', '200', '--json'])
  const report = await receiveReport(process)
  assertReceiveShape(report)
  assert.equal(report.ledger.expected, 0)
  assert.equal(report.efficiencyPercent, null)
  assert.equal(report.elapsedSeconds, null)
  assert.equal(report.latencyNs?.p50, null)
  assert.equal(report.ledger.balanced, true)
})

test('--help has an example and --version is the version, with exit code 0', async (t) => {
  for (const command of [[], ['receive'], ['send'], ['replay'], ['demo']]) {
    const { stdout, exitCode } = await runTickwire(t, [...command, '--help'])
    assert.equal(exitCode, 0)
    assert.match(stdout, /Example:\n {2}\$ tickwire /)
  }
  const { stdout, exitCode } = await runTickwire(t, ['--version'])
  assert.equal(exitCode, 0)
  assert.match(stdout, /^\d+\.\d+\.\d+/)
})

test('an unknown option is refused with the nearest known one, and exit code 2', async (t) => {
  const option = await runTickwire(t, ['receive', '--slotz', '64'])
  assert.equal(option.exitCode, 2)
  assert.match(option.stderr, /--slots/)
  assert.equal(option.stdout, '')
  const command = await runTickwire(t, ['recieve'])
  assert.equal(command.exitCode, 2)
  assert.match(command.stderr, /receive/)
})

const WRONG_USAGE: readonly (readonly string[])[] = [
  ['receive', 'udp://no-such-host.invalid:9001'],
  ['send', '--batch', '0'],
  ['replay'],
]

for (const args of WRONG_USAGE) {
  test(`tickwire ${args.join(' ')} is wrong usage: exit code 2, nothing on stdout`, async (t) => {
    const { exitCode, stdout, stderr } = await runTickwire(t, args)
    assert.equal(exitCode, 2, stderr)
    assert.equal(stdout, '')
    assert.match(stderr, /^error/m)
  })
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} in mid-run prints the reports of both sides, exit code 0`, async (t) => {
    const { process, endpoints } = await startReceiver(t, [ANY, '--json'])
    const sender = tickwire(t, ['send', endpoints[0] ?? '', '--count', '1000000', '--json'])
    await sender.line(/^sending to /m)
    sender.kill(signal)
    const sent = onlyObject<{ messages: number }>(await sender.result)
    assertSendShape(sent)
    assert.ok(sent.messages < 1_000_000)
    process.kill(signal)
    const result = await process.result
    assert.equal(result.exitCode, 0)
    const report = onlyObject<ReceiveReport>(result)
    assertAllDelivered({ ...report, efficiencyPercent: 100 }, sent.messages)
    assert.equal((await sender.result).exitCode, 0)
  })
}

test('a second SIGINT ends a receiver at once, although its handler blocks', async (t) => {
  const { file } = handlerModule(
    t,
    `export default { onMessage() { process.stderr.write('in hand\\n'); for (;;); } }`,
  )
  const { process, endpoints } = await startReceiver(t, [ANY, '--handler', file])
  await runSender(t, [endpoints[0] ?? '', '--count', '1'])
  process.kill('SIGINT')
  process.kill('SIGTERM')
  const { exitCode, signal } = await process.result
  // Two kinds of signal, since two of one kind that come close together are one to the kernel.
  const codes = [128 + constants.signals.SIGINT, 128 + constants.signals.SIGTERM]
  assert.ok(signal !== null || (exitCode !== null && codes.includes(exitCode)), `${exitCode}`)
})

test('receive and send speak IPv6', async (t) => {
  const { process, endpoints } = await startReceiver(t, [
    'udp://[::1]:0',
    '--count',
    '1000',
    '--json',
  ])
  assert.match(endpoints[0] ?? '', /^udp:\/\/\[::1\]:\d+$/)
  await runSender(t, [endpoints[0] ?? '', '--count', '1000', '--rate', '0'])
  assertAllDelivered(await receiveReport(process), 1000)
})

test('two endpoints are lines A and B: each message is delivered once', async (t) => {
  const count = 5000
  const { process, endpoints } = await startHotReceiver(t, [
    ANY,
    ANY,
    '--idle-exit-ms',
    '2500',
    '--json',
  ])
  assert.equal(endpoints.length, 2)
  const traffic = ['--count', String(count), '--rate', '20000', '--seed', '7']
  await Promise.all(endpoints.map((endpoint) => runSender(t, [endpoint, ...traffic])))
  const report = await receiveReport(process)
  assertAllDelivered(report, count)
  assert.equal(report.ledger.duplicates, count)
  assert.equal(report.messages, 2 * count)
  assert.deepEqual(
    report.lines.map(({ datagrams }) => datagrams),
    [count, count],
  )
  const first = report.lines.map(({ firstToArrive }) => firstToArrive)
  assert.equal((first[0] ?? 0) + (first[1] ?? 0), count)
})

test('a line that starts late still fills what the other line misses', async (t) => {
  const { process, endpoints } = await startReceiver(t, [ANY, ANY, '--count', '2000', '--json'])
  const [a = '', b = ''] = endpoints
  await runSender(t, [a, '--count', '1000', '--rate', '0'])
  await runSender(t, [b, '--count', '2000', '--rate', '0'])
  const report = await receiveReport(process)
  assertAllDelivered(report, 2000)
  assert.equal(report.ledger.duplicates, 1000)
})

test('ten messages in a datagram are ten messages', async (t) => {
  const { process, endpoints } = await startReceiver(t, [ANY, '--count', '10000', '--json'])
  const sent = await runSender(t, [
    ...[endpoints[0] ?? '', '--rate', '0'],
    ...['--framing', 'raw', '--messages-per-datagram', '10'],
  ])
  const report = await receiveReport(process)
  assertAllDelivered(report, 10_000)
  assert.equal(report.datagrams, 1000)
  assert.equal(sent.datagrams, 1000)
  assert.equal(sent.messages, 10_000)
})

test('a count that ends within a datagram is kept exactly', async (t) => {
  const { process, endpoints } = await startReceiver(t, [ANY, '--count', '995', '--json'])
  await runSender(t, [
    ...[endpoints[0] ?? '', '--count', '1000', '--rate', '0'],
    ...['--messages-per-datagram', '10'],
  ])
  assertAllDelivered(await receiveReport(process), 995)
})

test('the portable transport delivers, and names what it cannot tell', async (t) => {
  const { process, endpoints } = await startHotReceiver(t, [
    ...[ANY, '--transport', 'portable', '--count', '5000', '--json'],
  ])
  const sent = await runSender(t, [
    ...[endpoints[0] ?? '', '--transport', 'portable', '--count', '5000', '--rate', '5000'],
  ])
  const result = await process.result
  const report = onlyObject<ReceiveReport>(result)
  assertReceiveShape(report)
  assertAllDelivered(report, 5000)
  assert.equal(report.transport, 'portable')
  assert.equal(report.ledger.lost.kernel, null)
  assert.equal(report.lines[0]?.kernelDrops, null)
  assert.equal(report.pinned?.receiver, null)
  assert.ok(report.missing.includes('kernel drop count'))
  assert.ok(report.missing.includes('kernel time stamps'))
  assert.match(result.stderr, /^warning .*portable.*kernel drop count/m)
  assert.equal(sent.transport, 'portable')
  assert.equal(sent.messages, 5000)
})

test('an inline handler gets all messages in the receiver thread', async (t) => {
  const { process, endpoints } = await startHotReceiver(t, [
    ...[ANY, '--handler-thread', 'inline', '--count', '5000', '--json'],
  ])
  await runSender(t, [endpoints[0] ?? '', '--count', '5000', '--rate', '20000'])
  const report = await receiveReport(process)
  assertReceiveShape(report)
  assertAllDelivered(report, 5000)
})

const SEEN = `
  const fields = []
  const methods = {
    onStart(context) { this.context = context },
    onMessage(m, sequence) {
      fields.push([sequence, m.sequence, m.instrument, m.quantity, m.side, m.priceMantissa, m.price,
        m.sentNs > 0 || m.sentNs < 0, typeof m.timestampNs])
    },
    onStop(report) { write({ context: this.context, fields, report }) },
  }
`

interface Seen {
  readonly context: { feed: string; endpoints: string[]; options: Record<string, unknown> }
  readonly fields: readonly (readonly unknown[])[]
  readonly report: ReceiveReport
}

const SHAPES = {
  object: `${SEEN} export default methods`,
  class: `${SEEN} class Own {} Object.assign(Own.prototype, methods)\nexport default Own`,
}

for (const thread of ['own', 'inline']) {
  for (const [shape, source] of Object.entries(SHAPES)) {
    test(`a handler module with a default ${shape} sees every field, ${thread} thread`, async (t) => {
      const module = handlerModule(t, source)
      const { process, endpoints } = await startHotReceiver(t, [
        ...[ANY, '--handler', module.file, '--handler-thread', thread],
        ...['--count', '1000', '--json'],
      ])
      const seed = ['--seed', '42', '--instruments', '5']
      await runSender(t, [endpoints[0] ?? '', '--count', '1000', '--rate', '0', ...seed])
      const report = await receiveReport(process)
      assertAllDelivered(report, 1000)
      const seen = module.written<Seen>()
      assert.equal(seen.context.feed, 'raw')
      assert.deepEqual(seen.context.endpoints, endpoints)
      assert.equal(seen.context.options['slots'], 1024)
      assert.deepEqual(seen.fields, expectedFields(1000, 42, 5))
      assert.deepEqual(seen.report, report)
    })
  }
}

/** The generated market once more, by way of nothing but its bytes. */
function expectedFields(count: number, seed: number, instruments: number): unknown[][] {
  const market = new Market(instruments, seed, EPOCH, 0)
  const bytes = new DataView(new ArrayBuffer(MARKET_DATA_BYTES))
  return Array.from({ length: count }, (_, sequence) => {
    market.write(bytes, 0)
    const price = Number(bytes.getBigInt64(8, true))
    const [instrument, quantity] = [bytes.getUint32(20, true), bytes.getUint32(24, true)]
    const side = bytes.getUint8(28)
    return [sequence, sequence, instrument, quantity, side, price, price / 1e9, true, 'bigint']
  })
}

test('a handler module is told of a gap in-band', async (t) => {
  const module = handlerModule(
    t,
    `const events = []
     export default {
       onMessage(message, sequence) { events.push(sequence) },
       onGap({ firstSequence, count, reason }) { events.push({ firstSequence, count, reason }) },
       onStop() { write(events) },
     }`,
  )
  const { process, port } = await startReceiver(t, [
    ...[ANY, '--handler', module.file, '--idle-exit-ms', '1500', '--json'],
  ])
  const socket = await openSocket(t)
  for (const sequence of [10, 11, 15, 16]) await socket.send(rawDatagram(sequence), port)
  const report = await receiveReport(process)
  const gap = { firstSequence: 12, count: 3, reason: 'network' }
  assert.deepEqual(
    module.written<unknown[]>().filter((event) => typeof event === 'number'),
    [10, 11, 15, 16],
  )
  assert.deepEqual(
    module.written<unknown[]>().filter((event) => typeof event !== 'number'),
    [gap],
  )
  assert.equal(report.ledger.lost.network, 3)
  assert.equal(report.ledger.expected, 7)
  assert.equal(report.ledger.balanced, true)
})

test('receive ends well when its reader goes away (| head -1)', async (t) => {
  const { process } = await startReceiver(t, [ANY, '--duration-ms', '500'])
  process.closeOutput()
  const { exitCode, stderr } = await process.result
  assert.equal(exitCode, 0)
  assert.equal(stderr, '')
})
