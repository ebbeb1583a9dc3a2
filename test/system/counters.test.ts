import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { COUNTERS_HEADER } from '../../src/account/counters-layout.js'
import { receive, send, TickwireError } from '../../src/index.js'
import { type RunReading, readCounters } from '../../src/observe/counters-reader.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import type { SendReport } from '../../src/run/transmission/send-report.js'
import { SHARED, SHARED_FLAGS } from '../kit/sharing.js'
import { until } from '../kit/until.js'
import { onlyObject, runTickwire, startReceiver, tickwire } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'

const linux = process.platform === 'linux' ? false : 'files of counters need Linux'
const ANY = 'udp://127.0.0.1:0'

interface StatReport {
  readonly command: 'stat'
  readonly processes: readonly {
    readonly pid: number
    readonly alive: boolean
    readonly startedNs: string
    readonly heartbeatAgeMs: number
    readonly report: ReceiveReport | SendReport
    readonly threads: readonly { readonly name: string; readonly turns: number }[]
    readonly errors: readonly { readonly text: string; readonly count: number }[]
  }[]
}

async function stat(t: TestContext, target: string): Promise<StatReport> {
  const result = await runTickwire(t, ['stat', target, '--json'])
  assert.equal(result.exitCode, 0, result.stderr)
  return onlyObject<StatReport>(result)
}

/** The run whose counters a file has. */
function reading(file: string): RunReading {
  const run = readCounters(file)
  assert.ok(run !== undefined, `${file} has counters`)
  return run
}

test('a receiver can be read while it runs, and its file is gone when it has ended', {
  skip: linux,
}, async (t) => {
  const file = join(temporaryFolder(t), 'run.counters')
  const feed = await receive({ ...SHARED, endpoints: ANY, handler: null, counters: file })
  t.after(() => feed.stop().catch(() => {}))
  const socket = await openSocket(t)
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  await socket.send(rawDatagram(0, 10), port)
  await socket.send(rawDatagram(15, 1), port)
  await until('all is delivered', () => feed.stats().delivered === 11)
  await until('the gap is closed', () => reading(file).losses.length === 1)
  const run = reading(file)
  assert.equal(run.processId, process.pid)
  assert.equal(run.alive, true)
  assert.equal(run.current, true)
  const { latencyNs: _, ...report } = run.report as ReceiveReport
  const { latencyNs: __, ...stats } = feed.stats()
  assert.deepEqual(report, stats)
  assert.equal(run.counters('feed')?.['delivered'], 11)
  assert.equal(run.counters('line 0')?.['datagrams'], 2)
  assert.equal(run.histogram('latency')?.count, 11)
  const [loss] = run.losses
  assert.deepEqual(
    [loss?.line, loss?.endpoint, loss?.cause, loss?.firstSequence, loss?.lastSequence],
    [0, feed.endpoints[0], 'network', 10, 14],
  )
  assert.equal(loss?.count, 5)
  assert.ok(Math.abs((loss?.firstMs ?? 0) - Date.now()) < 3_600_000)
  const names = run.threads.map(({ name }) => name)
  assert.deepEqual(names, ['receiver 0', 'handler'])
  for (const thread of run.threads) assert.ok(thread.turns >= thread.busyTurns && thread.running)
  const final = await feed.stop()
  assert.equal(final.delivered, 11)
  assert.equal(existsSync(file), false)
  assert.equal(feed.latency().count, 11, 'what was opened can still be read')
})

/** The counters of a run in which fields of the report are called otherwise, by names of equal length. */
async function renamedIn(t: TestContext, names: Readonly<Record<string, string>>): Promise<string> {
  const folder = temporaryFolder(t)
  const file = join(folder, 'run.counters')
  const feed = await receive({ ...SHARED, endpoints: ANY, handler: null, counters: file })
  t.after(() => feed.stop().catch(() => {}))
  await until('a report is written', () => readFileSync(file).includes('"efficiencyPercent"'))
  const other = join(folder, 'other.counters')
  let content = readFileSync(file, 'latin1')
  for (const [from, to] of Object.entries(names))
    content = content.replaceAll(`"${from}":`, `"${to}":`)
  writeFileSync(other, content, 'latin1')
  return other
}

test('counters whose facts another version wrote give the report that this version wrote', {
  skip: linux,
}, async (t) => {
  const run = reading(await renamedIn(t, { books: 'shelf' }))
  assert.equal(run.current, false)
  assert.equal(run.report?.command, 'receive')
})

test('stat shows what it can of a report whose fields another version called otherwise', {
  skip: linux,
}, async (t) => {
  const other = await renamedIn(t, { books: 'shelf', ledger: 'ledgus' })
  const run = reading(other)
  assert.deepEqual([run.current, run.report], [false, null])
  const text = await runTickwire(t, ['stat', other])
  assert.equal(text.exitCode, 0, text.stderr)
  assert.match(text.stdout, /^ {2}ledgus\.lost\.network 0$/m)
  assert.match(text.stdout, /of another version/)
  const [json] = (await stat(t, other)).processes
  assert.ok(json !== undefined && 'ledgus' in json.report)
  for (const command of ['doctor', 'loss', 'top']) {
    const result = await runTickwire(t, [command, other])
    assert.ok(result.exitCode === 0 || command === 'doctor', result.stderr)
    assert.doesNotMatch(result.stderr, /error|NaN|undefined/)
    assert.doesNotMatch(result.stdout, /NaN|undefined/)
  }
})

test('reports of a running receiver and sender tell their garbage collections', {
  skip: linux,
}, async (t) => {
  const feed = await receive({ ...SHARED, endpoints: ANY, handler: null, counters: 'off' })
  t.after(() => feed.stop().catch(() => {}))
  const transmission = await send({
    endpoint: feed.endpoints[0],
    ...{ count: 1_000_000, rate: 1000, cpu: null, counters: 'off' },
  })
  t.after(() => transmission.stop())
  await until('something is delivered', () => feed.stats().delivered > 0)
  const { receiver, handler } = feed.stats().garbageCollections
  assert.ok(receiver !== null && handler !== null)
  assert.ok(transmission.stats().garbageCollections !== null)
  await transmission.stop()
  const final = (await feed.stop()).garbageCollections
  assert.ok((final.receiver ?? -1) >= receiver && (final.handler ?? -1) >= handler)
})

test('a sender with its retransmission server can be read while it runs', {
  skip: linux,
}, async (t) => {
  const file = join(temporaryFolder(t), 'run.counters')
  const sink = await openSocket(t)
  const transmission = await send({
    endpoint: `udp://127.0.0.1:${sink.port}`,
    framing: 'moldudp64',
    ...{ count: 100, rate: 0, retransmit: ANY, lingerMs: 60_000, cpu: null, counters: file },
    name: 'test feed',
  })
  t.after(() => transmission.stop())
  await until('all is sent', () => transmission.stats().messages === 100)
  const run = reading(file)
  assert.equal(run.current, true)
  assert.equal(run.report?.name, 'test feed')
  assert.deepEqual(
    { ...run.report, heartbeats: 0, endOfSession: 0 },
    { ...transmission.stats(), heartbeats: 0, endOfSession: 0 },
  )
  assert.equal(run.counters('retransmission')?.['requests'], 0)
  const server = () => reading(file).threads.find(({ name }) => name === 'retransmission')
  assert.equal(server()?.running, true)
  assert.equal(server()?.busyTurns, 0)
  const turns = server()?.turns ?? 0
  await until('it shows that it lives', () => (server()?.turns ?? 0) > turns)
  await sink.send(new Uint8Array(20), Number(new URL(transmission.retransmitEndpoint ?? '').port))
  await until('a request is a busy turn', () => server()?.busyTurns === 1)
  assert.equal(reading(file).counters('retransmission')?.['requests'], 1)
  await transmission.stop()
  assert.equal(existsSync(file), false)
})

test('stat and loss read a receiver that was killed, and say that it is gone', {
  skip: linux,
}, async (t) => {
  const file = join(temporaryFolder(t), 'run.counters')
  const args = [ANY, '--counters', file, '--json']
  const receiver = await startReceiver(t, args)
  const socket = await openSocket(t)
  for (let i = 0; i < 50; i++) await socket.send(rawDatagram(2 * i), receiver.port)
  const alive = async () => (await stat(t, file)).processes[0]
  await until('all has come', () => reading(file).report?.command === 'receive')
  await until('all is delivered', () => (reading(file).report as ReceiveReport).delivered === 50)
  assert.equal((await alive())?.alive, true)
  receiver.process.kill('SIGKILL')
  await receiver.process.result
  const dead = await alive()
  assert.ok(dead !== undefined && !dead.alive)
  const { ledger, delivered } = dead.report as ReceiveReport
  assert.equal(delivered, 50)
  assert.equal(ledger.balanced, true)
  assert.ok(BigInt(dead.startedNs) > 10n ** 18n)
  const text = await runTickwire(t, ['stat', file])
  assert.match(text.stdout, /process \d+ is gone, and gave its last sign of life/)
  const lossText = await runTickwire(t, ['loss', file])
  assert.match(lossText.stdout, /which is gone/)
  const losses = onlyObject<{ command: 'loss'; losses: { count: number; firstNs: string }[] }>(
    await runTickwire(t, ['loss', file, '--json']),
  )
  const lost = losses.losses.reduce((sum, { count }) => sum + count, 0)
  const { network, kernel, ring, invalid, unrecovered } = ledger.lost
  const open = network + (kernel ?? 0) + ring + invalid + unrecovered - lost
  assert.ok(open >= 0 && open <= 16, 'only gaps that are open yet are not in the log')
  // A file that a dead process left behind may be taken.
  const feed = await receive({ ...SHARED, endpoints: ANY, handler: null, counters: file })
  assert.equal(reading(file).processId, process.pid)
  await feed.stop()
})

test('stat reads the ledger of a receiver that was killed in the middle of a flood', {
  skip: linux,
}, async (t) => {
  const file = join(temporaryFolder(t), 'run.counters')
  const receiver = await startReceiver(t, [ANY, '--counters', file, '--no-pin', '--json'])
  const endpoint = `udp://127.0.0.1:${receiver.port}`
  const flood = tickwire(t, ['send', endpoint, '--rate', '0', '--count', '100000000', '--no-pin'])
  await until('the flood is on', () => (reading(file).report as ReceiveReport)?.delivered > 50_000)
  receiver.process.kill('SIGKILL')
  await receiver.process.result
  flood.kill('SIGKILL')
  const [dead] = (await stat(t, file)).processes
  assert.ok(dead !== undefined && !dead.alive)
  const { ledger } = dead.report as ReceiveReport
  assert.ok(ledger.delivered > 50_000)
  // Messages on their way to the handler at that moment are in no place yet.
  assert.ok(ledger.delivered + ledger.skipped + ledger.lost.total <= ledger.expected)
  assert.deepEqual(
    dead.threads.map(({ name }) => name),
    ['receiver 0', 'handler'],
  )
})

test('a process that stands still is alive, and its heartbeat grows old', {
  skip: linux,
}, async (t) => {
  const file = join(temporaryFolder(t), 'run.counters')
  const receiver = await startReceiver(t, [ANY, '--counters', file, '--json'])
  receiver.process.kill('SIGSTOP')
  t.after(() => receiver.process.kill('SIGKILL'))
  await until('its heartbeat is old', () => reading(file).heartbeatAgeMs > 2500)
  assert.equal(reading(file).alive, true)
  const shown = await runTickwire(t, ['top', file, '--interval-ms', '100'])
  assert.match(shown.stdout, /has given no sign of life for \d/)
  receiver.process.kill('SIGCONT')
  await until('it beats again', () => reading(file).heartbeatAgeMs < 1000)
  receiver.process.kill('SIGINT')
  assert.equal((await receiver.process.result).exitCode, 0)
  assert.equal(existsSync(file), false)
})

test('a file of a process with the same id that started at another time is of a dead one', {
  skip: linux,
}, async (t) => {
  const file = join(temporaryFolder(t), 'run.counters')
  const feed = await receive({ ...SHARED, endpoints: ANY, handler: null, counters: file })
  const bytes = readFileSync(file)
  await feed.stop()
  bytes.writeDoubleLE(
    bytes.readDoubleLE(COUNTERS_HEADER.processStart) - 1,
    COUNTERS_HEADER.processStart,
  )
  writeFileSync(file, bytes)
  assert.equal(reading(file).alive, false)
})

test('--counters refuses a file that is not its own, and stat what is no file of counters', {
  skip: linux,
}, async (t) => {
  const file = join(temporaryFolder(t), 'precious.txt')
  writeFileSync(file, 'precious')
  const code = (wanted: string) => (error: unknown) =>
    error instanceof TickwireError && error.code === wanted
  await assert.rejects(
    receive({ ...SHARED, endpoints: ANY, handler: null, counters: file }),
    code('TW_BAD_OPTION'),
  )
  assert.equal(readFileSync(file, 'utf8'), 'precious')
  const nowhere = join(file, 'below.counters')
  await assert.rejects(
    receive({ endpoints: ANY, handler: null, counters: nowhere }),
    code('TW_SYSTEM'),
  )
  const none = await runTickwire(t, ['stat', file])
  assert.equal(none.exitCode, 1)
  assert.match(none.stderr, /^error TW_FILE_NOT_FOUND: There are no counters of /m)
})

test('counters lie in the folder of the user, where stat finds them', {
  skip: linux,
}, async (t) => {
  const folder = temporaryFolder(t)
  const env = { XDG_RUNTIME_DIR: folder }
  const receiver = tickwire(t, ['receive', ANY, '--json', ...SHARED_FLAGS], env)
  await receiver.line(/^receiving (.*)$/m)
  const found = onlyObject<StatReport>(await runTickwire(t, ['stat', '--json'], env))
  assert.equal(found.processes.length, 1)
  assert.equal(found.processes[0]?.alive, true)
  assert.equal(statSync(join(folder, 'tickwire')).mode & 0o777, 0o700)
  receiver.kill('SIGINT')
  await receiver.result
  const after = onlyObject<StatReport>(await runTickwire(t, ['stat', '--json'], env))
  assert.deepEqual(after.processes, [])
  const off = tickwire(t, ['receive', ANY, '--json', '--counters', 'off', ...SHARED_FLAGS], env)
  await off.line(/^receiving (.*)$/m)
  const none = onlyObject<StatReport>(await runTickwire(t, ['stat', '--json'], env))
  assert.deepEqual(none.processes, [])
  off.kill('SIGINT')
  await off.result
})
