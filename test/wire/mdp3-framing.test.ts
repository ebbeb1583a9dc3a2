import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detectFraming } from '../../src/wire/detect-framing.js'
import { DATAGRAM } from '../../src/wire/framing.js'
import { Mdp3Framing } from '../../src/wire/mdp3-framing.js'
import { writeSampleDatagram } from '../../src/wire/sample-datagram.js'
import { iexTpDatagram, mdp3Datagram, moldDatagram, rawDatagram } from './datagrams.js'

function open(framing: Mdp3Framing, datagram: Uint8Array): number {
  return framing.open(new DataView(datagram.buffer), 0, datagram.length)
}

const TWO = [new Uint8Array(8).fill(1), new Uint8Array(30).fill(2)]

test('Mdp3Framing gives a packet one number, whatever is in it', () => {
  const framing = new Mdp3Framing()
  assert.equal(
    open(framing, mdp3Datagram({ sequence: 2 ** 32 - 1, messages: TWO })),
    DATAGRAM.messages,
  )
  assert.deepEqual([framing.sequence, framing.messageCount], [2 ** 32 - 1, 1])
  assert.equal(framing.next(), true)
  assert.deepEqual([framing.messageOffset, framing.messageLength], [14, 8])
  assert.equal(framing.next(), true)
  assert.deepEqual([framing.messageOffset, framing.messageLength], [24, 30])
  assert.equal(framing.next(), false)
})

test('Mdp3Framing passes over a packet as a whole', () => {
  const framing = new Mdp3Framing()
  open(framing, mdp3Datagram({ sequence: 1, messages: TWO }))
  framing.skip(0)
  assert.equal(framing.next(), true)
  framing.skip(1)
  assert.equal(framing.next(), false)
})

test('Mdp3Framing refuses sizes that do not fill the packet, or leave no room for a header', () => {
  const framing = new Mdp3Framing()
  const whole = mdp3Datagram({ sequence: 1, messages: TWO })
  const sized = (size: number) => {
    const copy = whole.slice()
    new DataView(copy.buffer).setUint16(12, size, true)
    return copy
  }
  for (const bad of [
    new Uint8Array(0),
    whole.slice(0, 12),
    whole.slice(0, -1),
    Uint8Array.of(...whole, 0),
    sized(0),
    sized(9),
    sized(11),
    sized(65_535),
  ]) {
    assert.equal(open(framing, bad), DATAGRAM.invalid, Buffer.from(bad).toString('hex'))
    assert.deepEqual([framing.messageCount, framing.next()], [0, false])
  }
})

test('The sample datagram of mdp3 is one that it reads', () => {
  const framing = new Mdp3Framing()
  const bytes = new DataView(new ArrayBuffer(128))
  assert.equal(framing.open(bytes, 3, writeSampleDatagram('mdp3', bytes, 3, 77)), DATAGRAM.messages)
  assert.equal(framing.sequence, 77)
})

test('detectFraming tells each framing by its first datagrams', () => {
  const numbers = Array.from({ length: 16 }, (_, i) => i + 1)
  const messages = [new Uint8Array(27).fill(7), new Uint8Array(15)]
  const of = (make: (sequence: number) => Uint8Array) => detectFraming(numbers.map(make))
  assert.equal(
    of((sequence) => mdp3Datagram({ sequence, messages })),
    'mdp3',
  )
  assert.equal(
    of((sequence) => moldDatagram({ sequence: BigInt(2 * sequence), messages })),
    'moldudp64',
  )
  assert.equal(
    of((sequence) => iexTpDatagram({ sequence: BigInt(2 * sequence), messages })),
    'iex-tp',
  )
  assert.equal(
    of((sequence) => rawDatagram(sequence, 1)),
    'raw',
  )
  assert.throws(
    () => of((sequence) => mdp3Datagram({ sequence: -sequence >>> 0, messages })),
    /TW_BAD_OPTION|cannot be told: .*iex-tp.*moldudp64.*mdp3.*raw/,
  )
})
