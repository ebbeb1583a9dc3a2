import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { type SendOptions, send } from '../../src/index.js'
import type { SendReport } from '../../src/run/transmission/send-report.js'
import { Market } from '../../src/send/messages/market.js'
import { MARKET_DATA_BYTES } from '../../src/wire/index.js'
import { captureFile } from './capture-file.js'
import { onlyObject, runTickwire, tickwire } from './cli.js'
import { openSocket } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'

const run = promisify(execFile)
const END = 0xffff
const BLOCK_BYTES = 2 + MARKET_DATA_BYTES
const linux = process.platform === 'linux' ? false : 'the socket transport needs Linux'
const TRANSPORTS = { socket: linux, portable: false } as const

/** The stored fields of a MoldUDP64 datagram. */
interface Datagram {
  readonly session: string
  readonly sequence: number
  readonly count: number
  readonly lengths: readonly number[]
  readonly payload: Buffer
}

function parse(payload: Buffer): Datagram {
  const lengths: number[] = []
  let at = 20
  while (at < payload.length) {
    const length = payload.readUInt16BE(at)
    lengths.push(length)
    at += 2 + length
  }
  assert.equal(at, payload.length, 'blocks fill the datagram exactly')
  return {
    session: payload.toString('latin1', 0, 10),
    sequence: Number(payload.readBigUInt64BE(10)),
    count: payload.readUInt16BE(18),
    lengths,
    payload,
  }
}

interface Listener {
  readonly url: string
  readonly port: number
  readonly payloads: readonly Buffer[]
  datagrams(): Datagram[]
  /** Waits for the datagram that something holds for. */
  until(holds: (datagram: Datagram) => boolean): Promise<void>
}

async function listen(t: TestContext): Promise<Listener> {
  const { socket, port } = await openSocket(t)
  socket.setRecvBufferSize(4194304)
  const payloads: Buffer[] = []
  socket.on('message', (payload) => payloads.push(payload))
  return {
    url: `udp://127.0.0.1:${port}`,
    port,
    payloads,
    datagrams: () => payloads.map(parse),
    async until(holds) {
      while (!payloads.some((payload) => holds(parse(payload)))) await once(socket, 'message')
    },
  }
}

const isEnd = ({ count }: Datagram) => count === END

/** Sends to a listener, and waits until the end of the session has come. */
async function sendTo(listener: Listener, options: SendOptions): Promise<SendReport> {
  const transmission = await send({
    endpoint: listener.url,
    framing: 'moldudp64',
    lingerMs: 0,
    ...options,
  })
  const report = await transmission.finished
  await listener.until(isEnd)
  return report
}

/** A port of 127.0.0.1 that nobody reads. */
async function deadUrl(t: TestContext): Promise<string> {
  const { socket, port } = await openSocket(t)
  const closed = once(socket, 'close')
  socket.close()
  await closed
  return `udp://127.0.0.1:${port}`
}

function expectedMarket(count: number, seed: number): Buffer[] {
  const market = new Market(8, seed, { unixSeconds: 0, lowNs: 0, highNs: 0 }, 1)
  return Array.from({ length: count }, () => {
    const bytes = Buffer.alloc(MARKET_DATA_BYTES)
    market.write(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0)
    return bytes.subarray(8)
  })
}

/** The messages in some datagrams, without their time stamps. */
function messagesOf(datagrams: readonly Datagram[]): Buffer[] {
  return datagrams.flatMap(({ payload, lengths }) =>
    lengths.map((length, i) =>
      payload.subarray(20 + i * BLOCK_BYTES + 10, 22 + i * BLOCK_BYTES + length),
    ),
  )
}

for (const [transport, skip] of Object.entries(TRANSPORTS)) {
  const via = { transport: transport as keyof typeof TRANSPORTS }

  test(`send writes 45 messages into each MoldUDP64 datagram, ${transport}`, {
    skip,
  }, async (t) => {
    const listener = await listen(t)
    const report = await sendTo(listener, {
      ...{ ...via, session: 'ABC', count: 1000, rate: 100_000, burst: 45, seed: 7 },
      messagesPerDatagram: 45,
    })
    const all = listener.datagrams()
    const data = all.filter(({ count }) => count !== END)
    assert.equal(data.length, 23)
    assert.deepEqual(
      data.map(({ sequence }) => sequence),
      data.map((_, i) => 1 + 45 * i),
    )
    for (const { session, count, lengths } of all) {
      assert.equal(session, 'ABC       ')
      assert.ok(count === END ? lengths.length === 0 : lengths.length === count)
      assert.ok(lengths.every((length) => length === MARKET_DATA_BYTES))
    }
    assert.deepEqual(messagesOf(data), expectedMarket(1000, 7))
    assert.deepEqual(
      all.filter(isEnd).map(({ sequence }) => sequence),
      [1001],
    )
    assert.deepEqual([report.messages, report.datagrams, report.refused], [1000, 23, 0])
    assert.equal(report.payloadBytes, 23 * 20 + 1000 * BLOCK_BYTES)
    assert.deepEqual([report.heartbeats, report.endOfSession, report.session], [0, 1, 'ABC'])
  })

  test(`a silent session beats, before its first message and between two, ${transport}`, {
    skip,
  }, async (t) => {
    const listener = await listen(t)
    const report = await sendTo(listener, {
      ...{ ...via, count: 2, rate: 4, startDelayMs: 250, heartbeatMs: 40, lingerMs: 120 },
    })
    const all = listener.datagrams()
    const beats = all.filter(({ count }) => count === 0).map(({ sequence }) => sequence)
    assert.deepEqual([...new Set(beats)], [1, 2], 'each tells the next sequence')
    assert.deepEqual(beats, [...beats].sort(), 'in order')
    const first = all.findIndex(({ count }) => count === 1)
    assert.ok(all.slice(0, first).every(({ count, sequence }) => count === 0 && sequence === 1))
    assert.equal(report.heartbeats, beats.length)
    const ends = all.filter(isEnd)
    assert.ok(report.endOfSession >= 2, 'the end is repeated while it lingers')
    assert.ok(ends.every(({ sequence, payload }) => sequence === 3 && payload.length === 20))
  })

  test(`two lines get the same datagrams, and a dead third hurts neither, ${transport}`, {
    skip,
  }, async (t) => {
    const [a, b] = [await listen(t), await listen(t)]
    const report = await sendTo(a, {
      ...{ ...via, endpoint: [a.url, await deadUrl(t), b.url], messagesPerDatagram: 3 },
      ...{ count: 3000, rate: 100_000, heartbeatMs: 0 },
    })
    await b.until(isEnd)
    assert.equal(a.payloads.length, 1001)
    assert.deepEqual(a.payloads, b.payloads)
    assert.deepEqual([report.messages, report.datagrams, report.refused], [3000, 1000, 0])
    assert.equal(report.endpoint, a.url)
    const [lineA, , lineB] = report.lines
    assert.deepEqual(lineA, {
      endpoint: a.url,
      datagrams: 1000,
      refused: 0,
      refusedBy: null,
      unreachable: 0,
    })
    assert.deepEqual(lineB, {
      endpoint: b.url,
      datagrams: 1000,
      refused: 0,
      refusedBy: null,
      unreachable: 0,
    })
  })
}

test('a signal ends a session with the sequence behind the last message', async (t) => {
  const listener = await listen(t)
  const sender = tickwire(t, [
    ...['send', listener.url, '--framing', 'moldudp64', '--count', '1000000', '--json'],
  ])
  await listener.until(({ count }) => count === 1)
  sender.kill('SIGTERM')
  const result = await sender.result
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<SendReport>(result)
  await listener.until(isEnd)
  const sent = (report.messages ?? 0) + report.refused
  assert.equal(listener.datagrams().find(isEnd)?.sequence, sent + 1)
  assert.equal(report.endOfSession, 1)
})

test('trains of MoldUDP64 datagrams are cut into equal ones on both lines', {
  skip: linux,
}, async (t) => {
  const [a, b] = [await listen(t), await listen(t)]
  const report = await sendTo(a, {
    ...{ endpoint: [a.url, b.url], gso: true, messagesPerDatagram: 5, count: 2003 },
    ...{ rate: 100_000, burst: 500 },
  })
  await b.until(isEnd)
  assert.deepEqual(a.payloads, b.payloads)
  const data = a.datagrams().filter(({ count }) => count !== END)
  assert.deepEqual(
    data.map(({ count }) => count),
    [...Array<number>(400).fill(5), 3],
  )
  assert.deepEqual(messagesOf(data), expectedMarket(2003, 1))
  assert.equal(report.gso.refused, null)
  assert.ok(report.gso.trains > 0 && report.gso.trains < 300, 'a train is many datagrams')
})

test('lines of raw datagrams get the same bytes too', { skip: linux }, async (t) => {
  const [a, b] = [await listen(t), await listen(t)]
  const transmission = await send({ endpoint: [a.url, b.url], count: 500, rate: 100_000 })
  const report = await transmission.finished
  while (a.payloads.length + b.payloads.length < 1000) await new Promise(setImmediate)
  assert.deepEqual(a.payloads, b.payloads)
  assert.deepEqual([report.messages, report.framing, report.session], [500, 'raw', null])
})

for (const args of [
  ['--session', 'ELEVENCHARS', '--framing', 'moldudp64'],
  ['--session', 'ABC'],
  ['--heartbeat-ms', '-1', '--framing', 'moldudp64'],
  ['--messages-per-datagram', '2113', '--framing', 'moldudp64'],
  Array<string>(17).fill('udp://127.0.0.1:9'),
]) {
  test(`tickwire send ${args.slice(0, 4).join(' ')} is wrong usage`, async (t) => {
    const { exitCode, stderr } = await runTickwire(t, ['send', ...args])
    assert.equal(exitCode, 2, stderr)
    assert.match(stderr, /^error TW_BAD_OPTION: /m)
  })
}

/** Why a test cannot run without Wireshark's tshark; the runner takes a skip as a failure in CI. */
const noTshark = await run('tshark', ['--version']).then(
  () => false as const,
  () => 'the program tshark is not there',
)

test('tshark reads session, sequences and counts as they were sent, and finds no error', {
  skip: noTshark,
}, async (t) => {
  const listener = await listen(t)
  await sendTo(listener, {
    ...{ session: 'WIRE', count: 200, rate: 1000, burst: 90, messagesPerDatagram: 45 },
    ...{ heartbeatMs: 30 },
  })
  const file = join(temporaryFolder(t), 'mold.pcap')
  const { port, payloads } = listener
  writeFileSync(
    file,
    captureFile(payloads.map((payload) => ({ address: '127.0.0.1', port, payload }))),
  )
  const fields = ['session', 'sequence', 'count', 'msglen', 'msglen.invalid', 'count.invalid']
  const { stdout } = await run('tshark', [
    ...['-r', file, '-d', `udp.port==${port},moldudp64`, '-T', 'fields', '-E', 'separator=|'],
    ...fields.flatMap((field) => ['-e', `moldudp64.${field}`]),
    ...['-e', '_ws.expert'],
  ])
  // To a datagram without messages tshark has a comment, which is no complaint.
  const comment = /Expert Info \(Comment\/Comment\): [^,|\n]*/g
  const lines = stdout.replace(comment, '').replace(/\n$/, '').split('\n')
  const expected = listener.datagrams().map(({ session, sequence, count, lengths }) => {
    return [session, sequence, count, lengths.join(','), '', '', ''].map(String)
  })
  assert.ok(expected.some(([, , count]) => count === '0'))
  assert.ok(expected.some(([, , count]) => count === '45'))
  assert.deepEqual(
    lines.map((line) => line.split('|').map((field, i) => (i === 0 ? field.padEnd(10) : field))),
    expected,
  )
})
