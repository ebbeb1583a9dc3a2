import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFraming } from '../../src/wire/create-framing.js'
import { DATAGRAM, type Framing } from '../../src/wire/framing.js'
import { IexTpFraming } from '../../src/wire/iex-tp-framing.js'
import {
  iexTpDatagram,
  mdp3Datagram,
  moldDatagram,
  type Reading,
  rawDatagram,
  readIexTp,
  readMdp3,
  readMold,
  readRaw,
} from './datagrams.js'
import { MARGIN_BYTES, surrounded } from './watched-view.js'

/** Damaged copies made of each generated datagram. 1,000 datagrams per test: 200,000 copies. */
const MUTANTS = 200
const DATAGRAMS = 1_000

type Reader = (datagram: Uint8Array) => Reading | undefined

const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 })
const noise = fc.uint8Array({ maxLength: 200 })

const rawDatagrams = fc
  .tuple(
    fc.oneof(fc.nat(), fc.integer({ min: 2 ** 32 - 8, max: 2 ** 32 - 1 })),
    fc.integer({ min: 1, max: 8 }),
  )
  .map(([first, count]) => rawDatagram(first, count))

const iexTpDatagrams = fc
  .record({
    sequence: fc.oneof(fc.bigInt(0n, 2n ** 40n), fc.bigInt(2n ** 53n - 20n, 2n ** 53n - 9n)),
    session: fc.nat(),
    messages: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
  })
  .map(iexTpDatagram)

const moldDatagrams = fc
  .record({
    sequence: fc.oneof(fc.bigInt(1n, 2n ** 40n), fc.bigInt(2n ** 53n - 20n, 2n ** 53n - 9n)),
    session: fc.constantFrom('FUZZ', '000010059B', '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff'),
    messages: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
    ends: fc.boolean(),
  })
  .map(({ ends, ...parts }) => {
    // The end of a session is announced by what would else be a heartbeat.
    return moldDatagram(ends && parts.messages.length === 0 ? { ...parts, count: 0xffff } : parts)
  })

const mdp3Datagrams = fc
  .record({
    sequence: fc.nat(),
    sentNs: fc.bigInt(0n, 2n ** 63n),
    messages: fc.array(fc.uint8Array({ minLength: 8, maxLength: 40 }), {
      minLength: 1,
      maxLength: 8,
    }),
  })
  .map(mdp3Datagram)

/** Room for a session's name. */
const sessionName = Buffer.alloc(10)
const sessionNameView = new DataView(sessionName.buffer, sessionName.byteOffset, 10)

/** Opens and drains a datagram that is ringed by poison, and compares it with the slow reader. */
function compare(framing: Framing, read: Reader, datagram: Uint8Array, poison: number): number {
  const hex = Buffer.from(datagram).toString('hex')
  const kind = framing.open(surrounded(datagram, poison), MARGIN_BYTES, datagram.length)
  const reading = read(datagram)
  if (reading === undefined) {
    assert.equal(kind, DATAGRAM.invalid, `accepted ${hex}`)
    assert.equal(framing.messageCount, 0, hex)
    assert.equal(framing.next(), false, hex)
    return kind
  }
  if (kind === DATAGRAM.foreign) {
    assert.ok(isOfOtherStream(framing, datagram), `foreign ${hex}`)
    assert.equal(framing.messageCount, 0, hex)
    assert.equal(framing.next(), false, hex)
    return kind
  }
  const idle = framing.name === 'moldudp64' && reading.sequence === 0
  const lifeSign = idle ? DATAGRAM.idle : DATAGRAM.heartbeat
  const empty = reading.endOfSession && !idle ? DATAGRAM.endOfSession : lifeSign
  assert.equal(kind, reading.messages.length === 0 ? empty : DATAGRAM.messages, hex)
  assert.equal(framing.sequence, reading.sequence, hex)
  assert.equal(framing.session, reading.session ?? framing.session, hex)
  assert.ok(Number.isSafeInteger(framing.session), hex)
  assert.equal(framing.writeSession(framing.session, sessionNameView, 0), true, hex)
  assert.equal(sessionName.toString('latin1'), reading.sessionName, hex)
  const numbers = framing.blocks === 'packet' ? 1 : reading.messages.length
  assert.equal(framing.messageCount, numbers, hex)
  for (const { start, length } of reading.messages) {
    assert.equal(framing.next(), true, hex)
    assert.equal(framing.messageOffset, MARGIN_BYTES + start, hex)
    assert.equal(framing.messageLength, length, hex)
    assert.ok(start >= 0 && start + length <= datagram.length, hex)
  }
  assert.equal(framing.next(), false, hex)
  return kind
}

/** Whether IEX-TP's protocol or channel is another than that of the stream that is read. */
function isOfOtherStream(framing: Framing, datagram: Uint8Array): boolean {
  if (!(framing instanceof IexTpFraming)) return false
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength)
  const { ownProtocol, ownChannel } = framing
  return view.getUint16(2, true) !== ownProtocol || view.getUint32(4, true) !== ownChannel
}

/** A generator of 32-bit numbers (xorshift) for damage that one seed repeats. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** A copy of `datagram` with up to three bytes changed and, one time in four, another length. */
function damaged(datagram: Uint8Array, random: (below: number) => number): Uint8Array {
  const length = random(4) === 0 ? random(datagram.length + 4) : datagram.length
  const copy = new Uint8Array(length)
  copy.set(datagram.subarray(0, length))
  // Every other time in the first 48 bytes, where the lengths and counts of a header are.
  const reach = random(2) === 0 ? Math.min(48, length) : length
  for (let changes = random(4); changes > 0 && length > 0; changes--) {
    const at = random(reach)
    const old = copy[at] ?? 0
    const small = random(2) === 0
    copy[at] = small ? old + random(5) - 2 : random(256)
  }
  return copy
}

/** All framings see the damaged copies of each other's datagrams too. */
const CASES = [
  { name: 'raw', read: readRaw, own: rawDatagrams },
  { name: 'moldudp64', read: readMold, own: moldDatagrams },
  { name: 'iex-tp', read: readIexTp, own: iexTpDatagrams },
  { name: 'mdp3', read: readMdp3, own: mdp3Datagrams },
] as const

const anyDatagrams = fc.oneof(rawDatagrams, moldDatagrams, iexTpDatagrams, mdp3Datagrams)

for (const { name, read, own } of CASES) {
  test(`Framing ${name} reads what was built for it`, () => {
    const framing = createFraming(name)
    fc.assert(
      fc.property(own, (datagram) => {
        assert.notEqual(compare(framing, read, datagram, 0), DATAGRAM.invalid)
      }),
      { numRuns: 2_000 },
    )
  })

  test(`Framing ${name} neither throws nor strays on 200,000 damaged datagrams`, () => {
    const framing = createFraming(name)
    const kinds = new Set<number>()
    fc.assert(
      fc.property(fc.oneof(own, own, anyDatagrams), seeds, (datagram, seed) => {
        const random = generator(seed)
        for (let mutant = 0; mutant < MUTANTS; mutant++) {
          kinds.add(compare(framing, read, damaged(datagram, random), random(256)))
        }
      }),
      { numRuns: DATAGRAMS },
    )
    assert.ok(kinds.has(DATAGRAM.messages) && kinds.has(DATAGRAM.invalid), 'fuzzing is one-sided')
  })

  test(`Framing ${name} neither throws nor strays on noise`, () => {
    const framing = createFraming(name)
    fc.assert(
      fc.property(noise, fc.nat(255), (datagram, poison) => {
        compare(framing, read, datagram, poison)
      }),
      { numRuns: 20_000 },
    )
  })

  test(`Framing ${name} reads a datagram that fills its buffer to the last byte`, () => {
    const framing = createFraming(name)
    fc.assert(
      fc.property(own, seeds, (datagram, seed) => {
        const bytes = damaged(datagram, generator(seed))
        const exact = new DataView(new SharedArrayBuffer(bytes.length))
        new Uint8Array(exact.buffer).set(bytes)
        const kind = framing.open(exact, 0, bytes.length)
        assert.equal(kind === DATAGRAM.invalid, read(bytes) === undefined)
        while (framing.next()) {
          assert.ok(framing.messageOffset + framing.messageLength <= bytes.length)
        }
      }),
      { numRuns: 5_000 },
    )
  })
}
