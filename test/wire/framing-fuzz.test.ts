import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFraming } from '../../src/wire/create-framing.js'
import { DATAGRAM, type Framing } from '../../src/wire/framing.js'
import { iexTpDatagram, type Reading, rawDatagram, readIexTp, readRaw } from './datagrams.js'
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
  const empty = reading.messages.length === 0
  assert.equal(kind, empty ? DATAGRAM.heartbeat : DATAGRAM.messages, hex)
  assert.equal(framing.sequence, reading.sequence, hex)
  assert.equal(framing.session, reading.session, hex)
  assert.equal(framing.messageCount, reading.messages.length, hex)
  for (const { start, length } of reading.messages) {
    assert.equal(framing.next(), true, hex)
    assert.equal(framing.messageOffset, MARGIN_BYTES + start, hex)
    assert.equal(framing.messageLength, length, hex)
    assert.ok(start >= 0 && start + length <= datagram.length, hex)
  }
  assert.equal(framing.next(), false, hex)
  return kind
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

/** Both framings see the damaged copies of each other's datagrams too. */
const CASES = [
  { name: 'raw', read: readRaw, own: rawDatagrams },
  { name: 'iex-tp', read: readIexTp, own: iexTpDatagrams },
] as const

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
      fc.property(fc.oneof(own, own, rawDatagrams, iexTpDatagrams), seeds, (datagram, seed) => {
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
