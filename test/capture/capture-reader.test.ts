import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import { TickwireError } from '../../src/foundation/errors.js'
import { IEX, NASDAQ } from '../kit/captures.js'
import {
  binaryRecord,
  type CaptureRecord,
  captureFile,
  ethernet,
  ipv4,
  ipv6,
  linuxCooked,
  linuxCooked2,
  NgBuilder,
  udp,
} from './capture-builder.js'
import { type Reading, readAll, readBytes } from './reading.js'

const ETHERNET = { littleEndian: true, nanoseconds: true, linkType: 1 }
const HELLO = udp({ payload: Buffer.from('hello') })
const HELLO_FRAME = ethernet(ipv4(HELLO))
const GOOD: CaptureRecord = { seconds: 1, fraction: 0, packet: HELLO_FRAME }

let folder = ''
let files = 0
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickwire-capture-'))
})
after(() => rm(folder, { recursive: true }))

async function written(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${files++}.bin`)
  await writeFile(path, bytes)
  return path
}

function payloadsOf({ datagrams }: Reading): string[] {
  return datagrams.map(({ payload }) => payload)
}

function isError(code: string, pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TickwireError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, pattern)
    assert.ok(error.message.length < 2000, 'a message is bounded')
    return true
  }
}

for (const chunkBytes of [1, 7, 65_536]) {
  test(`CaptureReader reads every kind of pcap in pieces of ${chunkBytes} bytes`, async () => {
    for (let bits = 0; bits < 16; bits++) {
      const [littleEndian, nanoseconds] = [(bits & 1) !== 0, (bits & 2) !== 0]
      const [zipped, isIpv6] = [(bits & 4) !== 0, (bits & 8) !== 0]
      for (const vlanTypes of [[], [0x8100], [0x88a8, 0x8100], [0x9100, 0x9200, 0x8100, 0x8100]]) {
        const what = JSON.stringify({ littleEndian, nanoseconds, zipped, isIpv6, vlanTypes })
        const payloads = ['first', '', 'x'.repeat(1472)].map((text) => Buffer.from(text))
        const times = [
          [1_700_000_000, 999_999],
          [1_700_000_001, 0],
          [1_700_086_400, 123_456],
        ] as const
        const records = payloads.map((payload, i): CaptureRecord => {
          const datagram = udp({ payload, sourcePort: 1000 + i, destinationPort: 60_000 + i })
          const packet = isIpv6 ? ipv6(datagram) : ipv4(datagram)
          const [seconds, fraction] = times[i] ?? [0, 0]
          return { seconds, fraction, packet: ethernet(packet, vlanTypes) }
        })
        const plain = captureFile({ littleEndian, nanoseconds, linkType: 1 }, records)
        const { datagrams, error } = await readBytes(zipped ? gzipSync(plain) : plain, {
          chunkBytes,
        })
        assert.equal(error, undefined, what)
        const unit = nanoseconds ? 1 : 1000
        const expected = payloads.map((payload, i) => ({
          unixNs: BigInt(times[i]?.[0] ?? 0) * 1_000_000_000n + BigInt((times[i]?.[1] ?? 0) * unit),
          payload: payload.toString('latin1'),
          destination: isIpv6 ? `[ff02::1:0:0:9]:${60_000 + i}` : `239.1.1.1:${60_000 + i}`,
          sourcePort: 1000 + i,
        }))
        assert.deepEqual(datagrams, expected, what)
      }
    }
  })
}

test('CaptureReader reads pcapng: sections, interfaces, resolutions, all kinds of packets', async () => {
  for (const littleEndian of [true, false]) {
    const ng = new NgBuilder(littleEndian)
    const file = ng
      .section()
      .block(0x0bad, Buffer.from('unknown'))
      .interface(1)
      .interface(101, 0, [
        { code: 2, value: Buffer.from('any') },
        { code: 9, value: Buffer.of(9) },
        ng.option64(14, 1000n),
      ])
      .interface(113, 0, [{ code: 9, value: Buffer.of(0x80 | 20) }])
      .interface(276, 0, [{ code: 9, value: Buffer.of(12) }])
      .enhanced(0, 1_700_000_000_123_456n, HELLO_FRAME)
      .enhanced(1, 1_700_000_000_123_456_789n, ipv4(HELLO))
      .enhanced(2, (1_700_000_000n << 20n) | (1n << 19n), linuxCooked(ipv4(HELLO)))
      .enhanced(3, 1_700_000_000_000_000_999n, linuxCooked2(ipv6(HELLO)))
      .obsolete(0, 5n, HELLO_FRAME)
      .simple(HELLO_FRAME)
      .section()
      .interface(228)
      .enhanced(0, 7n, ipv4(HELLO))
      .build()
    const other = new NgBuilder(!littleEndian).section().interface(1).enhanced(0, 8n, HELLO_FRAME)
    for (const chunkBytes of [1, 11, 65_536]) {
      const { datagrams, error, counts } = await readBytes(Buffer.concat([file, other.build()]), {
        chunkBytes,
      })
      assert.equal(error, undefined)
      assert.equal(counts.format, 'pcapng')
      assert.deepEqual(
        datagrams.map(({ unixNs, payload }) => [unixNs, payload]),
        [
          [1_700_000_000_123_456_000n, 'hello'],
          [1_700_001_000_123_456_789n, 'hello'],
          [1_700_000_000_500_000_000n, 'hello'],
          [1_700_000_000_000_000n, 'hello'],
          [5000n, 'hello'],
          [5000n, 'hello'],
          [7000n, 'hello'],
          [8000n, 'hello'],
        ],
      )
    }
  }
})

test('CaptureReader refuses pcapng blocks that contradict themselves, and says where', async () => {
  const begin = () => new NgBuilder(true).section().interface(1).enhanced(0, 1n, HELLO_FRAME)
  const offset = begin().build().length
  const cases: [Buffer, RegExp][] = [
    [begin().block(6, Buffer.alloc(40), 48).build(), /length 52 at its beginning and 48/],
    [begin().enhanced(9, 1n, HELLO_FRAME).build(), /interface 9, and the section has 1/],
    [begin().block(6, Buffer.alloc(8)).build(), /packet in a block of 20 bytes/],
    [Buffer.concat([begin().build(), Buffer.alloc(16)]), /impossible length 0/],
  ]
  for (const [bytes, pattern] of cases) {
    const { datagrams, error } = await readBytes(bytes)
    assert.equal(datagrams.length, 1)
    assert.ok(isError('TW_BAD_FILE', pattern)(error))
    assert.match(String(error), new RegExp(`packet 2 at byte ${offset}`))
  }
})

test('CaptureReader skips an unknown pcapng block that is longer than its memory', async () => {
  const bytes = new NgBuilder(true)
    .section()
    .interface(1)
    .block(0x0bad, Buffer.alloc(3_000_000))
    .enhanced(0, 1n, HELLO_FRAME)
    .build()
  assert.deepEqual(payloadsOf(await readBytes(bytes)), ['hello'])
})

test('CaptureReader counts a last packet that the file cuts off and delivers those before', async () => {
  const one = captureFile(ETHERNET, [GOOD]).length
  const two = captureFile(ETHERNET, [GOOD, GOOD])
  for (let length = one; length <= two.length; length++) {
    const { datagrams, counts, error, warnings } = await readBytes(two.subarray(0, length))
    const isWhole = length === one || length === two.length
    assert.equal(error, undefined)
    assert.equal(datagrams.length, length === two.length ? 2 : 1)
    assert.equal(counts.cut, isWhole ? 0 : 1, `${length} of ${two.length} bytes`)
    assert.equal(/ends within packet 2/.test(warnings.join()), !isWhole)
  }
  const ng = new NgBuilder(true).section().interface(1).enhanced(0, 1n, HELLO_FRAME)
  const head = ng.build().length
  const all = ng.enhanced(0, 2n, HELLO_FRAME).build()
  for (let length = head + 1; length < all.length; length++) {
    const { datagrams, counts, error } = await readBytes(all.subarray(0, length))
    assert.deepEqual([error, datagrams.length, counts.cut], [undefined, 1, 1])
  }
})

test('CaptureReader reports an insane captured length and an impossible fraction', async () => {
  const offset = captureFile(ETHERNET, [GOOD, GOOD]).length
  const insane = captureFile(ETHERNET, [GOOD, GOOD, { ...GOOD, capturedBytes: 0xfffffff0 }, GOOD])
  const reading = await readBytes(insane)
  assert.equal(reading.datagrams.length, 2)
  const claims = new RegExp(`packet 3 at byte ${offset} claims 4294967280 captured bytes`)
  assert.ok(isError('TW_BAD_FILE', claims)(reading.error))
  for (const [nanoseconds, fraction] of [
    [true, 1_000_000_000],
    [false, 1_000_000],
    [false, 4_294_967_295],
  ] as const) {
    const file = captureFile({ ...ETHERNET, nanoseconds }, [GOOD, { ...GOOD, fraction }, GOOD])
    const { datagrams, error } = await readBytes(file)
    assert.equal(datagrams.length, 1)
    assert.ok(isError('TW_BAD_FILE', new RegExp(`packet 2 at byte .*has ${fraction} `))(error))
  }
})

test('CaptureReader reads packets of the largest captured length', async () => {
  const frame = Buffer.concat([HELLO_FRAME, Buffer.alloc(262_144)])
  const record = { ...GOOD, packet: frame.subarray(0, 262_144) }
  const { datagrams, error } = await readBytes(captureFile(ETHERNET, [record, record, record]))
  assert.deepEqual([error, datagrams.length], [undefined, 3])
})

test('CaptureReader has times before the first packet where the file is not in order', async () => {
  const records = [
    { ...GOOD, seconds: 10, fraction: 5 },
    { ...GOOD, seconds: 9, fraction: 999_999_999 },
  ]
  const { datagrams } = await readBytes(captureFile(ETHERNET, records))
  assert.deepEqual(
    datagrams.map(({ unixNs }) => unixNs),
    [10_000_000_005n, 9_999_999_999n],
  )
})

test('CaptureReader goes on behind the header of a file that was appended', async () => {
  const nano = captureFile(ETHERNET, [GOOD])
  const micro = captureFile({ littleEndian: false, nanoseconds: false, linkType: 101 }, [
    { seconds: 2, fraction: 3, packet: ipv4(HELLO) },
  ])
  const ng = new NgBuilder(true).section().interface(1).enhanced(0, 4n, HELLO_FRAME).build()
  for (const chunkBytes of [1, 65_536]) {
    const parts = [nano, micro, ng, nano, ng, micro]
    const { datagrams, error } = await readBytes(Buffer.concat(parts), { chunkBytes })
    assert.equal(error, undefined)
    assert.deepEqual(
      datagrams.map(({ unixNs }) => unixNs),
      [1_000_000_000n, 2_000_003_000n, 4000n, 1_000_000_000n, 4000n, 2_000_003_000n],
    )
  }
})

test('CaptureReader reads a BinaryFILE, told by its content, numbered and in New York time', async () => {
  const records = [
    binaryRecord('S', 1, 12),
    binaryRecord('A', 34_200_000_000_001, 36),
    binaryRecord('E', 34_200_000_000_001, 31),
  ]
  const bytes = Buffer.concat([...records, Buffer.alloc(2)])
  for (const file of [bytes, gzipSync(bytes)]) {
    const { datagrams, counts, error } = await readBytes(file, { date: '2023-11-05' })
    assert.equal(error, undefined)
    assert.equal(counts.format, 'binaryfile')
    // The day on which the clocks of New York went back: midnight was four hours behind Greenwich.
    const midnight = BigInt(Date.parse('2023-11-05T04:00:00Z')) * 1_000_000n
    datagrams.forEach(({ payload, unixNs }, i) => {
      const bytes = Buffer.from(payload, 'latin1')
      assert.equal(bytes.readBigUInt64BE(0), BigInt(i + 1))
      assert.deepEqual(bytes.subarray(8), records[i])
      assert.equal(unixNs, midnight + (i === 0 ? 1n : 34_200_000_000_001n))
    })
  }
  const named = join(folder, '03132026.NASDAQ_ITCH50')
  await writeFile(named, bytes)
  const reader = await CaptureReader.open(named)
  assert.ok(reader.hasDate)
  const { datagrams } = await readAll(reader)
  assert.equal(datagrams[0]?.unixNs, BigInt(Date.parse('2026-03-13T04:00:00Z')) * 1_000_000n + 1n)
  const undated = await CaptureReader.fromBytes(bytes)
  assert.ok(!undated.hasDate)
  await undated.close()
})

test('CaptureReader refuses what is no recording and says what it is', async () => {
  const open = async (bytes: Uint8Array) => CaptureReader.open(await written(bytes))
  const bad = (pattern: RegExp) => isError('TW_BAD_FILE', pattern)
  await assert.rejects(open(Buffer.alloc(0)), bad(/has 0 bytes/))
  await assert.rejects(open(Buffer.from([0x1f])), bad(/has 1 bytes/))
  await assert.rejects(open(captureFile(ETHERNET, []).subarray(0, 23)), bad(/has 23 bytes/))
  await assert.rejects(open(Buffer.from('GIF89a'.repeat(9))), bad(/0x47494638/))
  await assert.rejects(open(Buffer.from([0x1f, 0x8b, 8, 0, 0])), bad(/has 0 bytes/))
  await assert.rejects(CaptureReader.open(folder), bad(/is a folder/))
  const missing = join(folder, 'none.pcap')
  await assert.rejects(CaptureReader.open(missing), { code: 'TW_FILE_NOT_FOUND' })
})

test('CaptureReader wants a destination where there are several, and lists a bounded number', async () => {
  const records = Array.from({ length: 3000 }, (_, i) => {
    const datagram = udp({ payload: Buffer.from('x'), destinationPort: 2000 + (i % 2900) })
    return { ...GOOD, packet: ethernet(ipv4(datagram)) }
  })
  const bytes = captureFile(ETHERNET, records)
  const listed = isError(
    'TW_BAD_OPTION',
    /2900 destinations: 239\.1\.1\.1:2000 \(2\), .*2890 others/,
  )
  await assert.rejects(CaptureReader.fromBytes(bytes), listed)
  const scan = Array.from({ length: 5000 }, (_, i) => {
    const datagram = udp({ payload: Buffer.from('x'), destinationPort: 2000 + i })
    return { ...GOOD, packet: ethernet(ipv4(datagram)) }
  })
  const more = isError('TW_BAD_OPTION', /4096 destinations: .*, and 4086 or more others/)
  await assert.rejects(CaptureReader.fromBytes(captureFile(ETHERNET, scan)), more)
  const to = '239.1.1.1:2001'
  const { datagrams, counts } = await readAll(await CaptureReader.fromBytes(bytes, { to }))
  assert.equal(datagrams.length, 2)
  assert.deepEqual(counts.otherPackets, { otherDestinations: 2998 })
  const none = CaptureReader.fromBytes(bytes, { to: '239.1.1.1:9' })
  await assert.rejects(
    none,
    isError('TW_BAD_OPTION', /holds no datagram to 239\.1\.1\.1:9; there are/),
  )
  const nonsense = CaptureReader.fromBytes(bytes, { to: '1.2.3.400:9' })
  await assert.rejects(nonsense, isError('TW_BAD_OPTION', /is no destination/))
})

test('CaptureReader notices a second destination late in a recording', async () => {
  const padding = { ...GOOD, packet: ethernet(ipv4(udp({ payload: Buffer.alloc(1400) }))) }
  const other = { ...GOOD, packet: ethernet(ipv4(HELLO, { group: 9 })) }
  const bytes = captureFile(ETHERNET, [...Array<CaptureRecord>(3000).fill(padding), other])
  const { datagrams, error } = await readAll(await CaptureReader.fromBytes(bytes))
  assert.equal(datagrams.length, 3000)
  assert.ok(isError('TW_BAD_OPTION', /2 destinations: 239\.1\.1\.1:9001 \(3000\)/)(error))
})

test('CaptureReader hints at packets that were captured twice, and leaves them out if told to', async () => {
  const records: CaptureRecord[] = []
  for (let i = 0; i < 50; i++) {
    const packet = ethernet(ipv4(udp({ payload: Buffer.from(`message number ${i}`) })))
    records.push({ seconds: 1, fraction: i * 1000, packet })
    records.push({ seconds: 1, fraction: i * 1000 + 3, packet })
  }
  const layout = { ...ETHERNET, nanoseconds: false }
  const hinted = await readBytes(captureFile(layout, records))
  assert.deepEqual([hinted.datagrams.length, hinted.counts.repeats], [100, 50])
  assert.match(hinted.warnings.join(), /--dedupe-us 100/)
  const once = await readBytes(captureFile(layout, records), { dedupeNs: 100_000 })
  assert.equal(once.datagrams.length, 50)
  assert.deepEqual(once.counts.otherPackets, { repeated: 50 })
})

test('CaptureReader delivers all that a truncated gzip file holds, and says that it was cut', async () => {
  const records = Array.from({ length: 3000 }, (_, i): CaptureRecord => {
    const payload = Buffer.from(`packet ${i} ${Math.imul(i, 0x9e3779b1) >>> 0}`)
    return { seconds: i, fraction: 0, packet: ethernet(ipv4(udp({ payload }))) }
  })
  const zipped = gzipSync(captureFile(ETHERNET, records))
  for (const share of [0.1, 0.5, 0.9, 1]) {
    const cut = zipped.subarray(0, Math.floor((zipped.length - 1) * share))
    // With this flag zlib unpacks what is there and does not mind the missing end.
    const remaining = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH })
    const expected = await readBytes(remaining)
    for (const chunkBytes of [7, 65_536]) {
      const { datagrams, error, warnings } = await readBytes(cut, { chunkBytes })
      assert.equal(error, undefined)
      assert.equal(datagrams.length, expected.datagrams.length, `${share}, ${chunkBytes}`)
      assert.match(warnings.join(), /ends within packet|stop before their end/)
    }
  }
})

test('CaptureReader reports damaged gzip data after what came before them', async () => {
  const records = Array.from({ length: 3000 }, (_, i): CaptureRecord => {
    const payload = Buffer.from(`packet ${i} ${Math.imul(i, 0x9e3779b1) >>> 0}`)
    return { seconds: i, fraction: 0, packet: ethernet(ipv4(udp({ payload }))) }
  })
  const plain = captureFile(ETHERNET, records)
  const wrongChecksum = gzipSync(plain)
  wrongChecksum[wrongChecksum.length - 5] ^= 1
  const reading = await readBytes(wrongChecksum)
  assert.equal(reading.datagrams.length, 3000)
  assert.ok(
    isError('TW_BAD_FILE', /gzip data fail after \d+ unpacked.*behind packet 3000/)(reading.error),
  )
})

test('CaptureReader reads gzip of several members, with padding and garbage behind them', async () => {
  const plain = captureFile(ETHERNET, [GOOD, GOOD])
  const parts = [plain.subarray(0, 50), plain.subarray(50)].map((part) => gzipSync(part))
  const whole = Buffer.concat(parts)
  for (const chunkBytes of [1, 3, 65_536]) {
    for (const [behind, garbage] of [
      [Buffer.alloc(0), 0],
      [Buffer.alloc(512), 0],
      [Buffer.from('<html>a proxy said this</html>'), 30],
      [Buffer.of(0x1f, 0x8b, 9, 9), 4],
    ] as const) {
      const { datagrams, error, warnings } = await readBytes(Buffer.concat([whole, behind]), {
        chunkBytes,
      })
      assert.deepEqual([error, datagrams.length], [undefined, 2])
      assert.equal(/bytes behind the gzip data/.test(warnings.join()), garbage > 0)
    }
  }
})

test('CaptureReader reads zstd, several frames, cut ones and ones with garbage behind', async (context) => {
  let zipped: Buffer
  const plain = captureFile(ETHERNET, Array<CaptureRecord>(5000).fill(GOOD))
  try {
    zipped = execFileSync('zstd', ['-q', '-c'], { input: plain })
  } catch {
    context.skip('the program zstd is not installed')
    return
  }
  const more = execFileSync('zstd', ['-q', '-c'], {
    input: captureFile(ETHERNET, [GOOD]).subarray(24),
  })
  const garbage = Buffer.from('garbage')
  for (const chunkBytes of [1000, 65_536]) {
    const read = (bytes: Uint8Array) => readBytes(bytes, { chunkBytes })
    assert.equal((await read(zipped)).datagrams.length, 5000)
    const both = await read(Buffer.concat([zipped, more, garbage]))
    assert.deepEqual(
      [both.error, both.datagrams.length, both.counts.packing],
      [undefined, 5001, 'zstd'],
    )
    assert.match(both.warnings.join(), /7 bytes behind the zstd data/)
    const cut = await read(zipped.subarray(0, zipped.length - 6))
    assert.equal(cut.error, undefined)
    assert.match(cut.warnings.join(), /ends within|stop before their end/)
  }
})

test('CaptureReader reads a FIFO once, and close ends its wait for a writer', {
  skip: process.platform === 'win32',
}, async () => {
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const plain = captureFile(ETHERNET, Array<CaptureRecord>(20_000).fill(GOOD))
  const file = await written(plain)
  const writer = spawn('sh', ['-c', `cat ${file} > ${fifo}`])
  const gone = new Promise((resolve) => writer.once('exit', resolve))
  const reading = await readAll(await CaptureReader.open(fifo))
  assert.deepEqual([reading.error, reading.datagrams.length], [undefined, 20_000])
  await gone
  const abort = new AbortController()
  const waiting = CaptureReader.open(fifo, { signal: abort.signal })
  abort.abort()
  await assert.rejects(waiting, { code: 'TW_BAD_FILE' })
})

test('CaptureReader can be closed in the middle and ends', async () => {
  const plain = captureFile(ETHERNET, Array<CaptureRecord>(10_000).fill(GOOD))
  for (const bytes of [plain, gzipSync(plain)]) {
    const reader = await CaptureReader.open(await written(bytes), { chunkBytes: 100 })
    assert.ok(await reader.fill())
    await reader.close()
    assert.equal(await reader.fill(), false)
    await reader.close()
    assert.ok(reader.datagrams < 10_000)
  }
})

test('CaptureReader shows the first datagrams without taking them', async () => {
  const records = Array.from({ length: 30 }, (_, i) => ({
    ...GOOD,
    packet: ethernet(ipv4(udp({ payload: Buffer.from(`${i}`) }))),
  }))
  const ng = new NgBuilder(false).section().interface(1)
  for (const { packet } of records) ng.enhanced(0, 9_000_000n, packet)
  for (const [bytes, seconds] of [
    [captureFile(ETHERNET, records), 1],
    [gzipSync(ng.build()), 9],
  ] as const) {
    const reader = await CaptureReader.fromBytes(bytes)
    const { payloads, firstSeconds } = await reader.sample()
    assert.deepEqual(
      payloads.map((payload) => Buffer.from(payload).toString()),
      Array.from({ length: 16 }, (_, i) => `${i}`),
    )
    assert.equal(firstSeconds, seconds)
    assert.equal((await readAll(reader)).datagrams.length, 30)
  }
})

test('CaptureReader reads every datagram of the IEX capture', { skip: IEX.skip }, async () => {
  const reader = await CaptureReader.open(IEX.path)
  const { datagrams, counts, error } = await readAll(reader)
  assert.equal(error, undefined)
  assert.equal(datagrams.length, 13_022)
  assert.deepEqual(counts.otherPackets, {})
  const payloadBytes = datagrams.reduce((total, one) => total + one.payload.length, 0)
  assert.equal(payloadBytes, 2_534_328)
  assert.ok(datagrams.every(({ destination }) => destination === '224.67.0.199:16642'))
  assert.equal(((reader.lastNs - reader.firstNs) / 1e9).toFixed(2), '400.45')
})

test('CaptureReader reads both datagrams of the Nasdaq capture', {
  skip: NASDAQ.skip,
}, async () => {
  const { datagrams, error } = await readAll(await CaptureReader.open(NASDAQ.path))
  assert.equal(error, undefined)
  assert.deepEqual(
    datagrams.map(({ destination }) => destination),
    ['233.54.12.111:26477', '233.54.12.111:26477'],
  )
})
