import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DATAGRAM } from '../../src/wire/framing.js'
import { IexTpFraming } from '../../src/wire/iex-tp-framing.js'
import { iexTpDatagram } from './datagrams.js'
import { bytesOf, MARGIN_BYTES, surrounded } from './watched-view.js'

/** TOPS on channel 1, session 1150681088, messages 4294967301 to 4294967303 of 3, 0, 1 bytes. */
const GOLDEN = bytesOf(`
  01 00 03 80  01 00 00 00  00 00 96 44  0a 00  03 00
  8a 1b 00 00 00 00 00 00
  05 00 00 00 01 00 00 00
  15 cd 85 3d fe 9c 97 17
  03 00 48 30 4f
  00 00
  01 00 53`)

const MESSAGES = [new Uint8Array(42), new Uint8Array(0), new Uint8Array(30)]

/** What `open` says to a datagram that has other memory on both sides. */
function open(framing: IexTpFraming, datagram: Uint8Array): number {
  return framing.open(surrounded(datagram, 0), MARGIN_BYTES, datagram.length)
}

/** Offset (from the datagram's start) and length of each message that is left. */
function drain(framing: IexTpFraming): [number, number][] {
  const messages: [number, number][] = []
  while (framing.next()) {
    messages.push([framing.messageOffset - MARGIN_BYTES, framing.messageLength])
  }
  return messages
}

test('IexTpFraming numbers from 1 in numbers that never wrap', () => {
  const framing = new IexTpFraming()
  assert.equal(framing.name, 'iex-tp')
  assert.equal(framing.initialSequence, 1)
  assert.equal(framing.sequenceBits, 53)
  assert.equal(framing.defaultSlotBytes, 2048)
})

test('IexTpFraming reads every field of a datagram written by hand', () => {
  const framing = new IexTpFraming()
  assert.equal(open(framing, GOLDEN), DATAGRAM.messages)
  assert.equal(framing.protocol, 0x8003)
  assert.equal(framing.channel, 1)
  assert.equal(framing.session, 1150681088)
  assert.equal(framing.sequence, 2 ** 32 + 5)
  assert.equal(framing.messageCount, 3)
  assert.equal(framing.sendTimeHigh, 0x17979cfe)
  assert.equal(framing.sendTimeLow, 0x3d85cd15)
  const expected: [number, number][] = [
    [42, 3],
    [47, 0],
    [49, 1],
  ]
  assert.deepEqual(drain(framing), expected)
  assert.equal(framing.next(), false)
})

test('IexTpFraming has neither message nor header before a datagram is opened', () => {
  const framing = new IexTpFraming()
  assert.equal(framing.next(), false)
  assert.deepEqual([framing.protocol, framing.channel], [0, 0])
  assert.deepEqual([framing.sendTimeHigh, framing.sendTimeLow], [0, 0])
})

test('IexTpFraming takes a header alone for a heartbeat that names the next sequence', () => {
  const framing = new IexTpFraming()
  const heartbeat = iexTpDatagram({ sequence: 77n, messages: [], session: 5 })
  assert.equal(open(framing, heartbeat), DATAGRAM.heartbeat)
  assert.equal(framing.sequence, 77)
  assert.equal(framing.session, 5)
  assert.equal(framing.messageCount, 0)
  assert.equal(framing.next(), false)
})

test('IexTpFraming refuses a datagram cut at any byte', () => {
  for (let length = 0; length < GOLDEN.length; length++) {
    assert.equal(open(new IexTpFraming(), GOLDEN.slice(0, length)), DATAGRAM.invalid, `${length}`)
  }
})

test('IexTpFraming refuses a datagram with bytes behind its payload', () => {
  const longer = Uint8Array.from([...GOLDEN, 0])
  assert.equal(open(new IexTpFraming(), longer), DATAGRAM.invalid)
})

test('IexTpFraming refuses any version but 1', () => {
  for (const version of [0, 2, 255]) {
    const datagram = iexTpDatagram({ sequence: 1n, messages: MESSAGES, version })
    assert.equal(open(new IexTpFraming(), datagram), DATAGRAM.invalid, `version ${version}`)
  }
})

test('IexTpFraming refuses a count of messages that the blocks do not bear out', () => {
  for (const count of [0, 1, 2, 4, 0xffff]) {
    const datagram = iexTpDatagram({ sequence: 1n, messages: MESSAGES, count })
    assert.equal(open(new IexTpFraming(), datagram), DATAGRAM.invalid, `count ${count}`)
  }
})

test('IexTpFraming refuses a header alone that announces messages', () => {
  const datagram = iexTpDatagram({ sequence: 1n, messages: [], count: 1 })
  assert.equal(open(new IexTpFraming(), datagram), DATAGRAM.invalid)
})

test('IexTpFraming refuses a payload length other than what arrived', () => {
  for (const payloadBytes of [0, 77, 79, 0xffff]) {
    const datagram = iexTpDatagram({ sequence: 1n, messages: MESSAGES, payloadBytes })
    assert.equal(datagram.length - 40, 78)
    assert.equal(open(new IexTpFraming(), datagram), DATAGRAM.invalid, `${payloadBytes} bytes`)
  }
})

test('IexTpFraming refuses a last block that is one byte longer or shorter than its room', () => {
  for (const change of [-1, 1]) {
    const datagram = iexTpDatagram({ sequence: 1n, messages: MESSAGES })
    const lastLength = datagram.length - 30 - 2
    new DataView(datagram.buffer).setUint16(lastLength, 30 + change, true)
    assert.equal(open(new IexTpFraming(), datagram), DATAGRAM.invalid, `${change}`)
  }
})

test('IexTpFraming refuses a payload with room for only half of the last length', () => {
  const datagram = Uint8Array.from([...iexTpDatagram({ sequence: 1n, messages: MESSAGES }), 0])
  new DataView(datagram.buffer).setUint16(12, 79, true)
  new DataView(datagram.buffer).setUint16(14, 4, true)
  assert.equal(open(new IexTpFraming(), datagram), DATAGRAM.invalid)
})

test('IexTpFraming reads a datagram of nothing but empty messages', () => {
  const framing = new IexTpFraming()
  const messages = Array.from({ length: 500 }, () => new Uint8Array(0))
  assert.equal(open(framing, iexTpDatagram({ sequence: 1n, messages })), DATAGRAM.messages)
  const read = drain(framing)
  assert.equal(read.length, 500)
  assert.deepEqual(read.at(-1), [40 + 500 * 2, 0])
})

test('IexTpFraming refuses sequences below 0 and those that a number cannot hold', () => {
  const limit = BigInt(Number.MAX_SAFE_INTEGER)
  const kinds: [bigint, number][] = [
    [-1n, DATAGRAM.invalid],
    [-(2n ** 63n), DATAGRAM.invalid],
    [2n ** 63n - 1n, DATAGRAM.invalid],
    [limit + 1n, DATAGRAM.invalid],
    [limit - 2n, DATAGRAM.invalid],
    [limit - 3n, DATAGRAM.messages],
    [0n, DATAGRAM.messages],
  ]
  for (const [sequence, kind] of kinds) {
    const framing = new IexTpFraming()
    const datagram = iexTpDatagram({ sequence, messages: MESSAGES })
    assert.equal(open(framing, datagram), kind, `sequence ${sequence}`)
    if (kind === DATAGRAM.messages) assert.equal(framing.sequence, Number(sequence))
  }
})

test('IexTpFraming reads the largest exact sequence in a heartbeat, and no larger one', () => {
  const framing = new IexTpFraming()
  const largest = iexTpDatagram({ sequence: 2n ** 53n - 1n, messages: [] })
  assert.equal(open(framing, largest), DATAGRAM.heartbeat)
  assert.equal(framing.sequence, Number.MAX_SAFE_INTEGER)
  const tooLarge = iexTpDatagram({ sequence: 2n ** 53n, messages: [] })
  assert.equal(open(framing, tooLarge), DATAGRAM.invalid)
})

test('IexTpFraming has nothing left of an earlier datagram once it refuses the next', () => {
  const framing = new IexTpFraming()
  open(framing, GOLDEN)
  framing.next()
  assert.equal(open(framing, GOLDEN.slice(1)), DATAGRAM.invalid)
  assert.equal(framing.messageCount, 0)
  assert.equal(framing.next(), false)
})

test('IexTpFraming shows another session when the publisher starts one', () => {
  const framing = new IexTpFraming()
  open(framing, iexTpDatagram({ sequence: 9n, messages: MESSAGES, session: 2 ** 32 - 1 }))
  assert.equal(framing.session, 2 ** 32 - 1)
  open(framing, iexTpDatagram({ sequence: 1n, messages: MESSAGES, session: 3 }))
  assert.equal(framing.session, 3)
})

test('IexTpFraming delivers nothing of another session than the one it was made for', () => {
  const framing = new IexTpFraming(2 ** 32 - 1)
  const own = iexTpDatagram({ sequence: 9n, messages: MESSAGES, session: 2 ** 32 - 1 })
  const other = iexTpDatagram({ sequence: 10n, messages: MESSAGES, session: 0 })
  assert.equal(open(framing, own), DATAGRAM.messages)
  assert.equal(open(framing, other), DATAGRAM.foreign)
  assert.equal(framing.messageCount, 0)
  assert.equal(framing.next(), false)
  assert.equal(open(framing, own), DATAGRAM.messages)
})

test('IexTpFraming calls a broken datagram of another session invalid, not foreign', () => {
  const framing = new IexTpFraming(5)
  const other = iexTpDatagram({ sequence: 9n, messages: MESSAGES, session: 6, count: 2 })
  assert.equal(open(framing, other), DATAGRAM.invalid)
})

test('IexTpFraming writes the number of a session as ten characters', () => {
  const framing = new IexTpFraming()
  const written = Buffer.alloc(12, '.')
  const view = new DataView(written.buffer, written.byteOffset, written.length)
  for (const session of [0, 9, 10, 99, 100, 1150681088, 2 ** 32 - 1]) {
    assert.equal(framing.writeSession(session, view, 1), true)
    assert.equal(written.toString(), `.${String(session).padEnd(10)}.`)
  }
  written.fill('.')
  for (const session of [-1, 0.5, 2 ** 32, Number.NaN]) {
    assert.equal(framing.writeSession(session, view, 1), false)
  }
  assert.equal(written.toString(), '............')
})
