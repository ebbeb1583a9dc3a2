import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionEpoch } from '../../../src/foundation/clock.js'
import { maxMessagesPerDatagram } from '../../../src/send/datagrams/datagram-writer.js'
import { MoldDatagramWriter } from '../../../src/send/datagrams/mold-datagram-writer.js'
import { RawDatagramWriter } from '../../../src/send/datagrams/raw-datagram-writer.js'
import { Market } from '../../../src/send/messages/market.js'
import { MARKET_DATA_BYTES } from '../../../src/wire/index.js'
import type { MessageStore } from '../../../src/wire/message-store.js'
import {
  decodeMoldSession,
  MOLD_COUNT_OFFSET,
  MOLD_END_OF_SESSION,
  readMoldSequence,
} from '../../../src/wire/moldudp64.js'

const EPOCH = sessionEpoch(1_700_000_000)

function market(first: number): Market {
  return new Market(8, 1, EPOCH, first)
}

/** Keeps a copy of every message. */
class Copies implements MessageStore {
  readonly messages: Buffer[] = []
  /** How many there were each time that they were published. */
  readonly published: number[] = []

  publish(): void {
    this.published.push(this.messages.length)
  }

  append(bytes: DataView, offset: number, length: number): void {
    this.messages.push(Buffer.from(new Uint8Array(bytes.buffer, offset, length)))
  }
}

/** The messages of a market by themselves. */
function plainMessages(first: number, count: number): Buffer[] {
  const source = market(first)
  return Array.from({ length: count }, () => {
    const bytes = new DataView(new ArrayBuffer(MARKET_DATA_BYTES))
    source.write(bytes, 0)
    return Buffer.from(bytes.buffer)
  })
}

test('MoldDatagramWriter counts its sequence on by the messages, and signals tell the next', () => {
  const writer = new MoldDatagramWriter(market(1), 'ABC')
  const bytes = new DataView(new ArrayBuffer(512))
  const headers: (readonly [string, number, number])[] = []
  const note = () =>
    headers.push([
      decodeMoldSession(bytes, 7),
      readMoldSequence(bytes, 7),
      bytes.getUint16(7 + MOLD_COUNT_OFFSET),
    ])
  writer.writeSignal(bytes, 7, 0)
  note()
  assert.equal(writer.write(bytes, 7, 3), 20 + 3 * 31)
  note()
  assert.equal(writer.write(bytes, 7, 1), 51)
  note()
  writer.writeSignal(bytes, 7, MOLD_END_OF_SESSION)
  note()
  assert.deepEqual(headers, [
    ['ABC', 1, 0],
    ['ABC', 1, 3],
    ['ABC', 4, 1],
    ['ABC', 5, 0xffff],
  ])
})

test('a store is given every message once, in order, by either writer', () => {
  const bytes = new DataView(new ArrayBuffer(512))
  const [raw, mold] = [new Copies(), new Copies()]
  const rawWriter = new RawDatagramWriter(market(0), { store: raw })
  const moldWriter = new MoldDatagramWriter(market(1), 'S', { store: mold })
  for (const messages of [1, 4, 2]) {
    rawWriter.write(bytes, 3, messages)
    moldWriter.write(bytes, 3, messages)
  }
  assert.deepEqual(raw.messages, plainMessages(0, 7))
  assert.deepEqual(mold.messages, plainMessages(1, 7))
  // Once for each datagram.
  for (const { published } of [raw, mold]) assert.deepEqual(published, [1, 5, 7])
})

test('as many messages as fit go into a datagram of each framing', () => {
  assert.equal(maxMessagesPerDatagram('raw'), 2258)
  assert.equal(maxMessagesPerDatagram('moldudp64'), 2112)
  assert.ok(20 + 2112 * 31 <= 65507 && 20 + 2113 * 31 > 65507)
})
