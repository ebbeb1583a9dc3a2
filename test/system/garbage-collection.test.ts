import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SendReport } from '../../src/index.js'
import {
  CLI_FILE,
  environment,
  onlyObject,
  receiveReport,
  runSender,
  startHotReceiver,
  TestProcess,
} from './cli.js'
import { openSocket } from './datagrams.js'
import { handlerModule, temporaryFolder } from './handler-modules.js'
import { openFlood } from './peers.js'

const COUNT = 1_000_000

const flood = await openFlood()
const skip = typeof flood === 'string' ? flood : false

for (const how of ['counted', 'profiled', 'recorded']) {
  const profiled = how === 'profiled'
  const recorded = how === 'recorded'
  const title = `neither hot thread collects garbage after the first of a million messages that are ${how}`
  test(title, { skip }, async (t) => {
    if (typeof flood === 'string') return
    const file = join(temporaryFolder(t), 'run.profile')
    const { process, port } = await startHotReceiver(t, [
      ...['udp://127.0.0.1:0', '--slots', '1024', '--count', String(COUNT), '--json'],
      ...(profiled ? ['--profile', file, '--when-full', 'drop-newest'] : []),
      ...(recorded ? ['--record', file] : []),
    ])
    const { sent } = await flood.send(port, COUNT)
    const { ledger, garbageCollections, profile, recording } = await receiveReport(process)
    assert.equal(ledger.expected, sent)
    assert.equal(ledger.balanced, true)
    assert.deepEqual(garbageCollections, { receiver: 0, handler: 0 })
    if (recorded) {
      // On two busy cores the recorder does not keep up with a flood; all of it is accounted for.
      const { diskFull = 0, slow = 0 } = recording?.notRecorded ?? {}
      assert.equal((recording?.recorded ?? 0) + diskFull + slow, ledger.delivered)
    }
    if (profiled) assert.equal(profile?.records, sent - (ledger.lost.kernel ?? 0))
  })
}

/** Slow, and without a number that any compiler would box. */
const SLOW = `
  let sum = 0
  export default {
    onMessage() { for (let i = 0; i < 10000; i++) sum = (sum + i) & 0xffff },
  }`
/**
 * On a machine that is busy with other things V8's compiler may come late once, when a real loss throws
 * away what was compiled before. What makes garbage with each message makes it in every run.
 */
const ATTEMPTS = 3

for (const policy of ['skip-oldest', 'conflate']) {
  test(`neither hot thread collects garbage while ${policy} passes messages over`, {
    skip,
  }, async (t) => {
    if (typeof flood === 'string') return
    const { file } = handlerModule(t, SLOW)
    const collections: number[] = []
    while (collections.length < ATTEMPTS && !collections.includes(0)) {
      const { process, port } = await startHotReceiver(t, [
        ...['udp://127.0.0.1:0', '--when-behind', policy, '--handler', file, '--slots', '4096'],
        ...['--count', String(COUNT / 2), '--json'],
      ])
      const { sent } = await flood.send(port, COUNT / 2, 250_000)
      const { ledger, garbageCollections } = await receiveReport(process)
      assert.equal(ledger.expected, sent)
      assert.equal(ledger.balanced, true)
      assert.ok(ledger.skipped > COUNT / 20, JSON.stringify(ledger))
      const { receiver, handler } = garbageCollections
      collections.push((receiver ?? Number.NaN) + (handler ?? Number.NaN))
    }
    assert.ok(collections.includes(0), `${collections.join(', ')} collections`)
  })
}

const linux = process.platform === 'linux' ? false : 'the socket transport needs Linux'

/** One boxed number for each is 16 bytes: three times what fills the young generation. */
const SENT = 3_000_000

const MOLD = ['--framing', 'moldudp64', '--messages-per-datagram', '45']

/** Ways to send, each of which has hot code of its own. */
const SENDERS = {
  'as fast as possible': [...MOLD, '--rate', '0'],
  'on a schedule': [...MOLD, '--rate', '4000000', '--stamp', 'due'],
  'kept to be asked for': [
    ...MOLD,
    ...['--rate', '0', '--retransmit', 'udp://127.0.0.1:0', '--linger-ms', '0'],
  ],
}

for (const [how, flags] of Object.entries(SENDERS)) {
  for (const lines of [1, 2]) {
    const title = `the sender collects no garbage over 3,000,000 messages, ${how}, ${lines} line(s)`
    test(title, { skip: linux }, async (t) => {
      const sockets = await Promise.all(Array.from({ length: lines }, () => openSocket(t)))
      const urls = sockets.map(({ port }) => `udp://127.0.0.1:${port}`)
      const args = [...urls, '--count', String(SENT), ...flags]
      const { messages, refused, garbageCollections } = await runSender(t, args)
      assert.deepEqual([messages, refused, garbageCollections], [SENT, 0, 0])
    })
  }
}

for (const framing of ['raw', 'moldudp64']) {
  test(`a slow sender boxes no number in turns in which nothing is due, ${framing}`, {
    skip: linux,
  }, async (t) => {
    const { port } = await openSocket(t)
    // Without inlining, every number that a call would box is boxed: no run is clean by luck.
    const child = new TestProcess(
      t,
      process.execPath,
      [
        ...['--no-turbo-inlining', CLI_FILE, 'send', `udp://127.0.0.1:${port}`, '--json'],
        ...['--framing', framing, '--count', '6000', '--rate', '1000'],
      ],
      environment(),
    )
    const { messages, garbageCollections } = onlyObject<SendReport>(await child.result)
    assert.deepEqual([messages, garbageCollections], [6000, 0])
  })
}

test('no hot thread collects garbage over half a million messages under flow control', {
  skip: linux,
}, async (t) => {
  const count = COUNT / 2
  const { process, port } = await startHotReceiver(t, [
    ...['udp://127.0.0.1:0', '--flow', 'credit', '--count', String(count), '--json'],
  ])
  const args = [`udp://127.0.0.1:${port}`, '--flow', 'credit', '--count', String(count)]
  const sent = await runSender(t, [...args, '--rate', '0'])
  const { ledger, garbageCollections } = await receiveReport(process)
  assert.deepEqual([ledger.delivered, ledger.lost.total], [count, 0])
  assert.deepEqual(garbageCollections, { receiver: 0, handler: 0 })
  assert.equal(sent.garbageCollections, 0)
})

test('lines A and B make no garbage in the thread that reads both', {
  skip: linux,
}, async (t) => {
  const lines = ['udp://127.0.0.1:0', 'udp://127.0.0.1:0']
  const { process, endpoints } = await startHotReceiver(t, [
    ...[...lines, '--framing', 'moldudp64', '--handler-thread', 'inline'],
    ...['--count', String(COUNT), '--idle-exit-ms', '2000', '--json'],
  ])
  const args = [...endpoints, '--framing', 'moldudp64', '--linger-ms', '0', '--rate', '0']
  await runSender(t, [...args, '--count', String(COUNT)])
  const { ledger, garbageCollections } = await receiveReport(process)
  assert.equal(ledger.balanced, true)
  assert.ok(ledger.duplicates > COUNT / 2, `${ledger.duplicates} came twice`)
  assert.deepEqual(garbageCollections, { receiver: 0, handler: 0 })
})
