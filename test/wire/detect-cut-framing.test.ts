import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CutDatagram, detectCutFraming } from '../../src/wire/detect-cut-framing.js'

/** What is left of a datagram of so many bytes, by what stands where. */
function cut(
  length: number,
  left: number,
  ...parts: readonly [number, ...number[]][]
): CutDatagram {
  const bytes = new Uint8Array(64)
  for (const [at, ...values] of parts) bytes.set(values, at)
  return { bytes: bytes.subarray(0, left), length }
}

const iex = (length: number, left = 14) => {
  const payload = length - 40
  return cut(length, left, [0, 1], [12, payload & 0xff, payload >> 8])
}
const SESSION = [0, ...Buffer.from('DAY1      ')] as const
const mold = (length: number, left: number, count: number, ...blocks: [number, ...number[]][]) =>
  cut(length, left, [...SESSION], [18, count >> 8, count & 0xff], ...blocks)

test('IEX-TP is told by version and length of its header', () => {
  assert.equal(detectCutFraming([iex(40), iex(1200)]), 'iex-tp')
  assert.equal(detectCutFraming([iex(40), { ...iex(1200), length: 1201 }]), undefined)
  assert.equal(detectCutFraming([iex(400, 13)]), undefined)
})

test('MoldUDP64 is told by a session in letters and blocks that fit as far as they are there', () => {
  assert.equal(
    detectCutFraming([mold(60, 20, 1), mold(20, 20, 0), mold(20, 20, 0xffff)]),
    'moldudp64',
  )
  // A block of 36 bytes, and one of which nothing is left.
  assert.equal(detectCutFraming([mold(80, 30, 2, [20, 0, 36])]), 'moldudp64')
  // The only block does not end with the datagram; the first of two leaves no room for another.
  assert.equal(detectCutFraming([mold(80, 30, 1, [20, 0, 36])]), undefined)
  assert.equal(detectCutFraming([mold(59, 30, 2, [20, 0, 36])]), undefined)
  assert.equal(detectCutFraming([mold(60, 19, 1)]), undefined)
  assert.equal(detectCutFraming([cut(60, 30, [18, 0, 1])]), undefined)
})

test('raw is told by whole messages, of which the first is there', () => {
  assert.equal(detectCutFraming([cut(58, 29, [28, 2]), cut(29, 29, [28, 3])]), 'raw')
  assert.equal(detectCutFraming([cut(58, 29, [28, 4])]), undefined)
  assert.equal(detectCutFraming([cut(59, 29, [28, 2])]), undefined)
  assert.equal(detectCutFraming([cut(58, 28)]), undefined)
})

test('nothing is told where there is nothing, or datagrams are not alike', () => {
  assert.equal(detectCutFraming([]), undefined)
  assert.equal(detectCutFraming([iex(400), mold(60, 20, 1)]), undefined)
})
