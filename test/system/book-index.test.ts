import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import pc from 'picocolors'
import type { BookProtocol } from '../../src/book/index.js'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import { BookFeed } from '../../src/cli/book/book-feed.js'
import { writeBookIndex } from '../../src/cli/book/book-index.js'
import type { BookReport } from '../../src/cli/book/book-report.js'
import { runBook } from '../../src/cli/book/book-run.js'
import type { Output } from '../../src/cli/output.js'
import type { TickwireError } from '../../src/foundation/errors.js'
import { receive } from '../../src/index.js'
import { writeSample } from '../../src/sample/write-sample.js'
import { proof } from '../kit/proof.js'
import { runTickwire } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

const TIMES = 10
/** So small that there are many in a small recording. */
const SPACING = { bytes: 40_000, blobs: 0 }

/** The report of `tickwire book FILE --at`, without what says how it was made. */
async function bookAt(file: string, instrument: string, asOf: string | number) {
  let found: BookReport | undefined
  const output: Output = {
    ...{ command: 'book', json: true, colors: pc.createColors(false), display: undefined },
    say() {},
    warn() {},
    report(report) {
      found = report as BookReport
    },
  }
  const when = typeof asOf === 'number' ? { atSequence: asOf } : { at: asOf }
  await runBook(`file:${file}`, { instrument, ...when }, output)
  assert.ok(found !== undefined)
  const { elapsedSeconds, fromCheckpoint, ...rest } = found
  const { capture, warnings, endedBy, ...as } = rest as typeof rest & Record<string, unknown>
  if (typeof asOf !== 'number') return { book: as, fromCheckpoint }
  // As of a sequence more may be read than is applied: how much depends on the index.
  const { messages, ...book } = as
  return { book, fromCheckpoint }
}

async function index(file: string, protocol: BookProtocol, spacing = SPACING) {
  const feed = await BookFeed.open({ endpoint: `file:${file}`, framing: 'auto', protocol })
  try {
    return await writeBookIndex(feed, file, { session: undefined, to: undefined }, spacing)
  } finally {
    await feed.close()
  }
}

/** Times within a recording, by a seed; and an instrument that it has. */
async function momentsOf(file: string, count: number): Promise<string[]> {
  const reader = await CaptureReader.open(file)
  let first = 0n
  let last = 0n
  while (await reader.fill()) {
    while (reader.next()) {
      last = reader.unixNs()
      if (first === 0n) first = last
    }
  }
  await reader.close()
  let seed = 7n
  return Array.from({ length: count }, () => {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n)
    return String(first + (seed % (last - first)))
  })
}

const SAMPLES = { itch50: 20_000, deep10: 20_000, deepplus10: 20_000, tops16: 10_000 } as const

for (const [kind, messages] of Object.entries(SAMPLES)) {
  test(`book --at of ${kind} is the same with an index, at ${TIMES} times`, async (t) => {
    const file = await sampleOf(t, kind as BookProtocol, messages)
    const moments = await momentsOf(file, TIMES)
    const instrument = await instrumentOf(file, kind as BookProtocol)
    const plain: unknown[] = []
    for (const at of moments) {
      const { book, fromCheckpoint } = await bookAt(file, instrument, at)
      assert.equal(fromCheckpoint, null)
      plain.push(book)
    }
    const report = await index(file, kind as BookProtocol)
    assert.ok(report.checkpoints > 5, `${report.checkpoints} checkpoints`)
    let resumed = 0
    for (const [i, at] of moments.entries()) {
      const { book, fromCheckpoint } = await bookAt(file, instrument, at)
      assert.deepEqual(book, plain[i])
      if (fromCheckpoint !== null) resumed++
    }
    assert.ok(resumed >= TIMES / 2, `${resumed} from a checkpoint`)
  })
}

for (const kind of ['itch50', 'deep10'] as const) {
  test(`book --at-sequence of ${kind} is the same with an index, at ${TIMES} sequences`, async (t) => {
    const file = await sampleOf(t, kind, 20_000)
    const instrument = await instrumentOf(file, kind)
    const sequences = Array.from({ length: TIMES }, (_, i) => 1 + ((i * 7919) % 20_000))
    const plain: unknown[] = []
    for (const at of sequences) plain.push((await bookAt(file, instrument, at)).book)
    await index(file, kind)
    let resumed = 0
    for (const [i, at] of sequences.entries()) {
      const { book, fromCheckpoint } = await bookAt(file, instrument, at)
      assert.deepEqual(book, plain[i], `at ${at}`)
      if (fromCheckpoint !== null) resumed++
    }
    assert.ok(resumed >= TIMES / 2, `${resumed} from a checkpoint`)
  })
}

test('book --at-sequence begins at no checkpoint of a run before the last one', async (t) => {
  const first = await sampleOf(t, 'deep10', 20_000)
  const instrument = await instrumentOf(first, 'deep10')
  const file = join(temporaryFolder(t), 'twice.pcap')
  // The publisher begins again at 1, so shortly before the end that no checkpoint lies behind that.
  writeFileSync(file, withMoreOfAnotherDay(readFileSync(first), 100))
  const before = (await bookAt(file, instrument, 9000)).book
  await index(file, 'deep10')
  const after = await bookAt(file, instrument, 9000)
  assert.deepEqual(after, { book: before, fromCheckpoint: null })
})

for (const end of ['.gz', '.zst']) {
  test(`book --at of a pcap${end} of ours goes on from a checkpoint`, async (t) => {
    const file = await sampleOf(t, 'itch50', 60_000)
    const packed = join(temporaryFolder(t), `packed.pcap${end}`)
    const endpoint = `file:${file}`
    await (await receive({ endpoint, framing: 'auto', record: packed, handler: null })).finished
    const moments = await momentsOf(file, 3)
    const instrument = await instrumentOf(file, 'itch50')
    const report = await index(packed, 'itch50')
    assert.ok(report.checkpoints > 5 && report.places > 2)
    for (const at of moments) {
      const one = await bookAt(file, instrument, at)
      const other = await bookAt(packed, instrument, at)
      assert.deepEqual(other.book, one.book)
    }
  })
}

test('decode --index refuses what cannot be begun in its midst, and says what to do', async (t) => {
  const file = await sampleOf(t, 'deep10', 2000)
  const packed = `${file}.gz`
  writeFileSync(packed, gzipSync(readFileSync(file)))
  const refused = (error: TickwireError) =>
    error.code === 'TW_NOT_SUPPORTED' && error.remedy.includes('tickwire record')
  await assert.rejects(index(packed, 'deep10'), refused)
  assert.equal(existsSync(`${packed}.index`), false)
  const result = await runTickwire(t, ['decode', packed, '--index', '--json'])
  assert.equal(result.exitCode, 1)
  assert.match(result.stderr, /TW_NOT_SUPPORTED.*tickwire record NEW\.pcap\.gz/)
})

test('book --at does not believe an index of another recording', async (t) => {
  const file = await sampleOf(t, 'deep10', 20_000)
  const instrument = await instrumentOf(file, 'deep10')
  await index(file, 'deep10')
  const [at = ''] = await momentsOf(file, 1)
  const before = await bookAt(file, instrument, at)
  assert.notEqual(before.fromCheckpoint, null)
  appendFileSync(file, Buffer.alloc(10))
  const after = await bookAt(file, instrument, at)
  assert.equal(after.fromCheckpoint, null)
  assert.deepEqual(after.book, before.book)
})

/** Of about 48 bytes each: a gigabyte in full. */
const LARGE = proof(40_000, 21_000_000)

test('book --at in a large recording is the same with its index, and says how long it took', async (t) => {
  const file = await sampleOf(t, 'itch50', LARGE)
  const moments = await momentsOf(file, TIMES)
  const instrument = await instrumentOf(file, 'itch50')
  const plain: unknown[] = []
  for (const at of moments) plain.push((await bookAt(file, instrument, at)).book)
  await index(file, 'itch50', undefined)
  for (const [i, at] of moments.entries()) {
    const startMs = performance.now()
    const { book } = await bookAt(file, instrument, at)
    t.diagnostic(`${((performance.now() - startMs) / 1000).toFixed(2)} s`)
    assert.deepEqual(book, plain[i])
  }
})

async function sampleOf(t: TestContext, kind: BookProtocol, messages: number): Promise<string> {
  const file = join(temporaryFolder(t), `${kind}.pcap`)
  const market = { instruments: 50, seed: 1, line: 'a', overwrite: false } as const
  await writeSample({ ...market, kind, file, messages, loss: 0.001 })
  return file
}

/** The symbol of a book that is not empty at the end, or the first there is. */
async function instrumentOf(file: string, protocol: BookProtocol): Promise<string> {
  const feed = await BookFeed.open({ endpoint: `file:${file}`, framing: 'auto', protocol })
  for (let i = 0; i < 20 && (await feed.wait()); i++) while (feed.next()) feed.apply()
  const { instrument } = feed.books.at(0)
  await feed.close()
  return instrument
}

/** A recording, and its first packets again an hour after its last one. */
function withMoreOfAnotherDay(pcap: Buffer, count: number): Buffer {
  const packets = pcap.subarray(24)
  const next = (at: number) => at + 16 + packets.readUInt32LE(at + 8)
  const first = packets.readUInt32LE(0)
  let last = first
  for (let at = 0; at < packets.length; at = next(at)) last = packets.readUInt32LE(at)
  let end = 0
  for (let i = 0; i < count; i++) end = next(end)
  const later = Buffer.from(packets.subarray(0, end))
  for (let at = 0; at < end; at = next(at)) {
    later.writeUInt32LE(later.readUInt32LE(at) + last - first + 3600, at)
  }
  return Buffer.concat([pcap, later])
}
