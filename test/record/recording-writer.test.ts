import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { RECORDER, recorderCounts } from '../../src/account/recorder-counters.js'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import type { TickwireError } from '../../src/foundation/errors.js'
import { encodeSocketAddress } from '../../src/native/socket-address.js'
import {
  PacketHeaders,
  planRecording,
  type RecordingOptions,
  RecordingWriter,
} from '../../src/record/index.js'
import { until } from '../kit/until.js'
import { temporaryFolder } from '../system/handler-modules.js'

/** What cannot be packed. */
const PAYLOAD = new DataView(new Uint8Array(randomBytes(2 ** 20)).buffer)
const PAYLOAD_STEP = 1021
/** Headers of pcap, Ethernet, IPv4 and UDP. */
const HEADER_BYTES = 16 + 42

class Recorder {
  readonly counters = new Float64Array(32)
  readonly writer: RecordingWriter
  readonly headers = new PacketHeaders()
  sent = 0

  constructor(options: RecordingOptions, recordedTime = true) {
    const addresses = new DataView(new ArrayBuffer(64))
    new Uint8Array(addresses.buffer).set(encodeSocketAddress('10.0.0.9', 40_000), 0)
    new Uint8Array(addresses.buffer).set(encodeSocketAddress('10.0.0.1', 9001), 32)
    this.headers.choose(addresses, 0, 32)
    const describe = () => ({ described: true })
    const parts = { counters: this.counters, describe, recordedTime }
    this.writer = new RecordingWriter(planRecording(options), parts)
  }

  /** Writes so many datagrams, a millisecond apart, each with another beginning. */
  write(count: number, length = 200): void {
    for (let i = 0; i < count; i++) {
      const ms = this.sent % 1000
      const seconds = 1_700_000_000 + Math.floor(this.sent / 1000)
      this.writer.write(this.headers, seconds, ms * 1e6, PAYLOAD, offsetOf(this.sent), length)
      this.sent++
    }
  }
}

function offsetOf(nth: number): number {
  return (nth * PAYLOAD_STEP) % (PAYLOAD.byteLength - 2048)
}

/** The first two bytes and the time of each datagram of a file. */
async function read(path: string) {
  const reader = await CaptureReader.open(path)
  const found: (readonly [number, string])[] = []
  while (await reader.fill()) {
    while (reader.next())
      found.push([reader.view.getUint16(reader.offset), String(reader.unixNs())])
  }
  await reader.close()
  return { found, counts: reader.counts(), warnings: reader.warnings() }
}

function expected(from: number, to: number): (readonly [number, string])[] {
  const found: (readonly [number, string])[] = []
  for (let i = from; i < to; i++) {
    const ns = BigInt(1_700_000_000_000 + i) * 1_000_000n
    found.push([PAYLOAD.getUint16(offsetOf(i)), String(ns)])
  }
  return found
}

for (const end of ['', '.gz', '.zst']) {
  test(`RecordingWriter writes a pcap${end} that reads back, with ledger and index`, async (t) => {
    const file = join(temporaryFolder(t), `day.pcap${end}`)
    const recorder = new Recorder({ file })
    recorder.write(12_000)
    recorder.writer.finish()
    const { found, counts } = await read(file)
    assert.deepEqual(found, expected(0, 12_000))
    assert.equal(counts.cut, 0)
    const [summary] = recorder.writer.files
    const times = { firstNs: '1700000000000000000', lastNs: '1700000011999000000' }
    assert.deepEqual(summary, { file, packets: 12_000, bytes: statSync(file).size, ...times })
    const ledger = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as Record<string, unknown>
    assert.equal(ledger['complete'], true)
    assert.equal(ledger['packets'], 12_000)
    assert.equal(ledger['described'], true)
    const places = readFileSync(`${file}.index`, 'utf8').trim().split('\n').slice(1)
    // A place per MiB of 3.1 MB.
    assert.equal(places.length, 3)
  })
}

test('RecordingWriter keeps each file within --rotate-bytes, and numbers them', async (t) => {
  const folder = temporaryFolder(t)
  const recorder = new Recorder({ file: join(folder, 'a.pcap'), rotateBytes: 100_000 })
  recorder.write(1000)
  recorder.writer.finish()
  const { files } = recorder.writer
  assert.equal(files.length, 3)
  assert.deepEqual(
    files.map(({ file }) => file),
    [0, 1, 2].map((i) => join(folder, `a-000${i}.pcap`)),
  )
  let first = 0
  for (const { file, packets, bytes } of files) {
    assert.ok(bytes <= 100_000 && bytes === statSync(file).size)
    assert.deepEqual((await read(file)).found, expected(first, first + packets))
    first += packets
  }
  assert.equal(first, 1000)
})

test('RecordingWriter begins another file by the recorded time of a recording', (t) => {
  const file = join(temporaryFolder(t), 'a-{time}.pcap.gz')
  const recorder = new Recorder({ file, rotateMs: 250 })
  recorder.write(1000)
  recorder.writer.finish()
  const { files } = recorder.writer
  assert.deepEqual(
    files.map(({ packets, firstNs }) => [packets, firstNs]),
    [0, 250, 500, 750].map((ms) => [250, `1700000000${String(ms).padStart(3, '0')}000000`]),
  )
  assert.equal(new Set(files.map((one) => one.file)).size, 4)
})

test('RecordingWriter begins another file by the clock, though nothing comes', async (t) => {
  const file = join(temporaryFolder(t), '{index}.pcap')
  const recorder = new Recorder({ file, rotateMs: 40 }, false)
  await until('three files', () => {
    recorder.writer.turn(Date.now())
    return recorder.writer.files.length >= 3
  })
  recorder.writer.finish()
  for (const one of recorder.writer.files) {
    assert.equal(one.packets, 0)
    assert.deepEqual((await read(one.file)).counts.packets, 0)
    assert.equal(JSON.parse(readFileSync(`${one.file}.json`, 'utf8')).complete, true)
  }
})

test('RecordingWriter has whole members on the disk after a second', async (t) => {
  const file = join(temporaryFolder(t), 'a.pcap.gz')
  const recorder = new Recorder({ file })
  recorder.write(100)
  recorder.writer.turn(Date.now() + 2000)
  const { found, warnings } = await read(file)
  assert.deepEqual(found, expected(0, 100))
  assert.deepEqual(warnings, [])
  assert.equal(JSON.parse(readFileSync(`${file}.json`, 'utf8')).complete, false)
  recorder.writer.finish()
})

test('RecordingWriter replaces nothing unless it is told to', (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'a.pcap')
  writeFileSync(file, 'mine')
  const code = (error: TickwireError) => error.code === 'TW_FILE_EXISTS'
  assert.throws(() => new Recorder({ file }), code)
  writeFileSync(join(folder, '0000.pcap'), 'mine')
  assert.throws(() => new Recorder({ file: join(folder, '{index}.pcap') }), code)
  assert.equal(readFileSync(file, 'utf8'), 'mine')
  // What comes in the way later must not end a recording.
  writeFileSync(join(folder, 'b-0001.pcap'), 'mine')
  const recorder = new Recorder({ file: join(folder, 'b.pcap'), rotateBytes: 50_000 })
  recorder.write(300)
  recorder.writer.finish()
  const names = recorder.writer.files.map((one) => one.file.slice(folder.length + 1))
  assert.deepEqual(names, ['b-0000.pcap', 'b-0002.pcap'])
  assert.equal(readFileSync(join(folder, 'b-0001.pcap'), 'utf8'), 'mine')
  new Recorder({ file, force: true }).writer.abandon()
  assert.equal(existsSync(file), false)
})

test('planRecording refuses what makes no recording', () => {
  const refused = (options: RecordingOptions) => {
    assert.throws(
      () => planRecording(options),
      (error: TickwireError) => error.code === 'TW_BAD_OPTION',
    )
  }
  refused({ file: '' })
  refused({ file: '-' })
  refused({ file: 'a.pcapng' })
  refused({ file: 'a-{day}.pcap' })
  refused({ file: 'a.pcap', fsync: 'often' })
  refused({ file: 'a.pcap', fsync: '0' })
})

/** A file system of 256 KiB that is gone with the test; why there is none, else. */
function smallDisk(t: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-disk-'))
  t.after(() => {
    spawnSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tickwire-test', folder], {
      stdio: 'ignore',
    })
  } catch {
    t.skip('no file system can be mounted here (needs root)')
    return undefined
  }
  return folder
}

for (const end of ['', '.gz']) {
  test(`RecordingWriter ends a pcap${end} with a whole packet on a full disk, and goes on with room`, async (t) => {
    const folder = smallDisk(t)
    if (folder === undefined) return
    const file = join(folder, `a.pcap${end}`)
    const fill = join(folder, 'fill')
    writeFileSync(fill, Buffer.alloc(180_000))
    const recorder = new Recorder({ file }, false)
    for (let round = 0; round < 4; round++) {
      recorder.write(300, 1000)
      recorder.writer.turn(Date.now() + 2000)
    }
    const full = recorderCounts(recorder.counters)
    assert.ok(full.notRecorded.diskFull > 0, JSON.stringify(full))
    assert.equal(full.recorded + full.notRecorded.diskFull, recorder.sent)
    assert.equal(recorder.counters[RECORDER.diskFullAlarms], 1)
    const before = await read(file)
    assert.equal(before.found.length, full.recorded)
    assert.equal(before.counts.cut, 0)
    if (end === '') assert.equal((statSync(file).size - 24) % (HEADER_BYTES + 1000), 0)
    rmSync(fill)
    await until('it writes again', () => {
      recorder.write(10, 1000)
      recorder.writer.turn(Date.now() + 2000)
      return recorderCounts(recorder.counters).recorded > full.recorded
    })
    recorder.writer.finish()
    const { recorded, notRecorded } = recorderCounts(recorder.counters)
    assert.equal(recorded + notRecorded.diskFull, recorder.sent)
    const after = await read(file)
    assert.equal(after.found.length, recorded)
    const ledger = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as Record<string, unknown>
    assert.equal(ledger['complete'], true)
    assert.equal(ledger['packets'], recorded)
  })
}

test('RecordingWriter brings its ledger to an end on a disk that stays full', async (t) => {
  const folder = smallDisk(t)
  if (folder === undefined) return
  const file = join(folder, 'a.pcap')
  const recorder = new Recorder({ file }, false)
  recorder.write(1000, 1000)
  recorder.writer.finish()
  const { recorded, notRecorded } = recorderCounts(recorder.counters)
  assert.equal(recorded + notRecorded.diskFull, 1000)
  assert.ok(notRecorded.diskFull > 0)
  assert.equal((await read(file)).found.length, recorded)
  assert.equal(JSON.parse(readFileSync(`${file}.json`, 'utf8')).complete, true)
})
