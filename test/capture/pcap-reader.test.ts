import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import {
  type CapturedDatagram,
  PcapReader,
  type PcapReaderOptions,
  type PcapSummary,
} from '../../src/capture/pcap-reader.js'
import { TickwireError } from '../../src/foundation/errors.js'
import { IEX, NASDAQ } from '../kit/captures.js'
import {
  type CaptureRecord,
  captureFile,
  ethernet,
  ipv4,
  ipv6,
  linuxCooked,
  linuxCooked2,
  loopback,
  udp,
} from './capture-builder.js'

const ETHERNET = { littleEndian: true, nanoseconds: true, linkType: 1 }
const HANG_MS = 60_000

let folder = ''
let files = 0
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickwire-pcap-'))
})
after(() => rm(folder, { recursive: true }))

interface Reading {
  readonly datagrams: CapturedDatagram[]
  readonly summary: PcapSummary
  /** What ended the reading early. */
  readonly error: unknown
}

/** Reads all of a file, copying payloads since they do not outlive their batch. */
async function readPath(path: string, options?: PcapReaderOptions): Promise<Reading> {
  const reader = await PcapReader.open(path, options)
  const datagrams: CapturedDatagram[] = []
  let error: unknown
  try {
    for await (const batch of reader.batches()) {
      assert.ok(batch.length > 0)
      for (const one of batch) datagrams.push({ ...one, payload: Buffer.from(one.payload) })
    }
  } catch (thrown) {
    error = thrown
  }
  const { packets, skipped } = reader.summary
  assert.equal(reader.summary.datagrams, datagrams.length)
  const skippedTotal = skipped.notUdp + skipped.fragments + skipped.truncated
  assert.equal(packets, datagrams.length + skippedTotal)
  return { datagrams, summary: reader.summary, error }
}

async function written(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${files++}.bin`)
  await writeFile(path, bytes)
  return path
}

async function read(bytes: Uint8Array, options?: PcapReaderOptions): Promise<Reading> {
  return readPath(await written(bytes), options)
}

/** The one packet of a file with this link type, as [payload or null, what was skipped]. */
async function readPacket(packet: Uint8Array, linkType = 1): Promise<[string | null, object]> {
  const record = { seconds: 1, fraction: 2, packet }
  const { datagrams, summary, error } = await read(captureFile({ ...ETHERNET, linkType }, [record]))
  assert.equal(error, undefined)
  assert.equal(summary.packets, 1)
  const payload = datagrams[0]?.payload
  return [payload === undefined ? null : Buffer.from(payload).toString(), summary.skipped]
}

function isBadFile(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TickwireError, String(error))
    assert.equal(error.code, 'TW_BAD_FILE')
    assert.match(error.message, pattern)
    return true
  }
}

const CLEAN = { notUdp: 0, fragments: 0, truncated: 0 }
const HELLO = udp({ payload: Buffer.from('hello') })

for (const chunkBytes of [1, 7, 65_536]) {
  test(`PcapReader reads every kind of file in pieces of ${chunkBytes} bytes`, async () => {
    for (let bits = 0; bits < 16; bits++) {
      const [littleEndian, nanoseconds] = [(bits & 1) !== 0, (bits & 2) !== 0]
      const [zipped, isIpv6] = [(bits & 4) !== 0, (bits & 8) !== 0]
      for (const vlanTypes of [[], [0x8100], [0x88a8, 0x8100]]) {
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
        const { datagrams, summary, error } = await read(zipped ? gzipSync(plain) : plain, {
          chunkBytes,
        })
        assert.equal(error, undefined, what)
        const unit = nanoseconds ? 1 : 1000
        const firstNs = 1_700_000_000n * 1_000_000_000n + BigInt(999_999 * unit)
        const expected = payloads.map((payload, i) => ({
          timeNs: Number(
            BigInt(times[i]?.[0] ?? 0) * 1_000_000_000n +
              BigInt((times[i]?.[1] ?? 0) * unit) -
              firstNs,
          ),
          payload,
          destinationAddress: isIpv6 ? 'ff02::1:0:0:9' : '239.1.1.1',
          destinationPort: 60_000 + i,
          sourceAddress: isIpv6 ? '2001:db8::1' : '10.1.2.3',
          sourcePort: 1000 + i,
        }))
        assert.deepEqual(datagrams, expected, what)
        assert.deepEqual(
          summary,
          { packets: 3, datagrams: 3, skipped: CLEAN, firstPacketUnixNs: firstNs },
          what,
        )
      }
    }
  })
}

test('PcapReader reads Linux cooked, raw IP and loopback captures', async () => {
  for (const packet of [ipv4(HELLO), ipv6(HELLO)]) {
    assert.deepEqual(await readPacket(linuxCooked(packet), 113), ['hello', CLEAN])
    assert.deepEqual(await readPacket(linuxCooked2(packet), 276), ['hello', CLEAN])
    assert.deepEqual(await readPacket(packet, 101), ['hello', CLEAN])
    assert.deepEqual(await readPacket(loopback(packet, true), 0), ['hello', CLEAN])
    assert.deepEqual(await readPacket(loopback(packet, false), 0), ['hello', CLEAN])
  }
})

test('PcapReader ignores the frame check length beside the link type', async () => {
  assert.deepEqual(await readPacket(ethernet(ipv4(HELLO)), 0x24000001), ['hello', CLEAN])
})

test('PcapReader ignores the padding of short Ethernet frames', async () => {
  const frame = Buffer.concat([ethernet(ipv4(HELLO)), Buffer.alloc(20, 0x99)])
  assert.deepEqual(await readPacket(frame), ['hello', CLEAN])
})

test('PcapReader steps over IPv4 options and IPv6 extension headers', async () => {
  const hopByHop = [0, Buffer.alloc(8)] as const
  const routing = [43, Buffer.alloc(24, 0xff)] as const
  routing[1][1] = 2
  const destination = [60, Buffer.alloc(8)] as const
  const wholeFragment = [44, Buffer.alloc(8)] as const
  const packet = ipv6(HELLO, [hopByHop, routing, wholeFragment, destination])
  assert.deepEqual(await readPacket(ethernet(packet)), ['hello', CLEAN])
  assert.deepEqual(await readPacket(ethernet(ipv4(HELLO, { optionBytes: 40 }))), ['hello', CLEAN])
})

test('PcapReader takes the captured length where segmentation offload left the IP length 0', async () => {
  assert.deepEqual(await readPacket(ethernet(ipv4(HELLO, { totalBytes: 0 }))), ['hello', CLEAN])
})

test('PcapReader skips and counts fragments', async () => {
  const expected = [null, { ...CLEAN, fragments: 1 }]
  assert.deepEqual(await readPacket(ethernet(ipv4(HELLO, { fragment: 0x2000 }))), expected)
  assert.deepEqual(await readPacket(ethernet(ipv4(HELLO, { fragment: 0x0001 }))), expected)
  const more = Buffer.from([0, 0, 0, 1, 0, 0, 0, 7])
  assert.deepEqual(await readPacket(ethernet(ipv6(HELLO, [[44, more]]))), expected)
})

test('PcapReader skips and counts what is not UDP', async () => {
  const expected = [null, { ...CLEAN, notUdp: 1 }]
  const arp = ethernet(ipv4(HELLO))
  arp.writeUInt16BE(0x0806, 12)
  const packets = [
    arp,
    ethernet(ipv4(HELLO, { protocol: 6 })),
    ethernet(ipv4(HELLO, { protocol: 6, fragment: 0x2000 })),
    ethernet(ipv6(HELLO, [], 58)),
    ethernet(ipv4(HELLO), [0x8100, 0x8100, 0x8100]),
    ethernet(ipv4(HELLO, { totalBytes: 27 })),
    ethernet(ipv4(udp({ payload: Buffer.from('hello'), udpBytes: 7 }))),
    ethernet(ipv4(udp({ payload: Buffer.from('hello'), udpBytes: 14 }))),
  ]
  for (const packet of packets) assert.deepEqual(await readPacket(packet), expected)
})

test('PcapReader never takes a packet that is cut at any byte for a whole one', async () => {
  const extension = [60, Buffer.alloc(8)] as const
  for (const frame of [ethernet(ipv4(HELLO), [0x8100]), ethernet(ipv6(HELLO, [extension]))]) {
    for (let length = 0; length < frame.length; length++) {
      const expected = [null, { ...CLEAN, truncated: 1 }]
      assert.deepEqual(await readPacket(frame.subarray(0, length)), expected, `${length} bytes`)
    }
  }
})

test('PcapReader counts a last packet that the file cuts off and delivers those before', async () => {
  const record = { seconds: 1, fraction: 0, packet: ethernet(ipv4(HELLO)) }
  const one = captureFile(ETHERNET, [record]).length
  const two = captureFile(ETHERNET, [record, record])
  for (let length = one; length <= two.length; length++) {
    const { datagrams, summary, error } = await read(two.subarray(0, length))
    const isWhole = length === one || length === two.length
    assert.equal(error, undefined)
    assert.equal(datagrams.length, length === two.length ? 2 : 1)
    assert.equal(summary.skipped.truncated, isWhole ? 0 : 1, `${length} of ${two.length} bytes`)
  }
})

test('PcapReader reports an insane captured length with its byte offset', async () => {
  const good = { seconds: 1, fraction: 0, packet: ethernet(ipv4(HELLO)) }
  const offset = captureFile(ETHERNET, [good, good]).length
  const bytes = captureFile(ETHERNET, [good, good, { ...good, capturedBytes: 0xfffffff0 }, good])
  const { datagrams, error } = await read(bytes)
  assert.equal(datagrams.length, 2)
  assert.ok(isBadFile(new RegExp(`byte ${offset} claims 4294967280 captured bytes`))(error))
})

test('PcapReader reads packets of the largest captured length', async () => {
  const frame = Buffer.concat([ethernet(ipv4(HELLO)), Buffer.alloc(262_144)])
  const record = { seconds: 0, fraction: 0, packet: frame.subarray(0, 262_144) }
  const { datagrams, error } = await read(captureFile(ETHERNET, [record, record, record]))
  assert.equal(error, undefined)
  assert.equal(datagrams.length, 3)
})

test('PcapReader has times before the first packet where the file is not in order', async () => {
  const packet = ethernet(ipv4(HELLO))
  const records = [
    { seconds: 10, fraction: 5, packet },
    { seconds: 9, fraction: 999_999_999, packet },
  ]
  const { datagrams } = await read(captureFile(ETHERNET, records))
  assert.deepEqual(
    datagrams.map((datagram) => datagram.timeNs),
    [0, -6],
  )
})

test('PcapReader refuses files that are no classic capture and says what they are', async () => {
  const open = async (bytes: Uint8Array): Promise<PcapReader> =>
    PcapReader.open(await written(bytes))
  const pcapng = Buffer.alloc(100)
  pcapng.writeUInt32BE(0x0a0d0d0a)
  await assert.rejects(open(pcapng), isBadFile(/pcapng.*editcap -F/))
  await assert.rejects(open(gzipSync(pcapng)), isBadFile(/pcapng/))
  await assert.rejects(open(Buffer.alloc(0)), isBadFile(/has 0 bytes/))
  await assert.rejects(open(Buffer.from([0x1f])), isBadFile(/has 1 bytes/))
  await assert.rejects(open(captureFile(ETHERNET, []).subarray(0, 23)), isBadFile(/has 23 bytes/))
  await assert.rejects(open(Buffer.from('GIF89a'.repeat(9))), isBadFile(/0x47494638/))
  const wireless = captureFile({ ...ETHERNET, linkType: 105 }, [])
  await assert.rejects(open(wireless), isBadFile(/link type 105.*Ethernet \(1\)/))
  await assert.rejects(open(Buffer.from([0x1f, 0x8b, 8, 0, 0])), isBadFile(/gzip data fails/))
  await assert.rejects(PcapReader.open(folder), isBadFile(/EISDIR/))
  await assert.rejects(PcapReader.open(join(folder, 'none.pcap')), { code: 'TW_FILE_NOT_FOUND' })
})

test('PcapReader delivers all that a truncated gzip file holds before it fails', async () => {
  const records = Array.from({ length: 3000 }, (_, i): CaptureRecord => {
    const payload = Buffer.from(`packet ${i} ${Math.imul(i, 0x9e3779b1) >>> 0}`)
    return { seconds: i, fraction: 0, packet: ethernet(ipv4(udp({ payload }))) }
  })
  const zipped = gzipSync(captureFile(ETHERNET, records))
  for (const share of [0.1, 0.5, 0.9, 1]) {
    const cut = zipped.subarray(0, Math.floor((zipped.length - 1) * share))
    // With this flag zlib unpacks what is there and does not mind the missing end.
    const remaining = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH })
    const expected = await read(remaining)
    for (const chunkBytes of [7, 1000, 65_536]) {
      const { datagrams, error } = await read(cut, { chunkBytes })
      assert.ok(isBadFile(/gzip data fails after \d+ unpacked bytes/)(error))
      assert.equal(datagrams.length, expected.datagrams.length, `${share}, ${chunkBytes}`)
    }
  }
})

test('PcapReader delivers what was unpacked while its user was busy and the file failed', async () => {
  const record = { seconds: 1, fraction: 0, packet: ethernet(ipv4(HELLO)) }
  const zipped = gzipSync(captureFile(ETHERNET, Array(200).fill(record)), { level: 0 })
  const path = await written(zipped.subarray(0, -8))
  const reader = await PcapReader.open(path, { chunkBytes: 100 })
  await assert.rejects(
    async () => {
      for await (const _ of reader.batches()) {
        for (let turn = 0; turn < 1000; turn++) await new Promise((wake) => setImmediate(wake))
      }
    },
    isBadFile(/gzip data fails/),
  )
  assert.equal(reader.summary.datagrams, 200)
})

test('PcapReader reads gzip files of several members', async () => {
  const record = { seconds: 1, fraction: 0, packet: ethernet(ipv4(HELLO)) }
  const plain = captureFile(ETHERNET, [record, record])
  const parts = [plain.subarray(0, 50), plain.subarray(50)].map((part) => gzipSync(part))
  const { datagrams, error } = await read(Buffer.concat(parts))
  assert.equal(error, undefined)
  assert.equal(datagrams.length, 2)
})

test('PcapReader can be closed in the middle and ends', { timeout: HANG_MS }, async () => {
  const record = { seconds: 1, fraction: 0, packet: ethernet(ipv4(HELLO)) }
  const plain = captureFile(ETHERNET, Array(10_000).fill(record))
  for (const bytes of [plain, gzipSync(plain)]) {
    const path = await written(bytes)
    const left = await PcapReader.open(path, { chunkBytes: 100 })
    for await (const batch of left.batches()) {
      assert.ok(batch.length > 0)
      break
    }
    const closed = await PcapReader.open(path, { chunkBytes: 100 })
    for await (const _ of closed.batches()) await closed.close()
    assert.ok(closed.summary.datagrams < 10_000)
    const unread = await PcapReader.open(path)
    await unread.close()
    await unread.close()
  }
})

test('PcapReader ends on damaged files with a TickwireError or none', {
  timeout: HANG_MS,
}, async () => {
  const packets = [
    ethernet(ipv4(HELLO, { optionBytes: 8 }), [0x88a8, 0x8100]),
    ethernet(ipv6(HELLO, [[0, Buffer.alloc(8)]])),
    linuxCooked2(ipv4(HELLO)),
    ipv6(HELLO, [[44, Buffer.alloc(8)]]),
  ]
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 })
  const linkType = fc.constantFrom(0, 1, 101, 113, 276)
  // fast-check prints the seed of a failure.
  await fc.assert(
    fc.asyncProperty(damage, linkType, fc.boolean(), fc.nat(), async (hits, type, zip, cut) => {
      const records = packets.map((packet) => ({ seconds: 1, fraction: 2, packet }))
      const plain = captureFile({ ...ETHERNET, linkType: type }, records)
      const bytes = zip ? gzipSync(plain) : plain
      for (const [at, value] of hits) bytes[at % bytes.length] = value
      const kept = cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes
      try {
        const { error } = await read(kept, { chunkBytes: 1 + (cut % 100) })
        assert.ok(error === undefined || error instanceof TickwireError, String(error))
      } catch (error) {
        assert.ok(error instanceof TickwireError, String(error))
      }
    }),
    { numRuns: 1500 },
  )
})

test('PcapReader reads every datagram of the IEX capture', { skip: IEX.skip }, async () => {
  const { datagrams, summary, error } = await readPath(IEX.path)
  assert.equal(error, undefined)
  assert.equal(datagrams.length, 13_022)
  assert.deepEqual(summary.skipped, CLEAN)
  const payloadBytes = datagrams.reduce((total, one) => total + one.payload.length, 0)
  assert.equal(payloadBytes, 2_534_328)
  for (const { destinationAddress, destinationPort } of datagrams) {
    assert.equal(`${destinationAddress}:${destinationPort}`, '224.67.0.199:16642')
  }
  assert.equal(((datagrams.at(-1)?.timeNs ?? 0) / 1e9).toFixed(2), '400.45')
})

test('PcapReader reads both datagrams of the Nasdaq capture', { skip: NASDAQ.skip }, async () => {
  const { datagrams, summary, error } = await readPath(NASDAQ.path)
  assert.equal(error, undefined)
  assert.deepEqual(summary.skipped, CLEAN)
  assert.deepEqual(
    datagrams.map((one) => `${one.destinationAddress}:${one.destinationPort}`),
    ['233.54.12.111:26477', '233.54.12.111:26477'],
  )
})
