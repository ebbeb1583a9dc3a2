// What a recording may hold and where it may come from, sent to a socket of the test's own.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { ReplayFailure, type ReplayReport, replay } from '../../src/replay/replay.js'
import type { ReplayOptions } from '../../src/replay/replay-options.js'
import {
  type CaptureRecord,
  captureFile,
  ethernet,
  ipv4,
  mold,
  udp,
} from '../capture/capture-builder.js'
import { until } from '../kit/until.js'
import { CLI_FILE, environment, runTickwire, tickwire } from './cli.js'
import { openSocket } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'

/** Replays to a socket that nobody reads, in this process. */
async function replayed(t: TestContext, options: ReplayOptions): Promise<ReplayReport> {
  const { port } = await openSocket(t)
  const running = await replay({ endpoint: port, cpu: null, ...options })
  return running.finished
}

/** A datagram of MoldUDP64 with one message, so many milliseconds after 2023-11-14 22:13:20. */
function molded(ms: number, sequence: number): CaptureRecord {
  const payload = mold(sequence, [Buffer.alloc(8, sequence)])
  const packet = ethernet(ipv4(udp({ payload })))
  return { seconds: 1_700_000_000 + Math.floor(ms / 1000), fraction: (ms % 1000) * 1e6, packet }
}

function moldFile(t: TestContext, records: readonly CaptureRecord[]): string {
  const file = join(temporaryFolder(t), 'mold.pcap')
  writeFileSync(file, captureFile({ littleEndian: true, nanoseconds: true, linkType: 1 }, records))
  return file
}

test('replay goes on at once where a recording jumps in time, and names packet and jump', async (t) => {
  const jumps = [molded(0, 1), molded(65_536_000, 2), molded(1, 3), molded(2, 4)]
  const report = await replayed(t, { file: moldFile(t, jumps) })
  assert.deepEqual([report.datagrams, report.jumps], [4, 2])
  assert.match(report.warnings.join(), /jumps by 65536 s before packet 2/)
  assert.match(report.warnings.join(), /jumps by -65535\.999 s before packet 3/)
  const zero = { ...molded(0, 1), seconds: 0 }
  const since1970 = await replayed(t, { file: moldFile(t, [zero, molded(0, 2)]) })
  assert.match(since1970.warnings.join(), /jumps by 1700000000 s before packet 2/)
})

test('replay counts a payload that no datagram can carry, and sends the rest', async (t) => {
  const long = udp({ payload: Buffer.alloc(65_600), udpBytes: 0 })
  const packet = ethernet(ipv4(long, { totalBytes: 0 }))
  const records = [molded(0, 1), { ...molded(1, 2), packet }, molded(2, 3)]
  const report = await replayed(t, { file: moldFile(t, records), speed: 0 })
  assert.deepEqual([report.datagrams, report.tooLong], [2, 1])
  assert.match(report.warnings.join(), /1 payloads are longer than 65507 bytes/)
})

test('replay gives its report beside the error of a damaged recording', async (t) => {
  const records = [molded(0, 1), molded(1, 2), { ...molded(2, 3), fraction: 4_000_000_000 }]
  await assert.rejects(replayed(t, { file: moldFile(t, records) }), (error) => {
    assert.ok(error instanceof ReplayFailure)
    assert.equal(error.code, 'TW_BAD_FILE')
    assert.equal(error.report.datagrams, 2)
    return true
  })
})

test('replay sends what was captured between two times', async (t) => {
  const file = moldFile(t, [molded(0, 1), molded(10_000, 2), molded(20_000, 3), molded(30_000, 4)])
  for (const times of [
    { start: '22:13:25', end: '22:13:40' },
    { start: '2023-11-14T22:13:25Z', end: '1700000020000000000' },
  ]) {
    const report = await replayed(t, { file, speed: 0, ...times })
    assert.equal(report.datagrams, 2)
    assert.deepEqual(report.capture.otherPackets, { outsideTimes: 2 })
  }
  const wrong = replayed(t, { file, start: 'noon' })
  await assert.rejects(wrong, { code: 'TW_BAD_OPTION', message: /start is "noon"/ })
})

test('replay goes on with the sequences in a second round and a third', async (t) => {
  const { socket, port } = await openSocket(t)
  const sequences: number[] = []
  socket.on('message', (bytes) => sequences.push(Number(bytes.readBigUInt64BE(10))))
  const file = moldFile(t, [molded(0, 1), molded(1, 2), molded(2, 3)])
  const options = { file, endpoint: port, cpu: null, loop: 3, framing: 'moldudp64' } as const
  const report = await (await replay(options)).finished
  assert.deepEqual([report.datagrams, report.loops], [9, 3])
  await until('nine datagrams', () => sequences.length === 9)
  assert.deepEqual(sequences, [1, 2, 3, 4, 5, 6, 7, 8, 9])
})

/** What lines A and B of a feed brought, and a third destination, a few milliseconds apart. */
function linesFile(t: TestContext): string {
  const records = Array.from({ length: 30 }, (_, i): CaptureRecord => {
    const payload = mold(i + 1, [Buffer.alloc(8, i)])
    const packet = ethernet(ipv4(udp({ payload }), { group: 1 + (i % 3) }))
    return { seconds: 1_700_000_000, fraction: i * 2e6, packet }
  })
  return moldFile(t, records)
}

test('replay --map sends each recorded line to its own endpoint, all by one clock', async (t) => {
  const file = linesFile(t)
  const mapped = async (map: readonly string[]) => {
    return (await replay({ file, map, cpu: null })).finished
  }
  const [a, b] = [await openSocket(t), await openSocket(t)]
  const got = new Map<unknown, number[]>([
    [a, []],
    [b, []],
  ])
  for (const one of [a, b]) {
    one.socket.on('message', (bytes) => got.get(one)?.push(Number(bytes.readBigUInt64BE(10))))
  }
  const report = await mapped([
    `239.1.1.1:9001=udp://127.0.0.1:${a.port}`,
    `239.1.1.2:9001=udp://127.0.0.1:${b.port}`,
  ])
  assert.deepEqual(
    report.lines.map(({ endpoint, datagrams }) => [new URL(endpoint).port, datagrams]),
    [
      [`${a.port}`, 10],
      [`${b.port}`, 10],
    ],
  )
  assert.deepEqual(report.capture.otherPackets, { otherDestinations: 10 })
  await until('ten datagrams each', () => [...got.values()].every((list) => list.length === 10))
  const every = (first: number) => Array.from({ length: 10 }, (_, i) => first + 3 * i)
  assert.deepEqual([got.get(a), got.get(b)], [every(1), every(2)])

  // To one socket they come in the order of the recording, whichever line they are of.
  got.set(a, [])
  const together = [1, 2, 3].map((group) => `239.1.1.${group}:9001=udp://127.0.0.1:${a.port}`)
  assert.equal((await mapped(together)).datagrams, 30)
  await until('all datagrams', () => got.get(a)?.length === 30)
  assert.deepEqual(
    got.get(a),
    Array.from({ length: 30 }, (_, i) => i + 1),
  )
})

test('replay refuses a map that is none, or that other options contradict', async (t) => {
  const file = linesFile(t)
  const to = 'udp://127.0.0.1:9'
  const wrong: readonly [Partial<ReplayOptions>, RegExp][] = [
    [{ map: ['239.1.1.1:9001'] }, /map is "239\.1\.1\.1:9001"/],
    [{ map: [`group=${to}`] }, /"group" is no destination/],
    [{ map: [`239.1.1.1:9001=${to}`, `239.1.1.1:9001=${to}`] }, /names 239\.1\.1\.1:9001 twice/],
    [{ map: [`239.1.1.1:9001=${to}`], endpoint: 9001 }, /means nothing beside map/],
    [{ map: [`239.1.1.1:9001=${to}`], from: '239.1.1.1:9001' }, /means nothing beside map/],
    [
      { map: [`239.9.9.9:9001=${to}`] },
      /holds no datagram to 239\.9\.9\.9:9001.*239\.1\.1\.1:9001/,
    ],
  ]
  for (const [options, message] of wrong) {
    const run = async () => (await replay({ file, cpu: null, ...options })).finished
    await assert.rejects(run(), { code: 'TW_BAD_OPTION', message })
  }
})

test('replay and receive say how long a recording is before they begin', async (t) => {
  const { port } = await openSocket(t)
  const file = linesFile(t)
  const sent = await runTickwire(t, [
    ...['replay', file, '--map', `239.1.1.1:9001=udp://127.0.0.1:${port}`, '--json'],
  ])
  assert.match(sent.stderr, /^recorded 30 datagrams over 0\.058 s$/m)
  const args = ['receive', `file:${file}?to=239.1.1.1:9001`, '--framing', 'moldudp64', '--json']
  assert.match((await runTickwire(t, args)).stderr, /^recorded 10 datagrams over 0\.054 s$/m)
})

test('replay reads standard input and FIFOs, and a signal ends the wait for a writer', {
  skip: process.platform === 'win32',
}, async (t) => {
  const { port } = await openSocket(t)
  const file = moldFile(t, [molded(0, 1), molded(1, 2)])
  const command = `cat '${file}' | '${process.execPath}' '${CLI_FILE}' replay - ${port} --json`
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { env: environment() })
  assert.equal((JSON.parse(stdout) as ReplayReport).datagrams, 2)
  const fifo = join(temporaryFolder(t), 'fifo')
  execFileSync('mkfifo', [fifo])
  const waiting = tickwire(t, ['replay', fifo, `${port}`, '--json'])
  let writer = -1
  // It can be opened like this as soon as somebody reads.
  await until('the replay opens the FIFO', () => {
    try {
      writer = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
    } catch {
      writer = -1
    }
    return writer >= 0
  })
  waiting.kill('SIGTERM')
  const result = await waiting.result
  closeSync(writer)
  assert.equal(result.signal, null, 'it ends in order')
})
