import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { DATAGRAM } from '../../src/wire/framing.js'
import { decodeMoldSession } from '../../src/wire/moldudp64.js'
import { MoldUdp64Framing } from '../../src/wire/moldudp64-framing.js'
import { NASDAQ } from '../kit/captures.js'

const PCAP_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
/** Ethernet with a VLAN tag, IPv4 without options, UDP. */
const UDP_PAYLOAD = 14 + 4 + 20 + 8
const UDP_LENGTH = 14 + 4 + 20 + 4

/** What ITCH 5.0 makes of the types in the capture, in bytes. */
const MESSAGE_BYTES: Readonly<Record<string, number>> = {
  A: 36,
  D: 19,
  E: 31,
  F: 40,
  I: 50,
  U: 35,
  X: 23,
}

/** Where each UDP payload lies in a classic little-endian pcap file in nanoseconds. */
function* payloads(file: DataView): Generator<{ offset: number; length: number }> {
  assert.equal(file.getUint32(0, true), 0xa1b23c4d, 'classic pcap, nanoseconds')
  let record = PCAP_HEADER_BYTES
  while (record < file.byteLength) {
    const frame = record + RECORD_HEADER_BYTES
    yield { offset: frame + UDP_PAYLOAD, length: file.getUint16(frame + UDP_LENGTH) - 8 }
    record = frame + file.getUint32(record + 8, true)
  }
}

test('MoldUdp64Framing reads every message of two real datagrams', { skip: NASDAQ.skip }, () => {
  const content = readFileSync(NASDAQ.path)
  const file = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const framing = new MoldUdp64Framing('000010059B')
  const datagrams: { session: string; messages: number; bytes: number }[] = []
  const numbers = new Set<number>()

  for (const { offset, length } of payloads(file)) {
    assert.equal(framing.open(file, offset, length), DATAGRAM.messages)
    const session = decodeMoldSession(file, offset)
    assert.equal(BigInt(framing.sequence), file.getBigUint64(offset + 10))
    numbers.add(framing.session)
    let messages = 0
    while (framing.next()) {
      const type = String.fromCharCode(file.getUint8(framing.messageOffset))
      assert.equal(framing.messageLength, MESSAGE_BYTES[type], `message of type ${type}`)
      messages++
    }
    assert.equal(messages, framing.messageCount)
    datagrams.push({ session, messages, bytes: length })
  }

  assert.deepEqual(datagrams, [
    { session: '000010059B', messages: 1, bytes: 41 },
    { session: '000010059B', messages: 38, bytes: 1472 },
  ])
  assert.equal(numbers.size, 1)
})
