// Recordings as endpoints: the same reading side as a live line, on recorded time.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { type Feed, FeedFailure, type ReceiveOptions, receive } from '../../src/index.js'
import {
  binaryRecord,
  type CaptureRecord,
  captureFile,
  ethernet,
  iexTp,
  ipv4,
  mold,
  udp,
} from '../capture/capture-builder.js'
import { IEX, NASDAQ } from '../kit/captures.js'
import { CLI_FILE, environment, onlyObject, runTickwire, startReceiver } from './cli.js'
import { handlerModule, temporaryFolder } from './handler-modules.js'

const LAYOUT = { littleEndian: true, nanoseconds: true, linkType: 1 }
const MS = 1_000_000
/** What differs from run to run. */
const WALL = ['elapsedSeconds', 'messagesPerSecond', 'garbageCollections'] as const

/** A datagram of a recording, so many nanoseconds after its beginning. */
function at(ns: number, payload: Uint8Array, destinationPort = 9001): CaptureRecord {
  const packet = ethernet(ipv4(udp({ payload, destinationPort })))
  return { seconds: 1_700_000_000 + Math.floor(ns / 1e9), fraction: ns % 1e9, packet }
}

/** MoldUDP64 datagrams of two messages, 100 microseconds apart, without those of some numbers. */
function feed(count: number, without: (nth: number) => boolean, lateNs = 0): CaptureRecord[] {
  const records: CaptureRecord[] = []
  for (let nth = 0; nth < count; nth++) {
    if (without(nth)) continue
    const messages = [0, 1].map((i) => Buffer.from(`message ${2 * nth + i + 1}`))
    records.push(at(nth * 100_000 + lateNs, mold(2 * nth + 1, messages)))
  }
  return records
}

function written(t: TestContext, name: string, records: readonly CaptureRecord[]): string {
  const file = join(temporaryFolder(t), name)
  const bytes = captureFile(LAYOUT, records)
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(bytes) : bytes)
  return file
}

interface CaptureReport {
  readonly [name: string]: unknown
  readonly messages: number
  readonly delivered: number
  readonly datagrams: number
  readonly recordedSeconds: number
  readonly elapsedSeconds: number
  readonly warnings: readonly string[]
  readonly ledger: { readonly lost: Record<string, number>; readonly expected: number }
  readonly capture: Record<string, unknown> & { readonly packets: number }
}

/** A report without what a clock on the wall has to do with. */
function recorded(report: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(report as Record<string, unknown>).filter(
      ([name]) => !WALL.some((wall) => wall === name),
    ),
  )
}

/** Runs with a handler that counts, and gives the report. */
async function read(options: ReceiveOptions): Promise<CaptureReport> {
  const running = await receive({ handler: null, ...options })
  return (await running.finished) as unknown as CaptureReport
}

/** The sequences that an iteration brings, and its feed. */
async function iterated(options: ReceiveOptions): Promise<{ sequences: number[]; feed: Feed }> {
  const running = await receive(options)
  const sequences: number[] = []
  for await (const batch of running) while (batch.next()) sequences.push(batch.sequence)
  return { sequences, feed: running }
}

test('receive gives the same report of the same recording, from a file, packed, and from a pipe', async (t) => {
  const lost = (nth: number) => nth % 97 === 5 || (nth > 400 && nth < 420)
  const records = feed(3000, lost)
  const plain = written(t, 'feed.pcap', records)
  const zipped = written(t, 'feed.pcap.gz', records)
  const first = recorded(await read({ endpoints: `file:${plain}`, framing: 'moldudp64' }))
  assert.deepEqual(recorded(await read({ endpoints: plain, framing: 'moldudp64' })), first)
  const run = promisify(execFile)
  const command = `cat '${zipped}' | '${process.execPath}' '${CLI_FILE}' receive file:- --framing auto --json`
  const { stdout } = await run('sh', ['-c', command], { env: environment() })
  const piped = recorded(JSON.parse(stdout))
  const same = (report: Record<string, unknown>) => {
    const { lines: _, capture: __, name: ___, ...rest } = report
    return rest
  }
  assert.deepEqual(same(piped), same(JSON.parse(JSON.stringify(first))))
  const { ledger, capture } = first as CaptureReport
  assert.equal(capture.packets, records.length)
  assert.equal(ledger.lost['network'], 2 * (3000 - records.length))
  assert.deepEqual(
    ['latencyNs', 'ring', 'pinned', 'receiveBufferBytes'].map((name) => first[name]),
    [null, null, null, null],
  )
})

test('receive calls a handler as a live run of the same datagrams does', async (t) => {
  const records = feed(1500, (nth) => nth === 700)
  const file = written(t, 'feed.pcap', records)
  const source = `
    const calls = []
    export default {
      onMessage(message, sequence) {
        const bytes = new Uint8Array(message.bytes.buffer, message.bytes.byteOffset + message.offset, message.length)
        calls.push([sequence, Buffer.from(bytes).toString()])
      },
      onGap(gap) { calls.push(['gap', gap.firstSequence, gap.count, gap.reason]) },
      onStop() { write(calls) },
    }`
  const offline = handlerModule(t, source)
  await read({ endpoints: file, framing: 'moldudp64', handler: offline.file })
  const live = handlerModule(t, source)
  const receiver = await startReceiver(t, [
    ...['udp://127.0.0.1:0', '--framing', 'moldudp64', '--count', '3000', '--handler', live.file],
    ...['--idle-exit-ms', '10000', '--json'],
  ])
  const [endpoint = ''] = receiver.endpoints
  const sent = await runTickwire(t, ['replay', file, endpoint, '--speed', '0', '--json'])
  assert.equal(sent.exitCode, 0, sent.stderr)
  await receiver.process.result
  type Calls = [number | string, ...unknown[]][]
  const [calls, liveCalls] = [offline.written<Calls>(), live.written<Calls>()]
  const messages = (all: Calls) => all.filter(([first]) => first !== 'gap')
  assert.equal(messages(calls).length, 2998)
  assert.deepEqual(messages(liveCalls), messages(calls))
  assert.deepEqual(
    calls.filter(([first]) => first === 'gap'),
    [['gap', 1401, 2, 'network']],
  )
})

test('receive merges recordings of two lines by their time, and neither needs the other to be whole', async (t) => {
  const a = written(
    t,
    'a.pcap',
    feed(2000, (nth) => nth % 10 === 3),
  )
  const b = written(
    t,
    'b.pcap',
    feed(2000, (nth) => nth % 10 === 7, 20_000),
  )
  const { sequences, feed: running } = await iterated({ endpoints: [a, b], framing: 'moldudp64' })
  assert.deepEqual(
    sequences,
    Array.from({ length: 4000 }, (_, i) => i + 1),
  )
  const report = running.stats()
  assert.equal(report.ledger.lost.total, 0)
  assert.deepEqual(
    report.lines.map((line) => [line.firstToArrive, line.leadNs?.p50]),
    [
      [1800, report.lines[0]?.leadNs?.p50],
      [200, null],
    ],
  )
  assert.ok(Math.abs((report.lines[0]?.leadNs?.p50 ?? 0) - 20_000) < 1000)
  const again = await iterated({ endpoints: [a, b], framing: 'moldudp64' })
  assert.deepEqual(recorded(again.feed.stats()), recorded(report))
})

test('receive runs recovery windows and alarms on recorded time', async (t) => {
  const message = [Buffer.from('x')]
  const records = [
    at(0, mold(1, message)),
    // Not there for 40 ms, and then behind a later one.
    at(1 * MS, mold(3, message)),
    at(40 * MS, mold(2, message)),
    // Lost, while hours pass.
    at(41 * MS, mold(5, message)),
    at(7_200_000 * MS, mold(6, message)),
  ]
  const file = written(t, 'gaps.pcap', records)
  const handler = handlerModule(
    t,
    `const calls = []
     export default {
       onMessage(_, sequence) { calls.push(sequence) },
       onLate(_, sequence) { calls.push('late ' + sequence) },
       onGap({ firstSequence }) { calls.push('gap ' + firstSequence) },
       onStatus({ kind }) { calls.push(kind) },
       onStop() { write(calls) },
     }`,
  )
  const options = { endpoints: file, framing: 'moldudp64', handler: handler.file } as const
  const held = await read({ ...options, recoverWaitMs: 50 })
  assert.deepEqual(handler.written(), [1, 2, 3, 'gap 4', 5, 'stale', 6, 'live'])
  assert.equal(held.recordedSeconds, 7200)
  await read({ ...options, recoverWaitMs: 10 })
  assert.deepEqual(handler.written<unknown[]>().slice(0, 3), [1, 'gap 2', 3])
})

test('receive gives the report of what came before a recording was cut off or broke', async (t) => {
  const records = feed(10, () => false)
  const bytes = captureFile(LAYOUT, records)
  const folder = temporaryFolder(t)
  const cut = join(folder, 'cut.pcap')
  writeFileSync(cut, bytes.subarray(0, bytes.length - 5))
  const report = await read({ endpoints: cut, framing: 'moldudp64' })
  assert.deepEqual([report.delivered, report.capture['cut']], [18, 1])
  assert.match(report.warnings.join(), /ends within packet 10/)
  const broken = join(folder, 'broken.pcap')
  const [last] = records.slice(-1)
  assert.ok(last !== undefined)
  writeFileSync(broken, captureFile(LAYOUT, [...records, { ...last, fraction: 4_294_967_295 }]))
  await assert.rejects(read({ endpoints: broken, framing: 'moldudp64' }), (error) => {
    assert.ok(error instanceof FeedFailure)
    assert.equal(error.code, 'TW_BAD_FILE')
    assert.match(error.message, /packet 11 at byte \d+ has 4294967295 nanoseconds/)
    assert.equal(error.report.delivered, 20)
    return true
  })
})

test('receive believes the last datagram of a recording, however far ahead, if all are of one sender', async (t) => {
  const far = 4_000_001
  const last = (sourcePort: number) => {
    const payload = mold(far, [Buffer.from('one'), Buffer.from('two')])
    const packet = ethernet(ipv4(udp({ payload, destinationPort: 9001, sourcePort })))
    return { seconds: 1_700_000_039, fraction: 0, packet }
  }
  const options = { framing: 'moldudp64' } as const
  for (const [name, count] of [
    ['two.pcap', 1],
    ['more.pcap', 50],
  ] as const) {
    const records = feed(count, () => false)
    const file = written(t, name, [...records, last(40_000)])
    for (const recoverWaitMs of [0, 50]) {
      const { ledger, delivered, lines, restarts } = await read({
        endpoints: `file:${file}`,
        recoverWaitMs,
        ...options,
      })
      assert.equal(delivered, 2 * count + 2)
      assert.equal(ledger.expected, far + 1)
      assert.equal(ledger.lost['network'], far - 1 - 2 * count)
      assert.equal(restarts, 0)
      assert.equal((lines as { messages: { foreign: number } }[])[0]?.messages.foreign, 0)
    }
    const { sequences } = await iterated({ endpoints: `file:${file}`, ...options })
    assert.deepEqual(sequences.slice(-3), [2 * count, far, far + 1])
  }
  const stray = written(t, 'stray.pcap', [...feed(50, () => false), last(40_001)])
  const { ledger, delivered } = await read({ endpoints: `file:${stray}`, ...options })
  assert.deepEqual([delivered, ledger.expected], [100, 100])
})

test('receive of a recording can be iterated over, left, and stopped', async (t) => {
  const file = written(
    t,
    'feed.pcap',
    feed(5000, () => false),
  )
  const options = { endpoints: file, framing: 'moldudp64' } as const
  const { sequences } = await iterated(options)
  assert.equal(sequences.length, 10_000)
  const left = await receive(options)
  for await (const batch of left) {
    while (batch.next());
    if (left.stats().delivered > 100) break
  }
  const report = await left.finished
  assert.ok(report.delivered > 100 && report.delivered < 10_000)
  assert.equal(report.ledger.balanced, true)
  const stopped = await receive({ ...options, handler: null, speed: 0.001 })
  assert.equal((await stopped.stop()).ledger.balanced, true)
})

test('receive paces a recording by its times', async (t) => {
  const file = written(
    t,
    'feed.pcap',
    feed(1000, () => false),
  )
  const report = await read({ endpoints: file, framing: 'moldudp64', speed: 0.5 })
  assert.equal(report.recordedSeconds, 0.0999)
  assert.ok(report.elapsedSeconds >= 0.1998, `${report.elapsedSeconds}`)
})

test('receive tells the framing of a recording, and says what it tried', async (t) => {
  const text = [Buffer.from('text')]
  const mixed = written(t, 'iex.pcap', [at(0, iexTp(1, text)), at(MS, iexTp(2, text))])
  assert.equal((await read({ endpoints: mixed, framing: 'auto' }))['framing'], 'iex-tp')
  const noise = written(t, 'noise.pcap', [at(0, Buffer.alloc(31, 7))])
  await assert.rejects(read({ endpoints: noise, framing: 'auto' }), {
    code: 'TW_BAD_OPTION',
    message:
      /cannot be told.*iex-tp \(0 of 1\), moldudp64 \(0 of 1\), mdp3 \(0 of 1\), raw \(0 of 1\)/,
  })
  const binary = join(temporaryFolder(t), '01302020.NASDAQ_ITCH50')
  const records = [binaryRecord('S', 5, 12), binaryRecord('D', 7), binaryRecord('D', 9)]
  writeFileSync(binary, Buffer.concat(records))
  const report = await read({ endpoints: binary, framing: 'auto' })
  assert.deepEqual([report['framing'], report.delivered], ['binaryfile', 3])
  await assert.rejects(read({ endpoints: binary }), {
    code: 'TW_BAD_OPTION',
    message: /BinaryFILE/,
  })
})

test('receive takes the first of two streams that share group, port and session, and tells both', async (t) => {
  const records: CaptureRecord[] = []
  for (let i = 1; i <= 40; i++) {
    const text = [Buffer.from(`message ${i}`)]
    records.push(at(2 * i * MS, iexTp(i, text)))
    records.push(at((2 * i + 1) * MS, iexTp(i, text, { protocol: 0x8004, channel: 2 })))
  }
  const file = written(t, 'two.pcap', records)
  const report = await read({ endpoints: file, framing: 'iex-tp' })
  assert.deepEqual([report.delivered, report['foreignDatagrams']], [40, 40])
  assert.equal((report.ledger as unknown as { duplicates: number }).duplicates, 0)
  assert.match(
    report.warnings.join(),
    /TOPS \(0x8003\) on channel 1 is the feed.*DEEP \(0x8004\) on channel 2/,
  )
})

test('receive refuses what has no meaning for a recording', async (t) => {
  const file = written(t, 'feed.pcap', [at(0, mold(1, []), 9001), at(1, mold(1, []), 9002)])
  const refused = (options: ReceiveOptions, message: RegExp) =>
    assert.rejects(read({ framing: 'moldudp64', ...options }), { code: 'TW_BAD_OPTION', message })
  await refused({ endpoints: file }, /2 destinations: 239\.1\.1\.1:9001 \(1\), 239\.1\.1\.1:9002/)
  const one = `file:${file}?to=239.1.1.1:9002`
  assert.equal((await read({ endpoints: one, framing: 'moldudp64' })).datagrams, 1)
  await refused({ endpoints: [one, 'udp://127.0.0.1:9001'] }, /some are not/)
  await refused({ endpoints: one, transport: 'socket' }, /without a socket/)
  await refused(
    { endpoints: one, recover: 'udp://127.0.0.1:1' },
    /recover is given, but the endpoint is a recording/,
  )
  await refused({ endpoints: ['file:-', 'file:-'] }, /twice/)
  await refused({ speed: 2 }, /no endpoint is a recording/)
  await refused({ framing: 'auto' }, /for recordings/)
  const missing = read({ endpoints: 'file:none.pcap' })
  await assert.rejects(missing, { code: 'TW_FILE_NOT_FOUND' })
})

test('receive of two real datagrams of NASDAQ delivers both', { skip: NASDAQ.skip }, async () => {
  const { delivered, ledger } = await read({
    endpoints: `file:${NASDAQ.path}`,
    framing: 'moldudp64',
  })
  assert.deepEqual([delivered, ledger.expected], [39, 4_244_659])
})

test('receive of the real IEX recording delivers all of it', { skip: IEX.skip }, async (t) => {
  const result = await runTickwire(t, ['receive', IEX.path, '--framing', 'auto', '--json'])
  assert.equal(result.exitCode, 0, result.stderr)
  assert.match(result.stderr, /^receiving iex-tp on file:/m)
  const report = onlyObject<CaptureReport>(result)
  assert.equal(report.delivered, 57_674)
  assert.equal(report['heartbeats'], 237)
  assert.equal(report.recordedSeconds, 400.454823)
  assert.equal(report.capture.packets, 13_022)
})
