import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import {
  type CaptureRecord,
  captureFile,
  ethernet,
  iexTp,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  linuxCooked,
  linuxCooked2,
  loopback,
  mold,
  mpls,
  udp,
} from './capture-builder.js'
import { type Reading, readAll, readBytes } from './reading.js'

const ETHERNET = { littleEndian: true, nanoseconds: true, linkType: 1 }
const HELLO = udp({ payload: Buffer.from('hello') })
const HELLO_FRAME = ethernet(ipv4(HELLO))
const GOOD: CaptureRecord = { seconds: 1, fraction: 0, packet: HELLO_FRAME }

/** The one packet of a file with this link type: its payload or null, and what was counted. */
async function readPacket(packet: Uint8Array, linkType = 1): Promise<[string | null, object]> {
  const record = { seconds: 1, fraction: 2, packet }
  const { datagrams, counts, error } = await readBytes(
    captureFile({ ...ETHERNET, linkType }, [record]),
  )
  assert.equal(error, undefined)
  return [datagrams[0]?.payload ?? null, counts.otherPackets]
}

function packetsOf(...packets: Uint8Array[]): Buffer {
  return captureFile(
    ETHERNET,
    packets.map((packet, i) => ({ seconds: 1, fraction: i, packet })),
  )
}

function payloadsOf({ datagrams }: Reading): string[] {
  return datagrams.map(({ payload }) => payload)
}

test('CaptureReader reads every link type it promises', async () => {
  for (const packet of [ipv4(HELLO), ipv6(HELLO)]) {
    assert.deepEqual(await readPacket(linuxCooked(packet), 113), ['hello', {}])
    assert.deepEqual(await readPacket(linuxCooked2(packet), 276), ['hello', {}])
    for (const raw of [12, 14, 101]) assert.deepEqual(await readPacket(packet, raw), ['hello', {}])
    for (const loop of [0, 108]) {
      assert.deepEqual(await readPacket(loopback(packet, true), loop), ['hello', {}])
      assert.deepEqual(await readPacket(loopback(packet, false), loop), ['hello', {}])
    }
  }
  assert.deepEqual(await readPacket(ipv4(HELLO), 228), ['hello', {}])
  assert.deepEqual(await readPacket(ipv6(HELLO), 229), ['hello', {}])
  assert.deepEqual(await readPacket(HELLO_FRAME, 0x24000001), ['hello', {}], 'frame check length')
  assert.deepEqual(await readPacket(HELLO_FRAME, 105), [null, { linkType105: 1 }])
})

test('CaptureReader reads MPLS with any number of labels', async () => {
  for (const labels of [1, 2, 5]) {
    const packet = ethernet(mpls(ipv4(HELLO), labels), [0x8100], 0x8847)
    assert.deepEqual(await readPacket(packet), ['hello', {}])
    const six = ethernet(mpls(ipv6(HELLO), labels), [], 0x8848)
    assert.deepEqual(await readPacket(six), ['hello', {}])
  }
  const ethernetInside = ethernet(mpls(Buffer.alloc(30), 1), [], 0x8847)
  assert.deepEqual(await readPacket(ethernetInside), [null, { mpls: 1 }])
})

test('CaptureReader steps over IPv4 options, IPv6 extension headers and padding', async () => {
  const hopByHop = [0, Buffer.alloc(8)] as const
  const routing = [43, Buffer.alloc(24, 0xff)] as const
  routing[1][1] = 2
  const authentication = [51, Buffer.alloc(24)] as const
  authentication[1][1] = 4
  const destination = [60, Buffer.alloc(8)] as const
  const wholeFragment = [44, Buffer.alloc(8)] as const
  const packet = ipv6(HELLO, [hopByHop, routing, wholeFragment, authentication, destination])
  assert.deepEqual(await readPacket(ethernet(packet)), ['hello', {}])
  assert.deepEqual(await readPacket(ethernet(ipv4(HELLO, { optionBytes: 40 }))), ['hello', {}])
  const padded = Buffer.concat([HELLO_FRAME, Buffer.alloc(20, 0x99)])
  assert.deepEqual(await readPacket(padded), ['hello', {}])
  assert.deepEqual(await readPacket(ethernet(ipv4(HELLO, { totalBytes: 0 }))), ['hello', {}])
})

test('CaptureReader names what is no datagram', async () => {
  const cases: [Uint8Array, string][] = [
    [ethernet(ipv4(HELLO), [], 0x0806), 'arp'],
    [ethernet(ipv4(HELLO), [], 0x88cc), 'lldp'],
    [ethernet(ipv4(HELLO), [], 0x4321), 'etherType0x4321'],
    [ethernet(ipv4(HELLO), [], 60), 'llc'],
    [ethernet(ipv4(HELLO, { protocol: 6 })), 'tcp'],
    [ethernet(ipv4(HELLO, { protocol: 6, fragment: 0x2000 })), 'tcp'],
    [ethernet(ipv4(HELLO, { protocol: 2 })), 'igmp'],
    [ethernet(ipv4(HELLO, { protocol: 250 })), 'ipProtocol250'],
    [ethernet(ipv6(HELLO, [], 58)), 'icmpv6'],
    [ethernet(ipv4(HELLO, { totalBytes: 27 })), 'malformed'],
    [ethernet(ipv4(udp({ payload: Buffer.from('hello'), udpBytes: 7 }))), 'malformed'],
    [ethernet(ipv4(udp({ payload: Buffer.from('hello'), udpBytes: 14 }))), 'malformed'],
  ]
  for (const [packet, name] of cases)
    assert.deepEqual(await readPacket(packet), [null, { [name]: 1 }])
})

test('CaptureReader puts fragments together, in any order, twice, and several at a time', async () => {
  const payload = Buffer.from(Array.from({ length: 5000 }, (_, i) => i & 0xff))
  const datagram = udp({ payload })
  const whole = payload.toString('latin1')
  for (const parts of [ipv4Fragments(datagram, 1480), ipv6Fragments(datagram, 1448)]) {
    const frames = parts.map((part) => ethernet(part))
    const backwards = [...frames].reverse()
    for (const order of [frames, backwards, [...backwards.slice(0, 2), ...frames]]) {
      const reading = await readBytes(packetsOf(...order, HELLO_FRAME))
      assert.deepEqual(payloadsOf(reading), [whole, 'hello'])
      assert.equal(reading.counts.fragments.reassembled, 1)
    }
  }
  const first = ipv4Fragments(datagram, 1480, 1)
  const second = ipv4Fragments(udp({ payload: Buffer.alloc(3000, 0x61) }), 1480, 2)
  const mixed = [first[0], second[0], first[1], second[2], second[1], first[2], first[3]]
  const reading = await readBytes(packetsOf(...mixed.map((part) => ethernet(part ?? HELLO))))
  assert.deepEqual(payloadsOf(reading), ['a'.repeat(3000), whole])
})

test('CaptureReader counts fragments whose other parts never came, and keeps few of them', async () => {
  const datagram = udp({ payload: Buffer.alloc(3000) })
  const frames: Buffer[] = []
  for (let id = 0; id < 500; id++)
    frames.push(ethernet(ipv4Fragments(datagram, 1480, id)[0] ?? HELLO))
  const reading = await readBytes(packetsOf(...frames, HELLO_FRAME))
  assert.deepEqual(payloadsOf(reading), ['hello'])
  assert.deepEqual(reading.counts.fragments, { reassembled: 0, incomplete: 500, parts: 0 })
  assert.match(reading.warnings.join(), /500 fragments lack their other parts/)
})

test('CaptureReader says how many packets were cut when captured, and to what length', async () => {
  const long = ethernet(ipv4(udp({ payload: Buffer.alloc(200) })))
  const records = Array.from({ length: 10 }, () => ({
    ...GOOD,
    packet: long.subarray(0, 96),
    originalBytes: long.length,
  }))
  const reading = await readBytes(captureFile(ETHERNET, records))
  assert.equal(reading.counts.truncated, 10)
  assert.match(reading.warnings.join(), /10 of 10 packets were cut short.*at most 96 bytes/)
  const reader = await CaptureReader.fromBytes(captureFile(ETHERNET, records))
  await readAll(reader)
  assert.match(reader.noDatagrams().message, /no UDP datagram \(10 packets: 10 cut short/)
})

test('CaptureReader never takes a packet that is cut at any byte for a whole one', async () => {
  const extension = [60, Buffer.alloc(8)] as const
  const frames = [ethernet(ipv4(HELLO), [0x8100]), ethernet(ipv6(HELLO, [extension]))]
  for (const frame of frames) {
    for (let length = 0; length < frame.length; length++) {
      const packet = frame.subarray(0, length)
      const file = captureFile(ETHERNET, [{ ...GOOD, packet, originalBytes: frame.length }])
      const { counts, datagrams } = await readBytes(file)
      assert.deepEqual([datagrams.length, counts.truncated], [0, 1], `${length} bytes`)
    }
  }
})

test('CaptureReader cuts coalesced datagrams where the next one of the session begins', async () => {
  const messages = ['a', 'bb', 'ccc'].map((text) => Buffer.from(text))
  const molds = [mold(0xffffffff, messages), mold(0x100000002, messages), mold(0x100000005, [])]
  const iexes = [iexTp(1, messages), iexTp(4, messages), iexTp(7, messages)]
  for (const [framing, parts] of [
    ['moldudp64', molds],
    ['iex-tp', iexes],
  ] as const) {
    const train = Buffer.concat(parts)
    const expected = parts.map((part) => part.toString('latin1'))
    const file = packetsOf(ethernet(ipv4(udp({ payload: train }))), HELLO_FRAME)
    const { counts, ...reading } = await readBytes(file, { framing })
    assert.deepEqual(
      reading.datagrams.map(({ payload }) => payload),
      [...expected, 'hello'],
    )
    assert.deepEqual([counts.packets, counts.coalesced], [2, 2])
    assert.equal((await readBytes(file)).datagrams.length, 2, 'not without a framing')
  }
  const strange = [
    [mold(1, messages), mold(5, messages)],
    [mold(1, messages), mold(4, messages, 'OTHER')],
    [mold(1, messages), Buffer.from('trailing bytes that are no header')],
  ]
  for (const parts of strange) {
    const file = packetsOf(ethernet(ipv4(udp({ payload: Buffer.concat(parts) }))))
    assert.equal((await readBytes(file, { framing: 'moldudp64' })).datagrams.length, 1)
  }
  const other = Buffer.concat([iexTp(1, messages), iexTp(4, messages, { channel: 2 })])
  const file = packetsOf(ethernet(ipv4(udp({ payload: other }))))
  assert.equal((await readBytes(file, { framing: 'iex-tp' })).datagrams.length, 1)
})
