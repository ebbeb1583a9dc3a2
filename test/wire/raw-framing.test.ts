import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DATAGRAM } from '../../src/wire/framing.js'
import { Pieces } from '../../src/wire/pieces.js'
import { RawFraming } from '../../src/wire/raw-framing.js'
import { rawDatagram } from './datagrams.js'
import { MARGIN_BYTES, surrounded } from './watched-view.js'

/** Bytes from one datagram to the next, where several lie apart. */
const STRIDE = 384

/** What `open` says to a datagram that has other memory on both sides. */
function open(framing: RawFraming, datagram: Uint8Array): number {
  return framing.open(surrounded(datagram, 0), MARGIN_BYTES, datagram.length)
}

test('RawFraming numbers from 0 in 32 bits and has no session', () => {
  const framing = new RawFraming()
  assert.equal(framing.name, 'raw')
  assert.equal(framing.initialSequence, 0)
  assert.equal(framing.sequenceBits, 32)
  assert.equal(framing.defaultSlotBytes, 2048)
  assert.equal(framing.session, 0)
})

test('RawFraming has no message before a datagram is opened', () => {
  assert.equal(new RawFraming().next(), false)
})

test('RawFraming delivers the messages of a datagram in order and then stops', () => {
  const framing = new RawFraming()
  assert.equal(open(framing, rawDatagram(41, 3)), DATAGRAM.messages)
  assert.equal(framing.sequence, 41)
  assert.equal(framing.messageCount, 3)
  for (let index = 0; index < 3; index++) {
    assert.equal(framing.next(), true)
    assert.equal(framing.messageOffset, MARGIN_BYTES + index * 29)
    assert.equal(framing.messageLength, 29)
  }
  assert.equal(framing.next(), false)
  assert.equal(framing.next(), false)
})

test('RawFraming refuses an empty datagram', () => {
  assert.equal(open(new RawFraming(), new Uint8Array(0)), DATAGRAM.invalid)
})

test('RawFraming refuses every length that is no multiple of a message', () => {
  const framing = new RawFraming()
  const datagram = rawDatagram(0, 4)
  for (let length = 0; length <= datagram.length; length++) {
    const whole = length > 0 && length % 29 === 0
    const kind = open(framing, datagram.slice(0, length))
    assert.equal(kind, whole ? DATAGRAM.messages : DATAGRAM.invalid, `${length} bytes`)
    assert.equal(framing.messageCount, whole ? length / 29 : 0)
  }
})

test('RawFraming follows a sequence that wraps inside a datagram', () => {
  const framing = new RawFraming()
  assert.equal(open(framing, rawDatagram(2 ** 32 - 2, 4)), DATAGRAM.messages)
  assert.equal(framing.sequence, 2 ** 32 - 2)
  assert.equal(framing.messageCount, 4)
})

test('RawFraming refuses sequences that leave one out, repeat one or run backwards', () => {
  for (const second of [9, 8, 7, 12, 2 ** 31 + 9]) {
    const datagram = rawDatagram(9, 2)
    new DataView(datagram.buffer).setUint32(29 + 16, second, true)
    assert.equal(open(new RawFraming(), datagram), DATAGRAM.invalid, `9 then ${second}`)
  }
})

test('RawFraming refuses a datagram of which only the last message is out of order', () => {
  const datagram = rawDatagram(9, 5)
  new DataView(datagram.buffer).setUint32(4 * 29 + 16, 9, true)
  assert.equal(open(new RawFraming(), datagram), DATAGRAM.invalid)
})

test('RawFraming has nothing left of an earlier datagram once it refuses the next', () => {
  const framing = new RawFraming()
  open(framing, rawDatagram(0, 5))
  framing.next()
  assert.equal(open(framing, new Uint8Array(30)), DATAGRAM.invalid)
  assert.equal(framing.messageCount, 0)
  assert.equal(framing.next(), false)
})

test('RawFraming starts afresh when a datagram is opened before the last one was finished', () => {
  const framing = new RawFraming()
  open(framing, rawDatagram(0, 5))
  framing.next()
  open(framing, rawDatagram(70, 1))
  assert.equal(framing.sequence, 70)
  assert.equal(framing.next(), true)
  assert.equal(framing.messageOffset, MARGIN_BYTES)
  assert.equal(framing.next(), false)
})

test('RawFraming writes spaces for the session that it does not have, and knows no other', () => {
  const framing = new RawFraming()
  const written = Buffer.alloc(12, '.')
  const view = new DataView(written.buffer, written.byteOffset, written.length)
  assert.equal(framing.writeSession(1, view, 1), false)
  assert.equal(written.toString(), '............')
  assert.equal(framing.writeSession(0, view, 1), true)
  assert.equal(written.toString(), '.          .')
})

test('RawFraming follows datagrams up to the first that open or their order refuses', () => {
  const datagrams = fc.array(
    fc.record({
      count: fc.integer({ min: 1, max: 12 }),
      /** Which message has another sequence; which octets are missing at the end. */
      wrong: fc.integer({ min: -40, max: 11 }),
      cut: fc.constantFrom(0, 0, 0, 0, 0, 1, 29),
    }),
    { minLength: 1, maxLength: 8 },
  )
  const room = fc.integer({ min: 1, max: 100 })
  fc.assert(
    fc.property(datagrams, fc.constantFrom(7, 2 ** 32 - 5), room, (all, first, most) => {
      const bytes = new Uint8Array(all.length * STRIDE)
      const pieces = new Pieces(0)
      const framing = new RawFraming()
      const view = new DataView(bytes.buffer)
      let sequence = first
      let follow = 0
      let messages = 0
      let broken = false
      all.forEach(({ count, wrong, cut }, piece) => {
        const datagram = rawDatagram(sequence % 2 ** 32, count)
        if (wrong >= 0 && wrong < count)
          datagram[wrong * 29 + 17] = (datagram[wrong * 29 + 17] ?? 0) ^ 1
        const offset = piece * STRIDE
        const length = datagram.length - cut
        bytes.set(datagram, offset)
        pieces.offsets[piece] = offset
        pieces.lengths[piece] = length
        framing.open(view, offset, length)
        const inOrder = framing.messageCount > 0 && framing.sequence === sequence % 2 ** 32
        broken ||= !inOrder || messages + framing.messageCount > most
        if (!broken) {
          follow += 1
          messages += framing.messageCount
        }
        sequence += Math.floor(length / 29)
      })
      assert.equal(framing.follow(view, pieces, all.length, first | 0, most), follow)
      assert.equal(pieces.messages, messages)
      const counts = [...pieces.counts.slice(0, follow)]
      assert.equal(pieces.most, Math.max(0, ...counts))
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        messages,
      )
    }),
    { numRuns: 500 },
  )
})
