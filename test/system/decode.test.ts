import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { Tops16Views } from '../../src/codec/iex/index.js'
import type { DecodeReport } from '../../src/export/decode.js'
import { send } from '../../src/index.js'
import { ZstdDecoder } from '../../src/native/zstd.js'
import { type SampleOptions, writeSample } from '../../src/sample/write-sample.js'
import { IEX, NASDAQ } from '../kit/captures.js'
import { onlyObject, runTickwire, tickwire } from './cli.js'
import { openSocket } from './datagrams.js'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'tickwire-decode-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

async function sample(t: TestContext, changes: Partial<SampleOptions> = {}): Promise<string> {
  const file = join(folder(t), 'day.pcap.gz')
  const usual = { kind: 'tops16', messages: 4_000, instruments: 6, seed: 2, loss: 0, line: 'a' }
  await writeSample({ ...usual, file, overwrite: false, ...changes } as SampleOptions)
  return file
}

async function statistics(t: TestContext, args: readonly string[]): Promise<DecodeReport> {
  const result = await runTickwire(t, ['decode', ...args, '--stats', '--json'])
  assert.equal(result.exitCode, 0, result.stderr)
  return onlyObject<DecodeReport>(result)
}

/** The rows that a command printed. */
async function rows(t: TestContext, args: readonly string[]): Promise<Record<string, unknown>[]> {
  const result = await runTickwire(t, ['decode', ...args])
  assert.equal(result.exitCode, 0, result.stderr)
  const lines = result.stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('decode counts a day of IEX by type as an independent count does', {
  skip: IEX.skip,
}, async (t) => {
  const report = await statistics(t, [IEX.path])
  assert.equal(report.protocol, 'tops16')
  assert.deepEqual(
    [report.datagrams, report.heartbeats, report.messages, report.gaps, report.restarts],
    [13_022, 237, 57_674, 0, 0],
  )
  assert.deepEqual(report.byType, {
    quoteUpdate: 27_217,
    tradingStatus: 7_803,
    shortSalePriceTestStatus: 7_802,
    operationalHaltStatus: 7_801,
    tradeReport: 6_390,
    auctionInformation: 642,
    securityDirectory: 10,
    systemEvent: 6,
    tradeBreak: 3,
  })
})

test('decode names the messages of two datagrams of NASDAQ', { skip: NASDAQ.skip }, async (t) => {
  const report = await statistics(t, [NASDAQ.path, '--protocol', 'itch50'])
  assert.deepEqual(report.byType, { addOrder: 36, addOrderWithMpid: 2, orderDelete: 1 })
})

test('decode needs no option for a recording that describes itself, and finds its gaps', async (t) => {
  const whole = await statistics(t, [await sample(t)])
  assert.deepEqual([whole.protocol, whole.framing, whole.gaps], ['tops16', 'iex-tp', 0])
  assert.equal(whole.instruments, 6)
  const lossy = await statistics(t, [await sample(t, { loss: 0.05 })])
  assert.ok(lossy.gaps > 0)
  assert.equal(lossy.messages + lossy.missing, whole.messages)
})

test('decode says how to name messages that nothing names but their look', async (t) => {
  const file = await sample(t, { kind: 'itch50' })
  const unnamed = await statistics(t, [file])
  assert.deepEqual([unnamed.protocol, unnamed.byType], ['none', { message: unnamed.messages }])
  assert.match(unnamed.warnings.join(), /ITCH 5\.0\. Name it: --protocol itch50/)
  for (const protocol of ['none', 'itch50']) {
    const { warnings } = await statistics(t, [file, '--protocol', protocol])
    assert.deepEqual(warnings, [])
  }
  // The same messages, and one that ITCH 5.0 does not have.
  const other = join(folder(t), 'other.bin')
  const message = (code: string, bytes: number) =>
    Buffer.concat([Buffer.from([0, bytes]), Buffer.from(code), Buffer.alloc(bytes - 1)])
  writeFileSync(other, Buffer.concat([...'DDDD'].map((code) => message(code, 19))))
  assert.match((await statistics(t, [other, '--framing', 'binaryfile'])).warnings.join(), /itch50/)
  writeFileSync(other, Buffer.concat([...'DDDDz'].map((code) => message(code, 19))))
  assert.deepEqual((await statistics(t, [other, '--framing', 'binaryfile'])).warnings, [])
})

test('decode writes the same rows as JSON, CSV and Parquet', async (t) => {
  const file = await sample(t)
  const out = folder(t)
  const printed = await rows(t, [file, '--type', 'quoteUpdate'])
  const jsonl = join(out, 'q.jsonl.gz')
  const csv = join(out, 'q.csv')
  const parquet = join(out, 'q.parquet')
  for (const target of [jsonl, csv, parquet]) {
    const result = await runTickwire(t, [
      'decode',
      file,
      '--type',
      'quoteUpdate',
      '-o',
      target,
      '--json',
    ])
    assert.equal(result.exitCode, 0, result.stderr)
    assert.equal(onlyObject<DecodeReport>(result).rows, printed.length)
  }
  const unpacked = gunzipSync(readFileSync(jsonl)).toString().trimEnd().split('\n')
  assert.deepEqual(
    unpacked.map((line) => JSON.parse(line)),
    printed,
  )
  const prices = readFileSync(csv, 'utf8')
    .trimEnd()
    .split('\r\n')
    .slice(1)
    .map((line) => Number(line.split(',')[8]))
  assert.deepEqual(
    prices,
    printed.map((row) => row['bidPrice']),
  )
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const table = await connection.runAndReadAll(
    `SELECT sequence::VARCHAR, epoch_ns(receivedNs)::VARCHAR, epoch_ns(timestamp)::VARCHAR, symbol, bidPrice::DOUBLE FROM '${parquet}'`,
  )
  assert.deepEqual(
    table.getRows(),
    printed.map((row) => [
      String(row['sequence']),
      row['receivedNs'],
      row['timestamp'],
      row['symbol'],
      row['bidPrice'],
    ]),
  )
  connection.closeSync()
  instance.closeSync()
})

test('decode writes one file for each type where the name has a place for it', async (t) => {
  const file = await sample(t, { kind: 'itch50' })
  const out = folder(t)
  const target = join(out, 'day.{type}.csv')
  const args = ['decode', file, '--protocol', 'itch50', '--type', 'addOrder,trade', '-o', target]
  const first = await runTickwire(t, args)
  assert.equal(first.exitCode, 0, first.stderr)
  assert.deepEqual(readdirSync(out).sort(), ['day.addOrder.csv', 'day.trade.csv'])
  const again = await runTickwire(t, args)
  assert.equal(again.exitCode, 1)
  assert.match(again.stderr, /TW_FILE_EXISTS/)
  assert.equal((await runTickwire(t, [...args, '-f'])).exitCode, 0)
})

test('decode chooses by instrument, learning locate codes from messages that have both', async (t) => {
  const file = await sample(t, { kind: 'itch50' })
  const all = await rows(t, [file, '--protocol', 'itch50', '--type', 'orderExecuted'])
  const some = await rows(t, [
    file,
    '--protocol',
    'itch50',
    '--type',
    'orderExecuted',
    '--instrument',
    'TWA',
  ])
  assert.ok(some.length > 0 && some.length < all.length)
  assert.deepEqual(
    some,
    all.filter((row) => row['stockLocate'] === 1),
  )
  const [pretty] = await rows(t, [file, '--protocol', 'itch50', '--limit', '1', '--pretty'])
  assert.match(String(pretty?.['timestamp']), /^2026-03-02T14:29:59\.\d{9}Z$/)
})

test('decode is the same in every time zone of the machine', async (t) => {
  const file = await sample(t, { kind: 'itch50', messages: 50 })
  const printed = []
  for (const TZ of ['UTC', 'Asia/Tokyo', 'America/Los_Angeles']) {
    const result = await runTickwire(t, ['decode', file, '--protocol', 'itch50', '--pretty'], {
      TZ,
    })
    printed.push(result.stdout)
  }
  assert.ok((printed[0] ?? '').length > 1_000)
  assert.deepEqual(new Set(printed).size, 1)
})

test('decode says what it cannot do, and leaves nothing behind', async (t) => {
  const out = folder(t)
  const file = await sample(t)
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [[join(out, 'none.pcap')], 1, /TW_FILE_NOT_FOUND/],
    [[`file:${join(out, 'none.pcap')}`], 1, /TW_FILE_NOT_FOUND/],
    [[file, '--type', 'quoteUpdat'], 2, /Perhaps quoteUpdate/],
    [[file, '-o', join(out, 'all.csv')], 2, /one type/],
    [[file, '-o', join(out, 'all.xls')], 2, /format/],
    [[file, '--json'], 2, /-o/],
    [[file, '--protocol', 'tops15'], 2, /no protocol/],
    [[file, '-o', join(out, 'no', 'where.jsonl')], 1, /TW_FILE_NOT_FOUND/],
  ]
  for (const [args, exitCode, text] of cases) {
    const result = await runTickwire(t, ['decode', ...args])
    assert.equal(result.exitCode, exitCode, `${args.join(' ')}: ${result.stderr}`)
    assert.match(result.stderr + result.stdout, text)
  }
  const broken = join(out, 'broken.pcap.gz')
  writeFileSync(broken, readFileSync(file).subarray(0, 2_000))
  await runTickwire(t, ['decode', broken, '-o', join(out, 'broken.jsonl')])
  assert.deepEqual(
    readdirSync(out).filter((name) => name.endsWith('.part')),
    [],
  )
  assert.ok(!existsSync(join(out, 'all.csv')))
})

test('decode prints the messages of a live feed, with the times of both ends', async (t) => {
  const views = new Tops16Views()
  const bytes = new Uint8Array(64)
  const quote = { type: 'quoteUpdate', symbol: 'TWA', bidPrice: 9.7, askPrice: 9.8 } as const
  const length = views.encode(quote as never, new DataView(bytes.buffer))
  const header = Buffer.alloc(42)
  header.writeUInt8(1, 0)
  header.writeUInt16LE(0x8003, 2)
  header.writeUInt16LE(2 + length, 12)
  header.writeUInt16LE(1, 14)
  header.writeBigInt64LE(7n, 24)
  header.writeBigInt64LE(1_700_000_000_000_000_001n, 32)
  header.writeUInt16LE(length, 40)
  const datagram = Buffer.concat([header, bytes.subarray(0, length)])
  const { send } = await openSocket(t)
  const decode = async (...args: string[]) => {
    const live = ['decode', 'udp://127.0.0.1:0', '--framing', 'iex-tp', ...args]
    const process = tickwire(t, [...live, '--first-within-ms', '60000'])
    const ready = await process.line(/^receiving iex-tp on udp:\/\/127\.0\.0\.1:(\d+)/m)
    await send(datagram, Number(ready[1]))
    const result = await process.result
    assert.equal(result.exitCode, 0, result.stderr)
    return result
  }
  const before = BigInt(Date.now() - 60_000) * 1_000_000n
  const { stdout } = await decode('--count', '1')
  const row = JSON.parse(stdout) as Record<string, unknown>
  assert.deepEqual(
    [row['sequence'], row['sentNs'], row['type'], row['symbol'], row['bidPrice'], row['askPrice']],
    [7, '1700000000000000001', 'quoteUpdate', 'TWA', 9.7, 9.8],
  )
  assert.ok(BigInt(String(row['receivedNs'])) > before)
  const report = onlyObject<DecodeReport>(
    await decode('--limit', '1', '--stats', '--idle-exit-ms', '200', '--json'),
  )
  assert.deepEqual(
    [report.protocol, report.messages, report.byType, report.capture, report.endedBy],
    ['tops16', 1, { quoteUpdate: 1 }, null, 'idle'],
  )
  assert.equal(report.ledger?.balanced, true)
  assert.equal(report.firstNs, report.lastNs)
})

test('decode of a live feed from a sender gives each native message once, in its columns', async (t) => {
  const process = tickwire(t, [
    ...['decode', 'udp://127.0.0.1:0', '--count', '100', '--first-within-ms', '60000'],
  ])
  const ready = await process.line(/^receiving raw on (udp:\S+);/m)
  await (await send({ endpoint: ready[1], count: 100, rate: 1000, cpu: null })).finished
  const { stdout } = await process.result
  const lines = stdout.trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence),
    Array.from({ length: 100 }, (_, i) => i),
  )
  assert.equal((lines[0] ?? '').split('"sequence"').length, 2, 'no column is there twice')
})

test('decode gives the report of what came before beside the error of a broken recording', async (t) => {
  const file = await sample(t, { messages: 200 })
  const unpacked = gunzipSync(readFileSync(file))
  const broken = join(folder(t), 'broken.pcap')
  // The fraction of a second of a packet that no clock can have had.
  const at = unpacked.length - 1
  writeFileSync(
    broken,
    Buffer.concat([unpacked, Buffer.alloc(16, 0xff), unpacked.subarray(24, at)]),
  )
  const whole = await statistics(t, [file])
  const result = await runTickwire(t, ['decode', broken, '--stats', '--json'])
  assert.equal(result.exitCode, 1)
  const report = onlyObject<DecodeReport & { error: { code: string } }>(result)
  assert.deepEqual(
    [report.error.code, report.messages, report.byType, report.endedBy],
    ['TW_BAD_FILE', whole.messages, whole.byType, 'failure'],
  )
  const printed = await runTickwire(t, ['decode', broken])
  assert.equal(printed.stdout.trimEnd().split('\n').length, whole.messages)
})

test('decode packs rows with zstd, by Node.js or by libzstd', async (t) => {
  const file = await sample(t, { messages: 300 })
  const packed = join(folder(t), 'rows.jsonl.zst')
  const result = await runTickwire(t, ['decode', file, '-o', packed, '--json'])
  if (result.stderr.includes('TW_NOT_SUPPORTED')) return t.skip('there is no zstd here')
  assert.equal(result.exitCode, 0, result.stderr)
  const decoder = ZstdDecoder.create()
  if (decoder === undefined) return t.skip('there is no libzstd to read it with')
  const text = new Uint8Array(2 ** 22)
  decoder.decode(readFileSync(packed), text)
  const { written } = decoder
  decoder.close()
  const lines = Buffer.from(text.subarray(0, written)).toString().trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    await rows(t, [file]),
  )
})

test('decode refuses the limits of a live feed beside a recording', async (t) => {
  const result = await runTickwire(t, ['decode', await sample(t), '--count', '3'])
  assert.equal(result.exitCode, 2)
  assert.match(result.stderr, /TW_BAD_OPTION: count is given/)
})
