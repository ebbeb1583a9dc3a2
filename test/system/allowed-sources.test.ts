import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { receive } from '../../src/index.js'
import { canUseLibc } from '../../src/native/libc.js'
import { UdpSocket } from '../../src/native/udp-socket.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { SHARED } from '../kit/sharing.js'
import { HAS_IPV6, sendAll } from '../native/loopback.js'
import { noMapped } from '../transport/mapped-reading.js'
import { receiveReport, runTickwire, startHotReceiver, startReceiver } from './cli.js'
import { openSocket, rawDatagram, type TestSocket } from './datagrams.js'
import { openFlood } from './peers.js'
import { assertReceiveShape } from './report-shape.js'

const ANY = 'udp://127.0.0.1:0'
const COUNT = 200
const native = canUseLibc() ? false : 'the socket transport needs Linux'
const flood = await openFlood()

const TRANSPORTS = {
  'an own thread': { skip: native, flags: ['--transport', 'socket'] },
  'an inline handler': { skip: native, flags: ['--handler-thread', 'inline'] },
  'the portable transport': { skip: false, flags: ['--transport', 'portable'] },
  'the mapped ring': { skip: noMapped(), flags: ['--transport', 'mapped'] },
  'a receiver of trains': { skip: native, flags: ['--gro'] },
} as const

/** What would look like a restart, a jump, gaps, duplicates and damage, if it were this feed's. */
const DISTURBING: readonly Uint8Array[] = [
  rawDatagram(0),
  rawDatagram(1),
  rawDatagram(4_000_000),
  rawDatagram(4_000_001),
  rawDatagram(150, 3),
  Buffer.from('not a message'),
  Buffer.alloc(0),
]

/** Sends a feed from one socket, and nonsense before each of its messages from the other. */
async function sendBoth(own: TestSocket, other: TestSocket, port: number): Promise<number> {
  const to = own.socket.address().address
  let nonsense = 0
  for (let sequence = 0; sequence < COUNT; sequence++) {
    const payload = DISTURBING[nonsense++ % DISTURBING.length] ?? Buffer.alloc(0)
    await other.send(payload, port, to)
    await own.send(rawDatagram(sequence), port, to)
  }
  return nonsense
}

function assertUndisturbed(report: ReceiveReport, others: number): void {
  const { ledger, lines } = report
  const what = JSON.stringify(report)
  assertReceiveShape({ ...report, ring: { ...report.ring, highWater: 0, fullCount: 0 } })
  assert.deepEqual(
    [ledger.expected, report.delivered, report.messages],
    [COUNT, COUNT, COUNT],
    what,
  )
  assert.deepEqual([ledger.lost.total, ledger.duplicates, ledger.balanced], [0, 0, true], what)
  assert.deepEqual([report.restarts, report.invalidDatagrams, report.late], [0, 0, 0], what)
  assert.deepEqual([lines[0]?.otherSources, lines[0]?.firstToArrive], [others, COUNT], what)
  assert.deepEqual([report.datagrams, lines[0]?.datagrams], [COUNT + others, COUNT + others], what)
}

for (const [where, { skip, flags }] of Object.entries(TRANSPORTS)) {
  const title = `datagrams of other sources are counted and disturb nothing, ${where}`
  test(title, { skip }, async (t) => {
    const { process, port } = await startReceiver(t, [
      ...[ANY, '--allow-source', '127.0.0.1', '--allow-source', '127.0.0.9'],
      ...['--count', String(COUNT), '--json', ...flags],
    ])
    const own = await openSocket(t)
    const others = await sendBoth(own, await openSocket(t, 0, '127.0.0.2'), port)
    assertUndisturbed(await receiveReport(process), others)
  })
}

test('an endpoint of one address takes a source too', { skip: native }, async (t) => {
  const { process, port, endpoints } = await startReceiver(t, [
    ...[`${ANY}?source=127.0.0.1`, '--count', String(COUNT), '--json'],
  ])
  assert.match(endpoints[0] ?? '', /:\d+\?source=127\.0\.0\.1$/)
  const own = await openSocket(t)
  const others = await sendBoth(own, await openSocket(t, 0, '127.0.0.2'), port)
  assertUndisturbed(await receiveReport(process), others)
})

test('a caller that iterates gets nothing of other sources', async (t) => {
  await using feed = await receive({
    ...SHARED,
    endpoints: ANY,
    allowSources: '127.0.0.1',
    count: COUNT,
  })
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  const own = await openSocket(t)
  const sent = sendBoth(own, await openSocket(t, 0, '127.0.0.2'), port)
  const sequences: number[] = []
  for await (const batch of feed) while (batch.next()) sequences.push(batch.sequence)
  assert.deepEqual(
    sequences,
    Array.from({ length: COUNT }, (_, i) => i),
  )
  assertUndisturbed(await feed.finished, await sent)
})

for (const transport of ['socket', 'portable', 'mapped'] as const) {
  const possible = transport === 'socket' ? native : transport === 'mapped' ? noMapped() : false
  const skip = possible || (HAS_IPV6 ? false : 'this machine has no ::1')
  test(`IPv6 sources are told apart, ${transport}`, { skip }, async (t) => {
    const own = await openSocket(t, 0, '::1')
    for (const [source, delivered, others] of [
      ['0:0:0:0:0:0:0:1', 10, 0],
      ['::2', 0, 10],
    ] as const) {
      const { process, port } = await startReceiver(t, [
        ...['udp://[::1]:0', '--allow-source', source, '--transport', transport, '--json'],
      ])
      for (let sequence = 0; sequence < 10; sequence++) await own.send(rawDatagram(sequence), port)
      process.kill('SIGINT')
      const report = await receiveReport(process)
      assert.deepEqual([report.delivered, report.lines[0]?.otherSources], [delivered, others])
      assert.equal(report.ledger.expected, delivered)
    }
  })
}

/** A sender in C's way at an address of its own, which may leave trains to the kernel. */
function senderFrom(t: TestContext, address: string, port: number): UdpSocket {
  const socket = new UdpSocket(false)
  t.after(() => socket.close())
  socket.bind(address, 0)
  socket.connect('127.0.0.1', port)
  return socket
}

for (const flags of [[], ['--handler-thread', 'inline']]) {
  test(`a train is of one source, ${flags[1] ?? 'own thread'}`, { skip: native }, async (t) => {
    const { process, port } = await startReceiver(t, [
      ...[ANY, '--gro', '--allow-source', '127.0.0.1', '--count', '640', '--json', ...flags],
    ])
    const [own, other] = ['127.0.0.1', '127.0.0.2'].map((one) => senderFrom(t, one, port))
    assert.ok(own?.trySegment(29) && other?.trySegment(29))
    for (let first = 0; first < 640; first += 64) {
      sendAll(other, [rawDatagram(3_000_000 + first, 63)])
      sendAll(own, [rawDatagram(first, 64)])
    }
    const report = await receiveReport(process)
    assert.deepEqual([report.delivered, report.ledger.expected], [640, 640])
    assert.deepEqual([report.restarts, report.ledger.lost.total], [0, 0])
    assert.equal(report.lines[0]?.otherSources, 630)
    assert.equal(report.datagrams, 640 + 630)
  })
}

for (const flags of [[], ['--gro']]) {
  const title = `what is discarded of other sources is not lost${flags.map((one) => `, ${one}`)}`
  test(title, { skip: native }, async (t) => {
    const { process, port } = await startReceiver(t, [
      ...[ANY, '--slots', '8', '--when-full', 'drop-newest', '--work-ns', '200000'],
      ...['--allow-source', '127.0.0.1', '--json', ...flags],
    ])
    const [own, other] = ['127.0.0.1', '127.0.0.2'].map((one) => senderFrom(t, one, port))
    assert.ok(own !== undefined && other !== undefined)
    // The feed begins with what finds the ring empty.
    const sent = { own: sendAll(own, [rawDatagram(0)]), other: 0 }
    for (let round = 0; round < 40; round++) {
      sent.other += sendAll(other, Array(20).fill(rawDatagram(0)))
      const own20 = Array.from({ length: 20 }, (_, i) => rawDatagram(sent.own + i))
      sent.own += sendAll(own, own20)
      await nextTurn()
    }
    process.kill('SIGINT')
    const { ledger, lines, datagrams } = await receiveReport(process)
    const [line] = lines
    const what = JSON.stringify([ledger, lines])
    assert.equal(line?.kernelDrops, 0, what)
    assert.equal(ledger.expected, sent.own, what)
    // A handler that does not get to the last messages in time after the stop is cut off from them.
    assert.equal(ledger.lost.ring + ledger.lost.cutOff, ledger.lost.total, what)
    assert.equal(line?.ringDrops, ledger.lost.ring, what)
    assert.ok(ledger.lost.ring > 0, 'a slow handler behind a small ring loses something')
    assert.equal(line?.otherSources, sent.other, what)
    assert.equal(datagrams, sent.own + sent.other)
    assert.equal(ledger.balanced, true)
  })
}

test('other sources do not keep a silent feed alive', { skip: native }, async (t) => {
  const { process, port } = await startReceiver(t, [
    ...[ANY, '--allow-source', '127.0.0.1', '--idle-exit-ms', '300', '--json'],
  ])
  const own = await openSocket(t)
  const other = await openSocket(t, 0, '127.0.0.2')
  await own.send(rawDatagram(0), port)
  let over = false
  const ended = process.result.finally(() => {
    over = true
  })
  while (!over) {
    await other.send(rawDatagram(9), port, '127.0.0.1')
    await nextTurn()
  }
  await ended
  const report = await receiveReport(process)
  assert.deepEqual([report.delivered, report.ledger.expected], [1, 1])
  assert.ok((report.lines[0]?.otherSources ?? 0) > 0)
})

for (const handler of ['own', 'inline']) {
  test(`telling sources apart makes no garbage, ${handler}`, {
    skip: native || (typeof flood === 'string' ? flood : false),
  }, async (t) => {
    if (typeof flood === 'string') return
    const { process, port } = await startHotReceiver(t, [
      ...[ANY, '--allow-source', '127.0.0.9', '--allow-source', '127.0.0.1', '--json'],
      ...['--handler-thread', handler, '--count', '1000000', '--idle-exit-ms', '5000'],
    ])
    const other = senderFrom(t, '127.0.0.2', port)
    const nonsense = DISTURBING.concat(DISTURBING)
    let over = false
    const sending = flood.send(port, 1_000_000).finally(() => {
      over = true
    })
    while (!over) {
      sendAll(other, nonsense)
      await nextTurn()
    }
    await sending
    const { ledger, lines, garbageCollections } = await receiveReport(process)
    assert.equal(ledger.balanced, true)
    assert.equal(ledger.expected, 1_000_000)
    assert.ok((lines[0]?.otherSources ?? 0) > 10_000, JSON.stringify(lines))
    assert.deepEqual(garbageCollections, { receiver: 0, handler: 0 })
  })
}

test('what is no address of a sender is wrong usage', async (t) => {
  for (const [source, what] of [
    ['nasdaq.com', /"nasdaq\.com" is not the address of a host/],
    ['::1', /another address family than udp:\/\/127\.0\.0\.1:0/],
  ] as const) {
    const args = ['receive', ANY, '--allow-source', source]
    const { exitCode, stdout, stderr } = await runTickwire(t, args)
    assert.deepEqual([exitCode, stdout], [2, ''])
    assert.match(stderr, /^error TW_BAD_OPTION: .*--allow-source 10\.0\.0\.9/m)
    assert.match(stderr, what)
  }
})

test('the summary tells of other sources where there were any', { skip: native }, async (t) => {
  for (const source of ['127.0.0.1', '127.0.0.9']) {
    const { process, port } = await startReceiver(t, [ANY, '--allow-source', source])
    const own = await openSocket(t)
    for (const sequence of [0, 1, 2]) await own.send(rawDatagram(sequence), port)
    process.kill('SIGINT')
    const { stdout } = await process.result
    assert.equal(
      /ignored +3 datagrams of other sources/.test(stdout),
      source === '127.0.0.9',
      stdout,
    )
  }
})
