import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeenMessages } from '../../../src/handle/copies/seen-messages.js'
import { COPY } from '../../../src/sequence/tracker-state.js'
import { Pieces } from '../../../src/wire/pieces.js'
import { RawFraming } from '../../../src/wire/raw-framing.js'
import { rawDatagram } from '../../wire/datagrams.js'

const MESSAGE_BYTES = 29
const STRIDE = 128
const FIRST = 1000

test('SeenMessages tells a copy of what came in several pieces from what differs in any octet', () => {
  const counts = [1, 3, 2]
  const framing = new RawFraming()
  const seen = new SeenMessages(framing, false)
  const pieces = new Pieces(0)
  const bytes = new Uint8Array(counts.length * STRIDE)
  let sequence = FIRST
  counts.forEach((count, piece) => {
    const datagram = rawDatagram(sequence, count)
    // Something to differ from in the octets around the sequence.
    datagram.forEach((octet, i) => {
      const within = i % MESSAGE_BYTES
      datagram[i] = within >= 16 && within < 20 ? octet : 7 * sequence + 13 * i
    })
    bytes.set(datagram, piece * STRIDE)
    pieces.offsets[piece] = piece * STRIDE
    pieces.lengths[piece] = datagram.length
    sequence += count
  })
  const view = new DataView(bytes.buffer)
  assert.equal(framing.follow(view, pieces, counts.length, FIRST, 100), counts.length)
  seen.notePieces(view, pieces, counts.length, FIRST)
  sequence = FIRST
  counts.forEach((count, piece) => {
    const length = count * MESSAGE_BYTES
    const compare = () => {
      framing.open(view, piece * STRIDE, length)
      return seen.compare(sequence, count)
    }
    assert.equal(compare(), COPY.equal)
    for (let at = piece * STRIDE; at < piece * STRIDE + length; at++) {
      const within = (at - piece * STRIDE) % MESSAGE_BYTES
      if (within >= 16 && within < 20) continue
      bytes[at] = (bytes[at] ?? 0) ^ 0x40
      assert.equal(compare(), COPY.other, `octet ${within} of piece ${piece}`)
      bytes[at] = (bytes[at] ?? 0) ^ 0x40
    }
    sequence += count
  })
  assert.equal(seen.compare(sequence, 1), COPY.unknown)
})
