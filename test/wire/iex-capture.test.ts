import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { DATAGRAM } from '../../src/wire/framing.js'
import { IexTpFraming } from '../../src/wire/iex-tp-framing.js'
import { IEX } from '../kit/captures.js'

const PCAP_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
/** Ethernet, IPv4 without options, UDP. */
const UDP_PAYLOAD = 14 + 20 + 8
const UDP_LENGTH = 14 + 20 + 4

/** Where each UDP payload lies in a classic little-endian pcap file in microseconds. */
function* payloads(file: DataView): Generator<{ offset: number; length: number }> {
  assert.equal(file.getUint32(0, true), 0xa1b2c3d4, 'classic pcap, microseconds')
  let record = PCAP_HEADER_BYTES
  while (record < file.byteLength) {
    const frame = record + RECORD_HEADER_BYTES
    // From UDP's own length: Ethernet pads short frames.
    yield { offset: frame + UDP_PAYLOAD, length: file.getUint16(frame + UDP_LENGTH) - 8 }
    record = frame + file.getUint32(record + 8, true)
  }
}

test('IexTpFraming accounts for every message of a real capture', { skip: IEX.skip }, () => {
  const content = gunzipSync(readFileSync(IEX.path))
  const file = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const framing = new IexTpFraming()
  const byType: Record<string, number> = {}
  const sessions = new Set<number>()
  const totals = { datagrams: 0, bytes: 0, heartbeats: 0, messages: 0 }
  let expected = framing.initialSequence

  for (const { offset, length } of payloads(file)) {
    totals.datagrams++
    totals.bytes += length
    const kind = framing.open(file, offset, length)
    assert.ok(kind === DATAGRAM.messages || kind === DATAGRAM.heartbeat, `datagram at ${offset}`)
    if (kind === DATAGRAM.heartbeat) totals.heartbeats++
    assert.equal(framing.sequence, expected)
    assert.equal(framing.protocol, 0x8003)
    sessions.add(framing.session)
    while (framing.next()) {
      const type = String.fromCharCode(file.getUint8(framing.messageOffset))
      byType[type] = (byType[type] ?? 0) + 1
      totals.messages++
      expected++
    }
  }

  assert.deepEqual(totals, {
    datagrams: 13_022,
    bytes: 2_534_328,
    heartbeats: 237,
    messages: 57_674,
  })
  assert.equal(expected, 57_675)
  assert.equal(sessions.size, 1)
  assert.deepEqual(byType, {
    Q: 27_217,
    H: 7_803,
    P: 7_802,
    O: 7_801,
    T: 6_390,
    A: 642,
    D: 10,
    S: 6,
    B: 3,
  })
})
