// Recordings of what arrives: read by ourselves and by others, after every kind of end.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import { type ReceiveReport, receive, send, type Transmission } from '../../src/index.js'
import { IEX } from '../kit/captures.js'
import { proof } from '../kit/proof.js'
import { SHARED, SHARED_FLAGS } from '../kit/sharing.js'
import { until } from '../kit/until.js'
import { noMapped } from '../transport/mapped-reading.js'
import { onlyObject, readiness, runTickwire, type TestProcess, tickwire } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'

const linux = process.platform === 'linux' ? false : 'the socket transport needs Linux'
const ANY = 'udp://127.0.0.1:0'
const LONG_MS = 60_000

interface RecordReport extends Omit<ReceiveReport, 'command'> {
  readonly command: string
  readonly files: readonly {
    readonly file: string
    readonly packets: number
    readonly bytes: number
    readonly firstNs: string | null
    readonly lastNs: string | null
  }[]
  readonly recorded: number
  readonly notRecorded: Readonly<Record<string, number>>
}

interface Account {
  readonly complete: boolean
  readonly packets: number
  readonly ledger: ReceiveReport['ledger']
  readonly gaps: readonly { readonly firstSequence: number; readonly count: number }[]
  readonly notRecorded: Readonly<Record<string, number>>
  readonly lines: readonly { readonly endpoint: string; readonly datagrams: number }[]
}

async function startRecording(t: TestContext, args: readonly string[]) {
  const process = tickwire(t, ['record', ...args, '--json', ...SHARED_FLAGS])
  return { process, ...(await readiness(process)) }
}

async function recordReport(process: TestProcess): Promise<RecordReport> {
  return onlyObject<RecordReport>(await process.result)
}

function accountOf(file: string): Account {
  return JSON.parse(readFileSync(`${file}.json`, 'utf8')) as Account
}

/** The payloads of a recording, and what its reader has to say. */
async function payloads(file: string, to?: string) {
  const reader = await CaptureReader.open(file, { to: to ?? null })
  const found: Buffer[] = []
  const times: string[] = []
  const from = new Set<number>()
  while (await reader.fill()) {
    while (reader.next()) {
      const { offset, length } = reader
      found.push(Buffer.from(reader.bytes.slice(offset, offset + length)))
      times.push(String(reader.unixNs()))
      from.add(reader.sourcePort)
    }
  }
  await reader.close()
  const counts = reader.counts()
  return { found, times, from, counts, destinations: reader.destinations }
}

/** Starts to send raw messages in order. */
function startRaw(port: number, count: number, rate = 20_000): Promise<Transmission> {
  return send({ endpoints: [`udp://127.0.0.1:${port}`], count, rate, cpu: null })
}

async function sendRaw(port: number, count: number, rate?: number): Promise<void> {
  await (await startRaw(port, count, rate)).finished
}

test('record writes every datagram of a real replay, and others read it', {
  skip: linux || IEX.skip,
}, async (t) => {
  const file = join(temporaryFolder(t), 'iex.pcap')
  const { process, port } = await startRecording(t, [
    ...[file, ANY, '--framing', 'iex-tp', '--idle-exit-ms', '1500'],
  ])
  const to = `udp://127.0.0.1:${port}`
  await runTickwire(t, ['replay', IEX.path, to, '--speed', '400', '--no-pin', '--json'])
  const report = await recordReport(process)
  assert.equal(report.command, 'record')
  assert.equal(report.recorded, 13_022)
  assert.deepEqual(Object.values(report.notRecorded), [0, 0, 0, 0])
  const original = await payloads(IEX.path)
  const recorded = await payloads(file)
  assert.equal(recorded.found.length, 13_022)
  assert.ok(original.found.every((payload, i) => payload.equals(recorded.found[i] as Buffer)))
  assert.deepEqual(accountOf(file).ledger, report.ledger)
  const [a, b] = await Promise.all(
    [IEX.path, file].map(async (one) => {
      const result = await runTickwire(t, ['decode', one, '--stats', '--json'])
      const { peaks, firstNs, lastNs, capture, elapsedSeconds, ...rest } =
        onlyObject<Record<string, unknown>>(result)
      return rest
    }),
  )
  assert.deepEqual(b, a)
  if (spawnSync('tshark', ['--version']).error !== undefined) {
    t.diagnostic('not compared with tshark, which is not installed')
    return
  }
  const run = promisify(execFile)
  const options = { maxBuffer: 2 ** 28 }
  const fields = ['-T', 'fields', '-e', 'udp.payload', '-e', 'ip.checksum.status']
  const check = ['-o', 'ip.check_checksum:TRUE']
  const { stdout } = await run('tshark', ['-r', file, ...check, ...fields], options)
  const rows = stdout.trim().split('\n')
  assert.equal(rows.length, 13_022)
  // 1: the header's checksum is right.
  const wanted = original.found.map((payload) => `${payload.toString('hex')}\t1`)
  assert.ok(rows.every((row, i) => row === wanted[i]))
  const { stdout: told } = await run('capinfos', ['-M', '-c', '-t', file])
  assert.match(told, /nanosecond|nsecpcap/)
  assert.match(told, /Number of packets:\s+13022/)
})

test('record keeps the destinations of two lines apart, and the sender of each', {
  skip: linux,
}, async (t) => {
  const file = join(temporaryFolder(t), 'two.pcap.gz')
  const { process, endpoints } = await startRecording(t, [
    ...[file, ANY, ANY, '--idle-exit-ms', '1500'],
  ])
  const to = await send({ endpoints: [...endpoints], count: 500, rate: 5000, cpu: null })
  await to.finished
  const report = await recordReport(process)
  assert.equal(report.recorded, 1000)
  const { found, destinations, from } = await payloads(file)
  assert.equal(found.length, report.recorded)
  const ports = endpoints.map((url) => Number(new URL(url).port))
  assert.deepEqual(
    new Set([0, 1].map((number) => destinations.text(number))),
    new Set(ports.map((port) => `127.0.0.1:${port}`)),
  )
  assert.ok([...from].every((port) => port > 0))
  for (const port of ports) {
    const endpoint = `file:${file}?to=127.0.0.1:${port}`
    const one = await (await receive({ endpoint, handler: null })).finished
    assert.deepEqual([one.ledger.expected, one.messages], [500, 500])
  }
  await assert.rejects(receive({ endpoint: `file:${file}`, handler: null }), /2 destinations/)
})

for (const end of proof(['', '.gz'], ['', '.gz', '.zst'])) {
  test(`record leaves a pcap${end} that can be read when its process is killed`, {
    skip: linux,
  }, async (t) => {
    const file = join(temporaryFolder(t), `killed.pcap${end}`)
    const { process, port } = await startRecording(t, [file, ANY])
    await sendRaw(port, 5000)
    await until('all is on the disk', async () => (await payloads(file)).found.length === 5000)
    // In the midst of others.
    const sender = await startRaw(port, 20_000)
    await until('more comes', () => statSync(file).size > 5000 * 30)
    process.kill('SIGKILL')
    await process.result
    await sender.stop()
    const { found, counts } = await payloads(file)
    assert.ok(found.length >= 5000, `${found.length} datagrams`)
    assert.ok(counts.cut <= 1)
    assert.equal(accountOf(file).complete, false)
  })
}

/** Ways to receive beside the default, and why one cannot be had here. */
const WAYS = {
  mapped: { skip: noMapped(), flags: ['--transport', 'mapped'] },
  inline: { skip: linux, flags: ['--handler-thread', 'inline'] },
} as const

for (const [way, { skip, flags }] of Object.entries(WAYS)) {
  test(`receive --record, ${way}, leaves a pcap that can be read when its process is killed`, {
    skip,
  }, async (t) => {
    const file = join(temporaryFolder(t), 'killed.pcap')
    const process = tickwire(t, [
      'receive',
      ANY,
      '--record',
      file,
      ...flags,
      '--json',
      ...SHARED_FLAGS,
    ])
    const { port } = await readiness(process)
    await sendRaw(port, 5000)
    await until('all is on the disk', async () => (await payloads(file)).found.length === 5000)
    const sender = await startRaw(port, 20_000)
    await until('more comes', () => statSync(file).size > 5000 * (29 + 58) + 1000)
    process.kill('SIGKILL')
    await process.result
    await sender.stop()
    const { found, counts } = await payloads(file)
    const numbers = found.slice(0, 5000).map((payload) => payload.readUInt32LE(16))
    assert.deepEqual(
      numbers,
      Array.from({ length: 5000 }, (_, i) => i),
    )
    assert.ok(counts.cut <= 1)
    assert.equal(accountOf(file).complete, false)
  })
}

test('record begins another file by the clock on a silent line, with a ledger each', {
  skip: linux,
}, async (t) => {
  const folder = temporaryFolder(t)
  const { process } = await startRecording(t, [
    ...[join(folder, 'silent-{index}.pcap'), ANY, '--rotate-ms', '300'],
  ])
  await until('four files', () => existsSync(join(folder, 'silent-0003.pcap')))
  process.kill('SIGINT')
  const report = await recordReport(process)
  assert.equal(report.endedBy, 'signal')
  assert.ok(report.files.length >= 4)
  for (const { file, packets, firstNs } of report.files) {
    assert.deepEqual([packets, firstNs], [0, null])
    assert.equal((await payloads(file)).counts.packets, 0)
    assert.equal(accountOf(file).complete, true)
    assert.equal(accountOf(file).ledger.expected, 0)
  }
  const beside = readdirSync(folder).filter((name) => !/\.pcap(\.json|\.index)?$/.test(name))
  assert.deepEqual(beside, [])
})

test('record accounts for what is missing in the file of that time', { skip: linux }, async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'gaps.pcap')
  const { process, port } = await startRecording(t, [file, ANY, '--rotate-bytes', '20000'])
  const socket = await openSocket(t)
  const skipped = (sequence: number) => sequence % 100 === 50
  let sent = 0
  for (let sequence = 0; sequence < 1000; sequence++) {
    if (skipped(sequence)) continue
    await socket.send(rawDatagram(sequence), port)
    sent++
    // So that files end at different times.
    if (sequence % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await until('all is recorded', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.pcap'))
    const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size - 24, 0)
    return bytes === sent * (29 + 58)
  })
  process.kill('SIGTERM')
  const report = await recordReport(process)
  assert.equal(report.ledger.lost.network, 10)
  assert.equal(report.recorded, sent)
  assert.ok(report.files.length > 3)
  const accounts = report.files.map((one) => accountOf(one.file))
  const sum = (value: (account: Account) => number) =>
    accounts.reduce((total, account) => total + value(account), 0)
  assert.ok(accounts.every(({ ledger, complete }) => ledger.balanced && complete))
  assert.equal(
    sum(({ ledger }) => ledger.expected),
    1000,
  )
  assert.equal(
    sum(({ ledger }) => ledger.lost.total),
    10,
  )
  assert.equal(
    sum(({ packets }) => packets),
    sent,
  )
  const gaps = accounts.flatMap((account) => account.gaps)
  assert.equal(
    gaps.reduce((total, { count }) => total + count, 0),
    10,
  )
})

test('record packs a recording anew, with its times and addresses', { skip: linux }, async (t) => {
  const folder = temporaryFolder(t)
  const [old, packed, again] = ['a.pcap', 'b.pcap.zst', 'c.pcap.gz'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  const made = await runTickwire(t, ['sample', 'deep10', old, '--messages', '20000'])
  assert.equal(made.exitCode, 0, made.stderr)
  const before = await payloads(old)
  for (const [from, to] of [
    [old, packed],
    [packed, again],
  ] as const) {
    const report = onlyObject<RecordReport>(
      await runTickwire(t, ['record', to, `file:${from}`, '--json']),
    )
    assert.equal(report.transport, 'capture')
    assert.equal(report.framing, 'iex-tp')
    assert.equal(report.recorded, before.found.length)
    assert.equal(report.notRecorded['slow'], 0)
    const after = await payloads(to)
    assert.deepEqual(after.times, before.times)
    assert.deepEqual(after.from, before.from)
    assert.equal(after.destinations.text(0), before.destinations.text(0))
    assert.ok(before.found.every((payload, i) => payload.equals(after.found[i] as Buffer)))
  }
})

test('record refuses a file that is there, and leaves none behind when it cannot begin', {
  skip: linux,
}, async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'a.pcap')
  const { port } = await startRecording(t, [file, ANY])
  const there = await runTickwire(t, ['record', file, ANY, '--json'])
  assert.equal(onlyObject<{ error: { code: string } }>(there).error.code, 'TW_FILE_EXISTS')
  assert.equal(there.exitCode, 1)
  const other = join(folder, 'b.pcap')
  const taken = await runTickwire(t, ['record', other, `udp://127.0.0.1:${port}`, '--json'])
  assert.equal(onlyObject<{ error: { code: string } }>(taken).error.code, 'TW_PORT_IN_USE')
  assert.equal(existsSync(other), false)
  const nowhere = await runTickwire(t, ['record', join(folder, 'no/a.pcap'), ANY, '--json'])
  assert.equal(onlyObject<{ error: { code: string } }>(nowhere).error.code, 'TW_FILE_NOT_FOUND')
})

const FULL = { socket: { skip: linux, flags: [] as readonly string[] }, ...WAYS }

for (const [way, { skip, flags }] of Object.entries(FULL)) {
  test(`a recording says so when the disk is full, and counts what is lost, ${way}`, {
    skip,
  }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tickwire-disk-'))
    t.after(() => {
      spawnSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true })
    })
    const mount = ['-t', 'tmpfs', '-o', 'size=128k', 'tickwire-test', folder]
    if (spawnSync('mount', mount).status !== 0) {
      t.skip('no file system can be mounted here (needs root)')
      return
    }
    const file = join(folder, 'full.pcap')
    const process = tickwire(t, [
      'receive',
      ANY,
      '--record',
      file,
      ...flags,
      '--json',
      ...SHARED_FLAGS,
    ])
    const { port } = await readiness(process)
    await sendRaw(port, 3000)
    await process.line(/The disk is full/)
    const fullBytes = statSync(file).size
    assert.equal((fullBytes - 24) % (29 + 58), 0)
    process.kill('SIGINT')
    const report = onlyObject<ReceiveReport>(await process.result)
    assert.ok(report.recording !== null)
    const { recorded, notRecorded } = report.recording
    const { diskFull } = notRecorded
    assert.ok(diskFull > 0)
    assert.equal(recorded + diskFull, 3000)
    assert.equal(report.ledger.delivered, 3000)
    assert.ok(report.warnings.some((text) => text.includes('disk is full')))
    const { found, counts } = await payloads(file)
    assert.equal(found.length, recorded)
    assert.equal(counts.cut, 0)
    const account = accountOf(file)
    assert.equal(account.complete, true)
    assert.equal(account.notRecorded['diskFull'], diskFull)
  })
}

for (const args of [['--handler-thread', 'inline'], ['--gro'], ['--transport', 'portable']]) {
  test(`receive --record ${args.join(' ')} records what its handler gets`, {
    skip: linux,
  }, async (t) => {
    const file = join(temporaryFolder(t), 'a.pcap')
    const process = tickwire(t, [
      ...['receive', ANY, '--record', file, '--count', '3000', '--json', ...SHARED_FLAGS, ...args],
    ])
    const { port } = await readiness(process)
    const gso = args.includes('--gro')
    const endpoints = [`udp://127.0.0.1:${port}`]
    await (
      await send({ endpoints, count: 3000, rate: 10_000, cpu: null, burst: gso ? 50 : 1, gso })
    ).finished
    const report = onlyObject<ReceiveReport>(await process.result)
    assert.equal(report.ledger.delivered, 3000)
    assert.equal(report.recording?.recorded, 3000)
    assert.equal(report.recording?.files?.[0]?.packets, 3000)
    const { found, from } = await payloads(file)
    assert.deepEqual(
      found.map((payload) => payload.readUInt32LE(16)),
      Array.from({ length: 3000 }, (_, i) => i),
    )
    assert.ok([...from].every((one) => one > 0))
  })
}

test('receive({ record }) records for whoever iterates', { skip: linux }, async (t) => {
  const file = join(temporaryFolder(t), 'a.pcap')
  const feed = await receive({
    ...{ endpoint: ANY, record: file, count: 100, ...SHARED, durationMs: LONG_MS },
  })
  const sender = await send({ endpoint: feed.endpoints[0], count: 100, rate: 1000, cpu: null })
  let messages = 0
  for await (const batch of feed) while (batch.next()) messages++
  const report = await feed.stop()
  await sender.finished
  assert.equal(messages, 100)
  assert.equal(report.recording?.recorded, 100)
  assert.equal((await payloads(file)).found.length, 100)
})
