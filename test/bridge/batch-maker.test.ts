import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Batch, BatchMaker, type MessageRun } from '../../src/bridge/batch-maker.js'
import { BATCH_BYTES, type BatchFraming } from '../../src/wire/bridged/batch-headers.js'
import { createFraming } from '../../src/wire/create-framing.js'
import { DATAGRAM } from '../../src/wire/framing.js'
import { nativeRun } from './stored-batches.js'

const NETWORK = [0, 0, 0, 1, 0, 0]

function makerOf(framing: BatchFraming, session = '') {
  const batches: Batch[] = []
  const origin = { framing, protocol: 'none', bridge: 'one' }
  const maker = new BatchMaker(origin, (batch) => batches.push(batch))
  maker.begin(1, session, null)
  return { maker, batches }
}

/** First sequences, counts, and where what is missing before them begins. */
const cuts = (batches: readonly Batch[]) =>
  batches.map(({ facts }) => [facts.after, facts.first, facts.count])

/** Messages of these lengths behind their lengths, as MoldUDP64 and IEX-TP have them. */
function blocks(first: number, lengths: readonly number[], littleEndian: boolean): MessageRun {
  const bytes = new DataView(new ArrayBuffer(lengths.reduce((sum, length) => sum + 2 + length, 0)))
  let at = 0
  for (const [i, length] of lengths.entries()) {
    bytes.setUint16(at, length, littleEndian)
    for (let byte = 0; byte < length; byte++) bytes.setUint8(at + 2 + byte, (first + i) & 0xff)
    at += 2 + length
  }
  return { ...nativeRun(first, lengths.length), bytes, length: bytes.byteLength }
}

test('A batch ends before each sequence that is a multiple of 128, wherever it began', () => {
  const { maker, batches } = makerOf('raw')
  maker.messages(nativeRun(100, 300))
  assert.deepEqual(cuts(batches), [
    [100, 100, 28],
    [128, 128, 128],
    [256, 256, 128],
  ])
  assert.equal(maker.next, 400)
  maker.cut()
  assert.deepEqual(cuts(batches).at(-1), [384, 384, 16])
  assert.equal(maker.isOpen, false)
})

test('What is missing stands before the messages behind it, with its causes', () => {
  const { maker, batches } = makerOf('raw')
  maker.messages(nativeRun(0, 10))
  maker.missing(10, 5, [2, 0, 3, 0, 0, 0])
  maker.messages(nativeRun(15, 5))
  maker.messages(nativeRun(21, 5))
  maker.cut()
  assert.deepEqual(cuts(batches), [
    [0, 0, 10],
    [10, 15, 5],
    [20, 21, 5],
  ])
  assert.deepEqual(batches[1]?.facts.missing, [2, 0, 3, 0, 0, 0])
  // Nobody told of it: the network's.
  assert.deepEqual(batches[2]?.facts.missing, NETWORK)
})

test('What is missing at the end of a run is told without messages', () => {
  const { maker, batches } = makerOf('raw')
  maker.messages(nativeRun(0, 10))
  maker.missing(10, 1, NETWORK)
  maker.cut()
  assert.deepEqual(cuts(batches), [
    [0, 0, 10],
    [10, 11, 0],
  ])
  assert.equal(batches[1]?.body.length, 0)
})

test('A batch that could be put nowhere is missing in the next one', () => {
  const { maker, batches } = makerOf('raw')
  maker.messages(nativeRun(0, 10))
  maker.cut()
  const [first] = batches
  assert.ok(first !== undefined)
  maker.retract(first.facts)
  maker.messages(nativeRun(10, 4))
  maker.cut()
  assert.deepEqual(cuts(batches).at(-1), [0, 10, 4])
  assert.deepEqual(batches.at(-1)?.facts.missing, [10, 0, 0, 0, 0, 0])
})

test('An event ends its batch, and is told at its place', () => {
  const { maker, batches } = makerOf('raw')
  maker.event('stale')
  maker.messages(nativeRun(0, 3))
  maker.event('stale')
  assert.deepEqual(
    batches.map(({ facts }) => [facts.first, facts.count, facts.event]),
    [
      [0, 3, null],
      [3, 0, 'stale'],
    ],
    'nothing is told before the first message',
  )
})

test('A new run begins a batch, with its session and where the one before it ended', () => {
  const { maker, batches } = makerOf('raw', 'DAY1')
  maker.messages(nativeRun(0, 3))
  maker.begin(2, 'DAY2', 3)
  maker.messages(nativeRun(0, 3))
  maker.adopt(7)
  maker.messages(nativeRun(3, 3))
  maker.cut()
  assert.deepEqual(
    batches.map(({ facts }) => [facts.run, facts.session, facts.first, facts.former]),
    [
      [1, 'DAY1', 0, null],
      [2, 'DAY2', 0, 3],
      [7, 'DAY2', 3, null],
    ],
  )
})

for (const framing of ['moldudp64', 'iex-tp'] as const) {
  test(`A body of ${framing} is a datagram with all its messages, and no longer than 32 KiB but for one`, () => {
    const littleEndian = framing === 'iex-tp'
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.array(fc.oneof(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 0, max: 9000 })), {
          minLength: 1,
          maxLength: 300,
        }),
        (first, lengths) => {
          const { maker, batches } = makerOf(framing, '42')
          maker.messages(blocks(first, lengths, littleEndian))
          maker.cut()
          let next = first
          for (const { facts, body } of batches) {
            assert.ok(facts.count > 0 && (body.length <= BATCH_BYTES || facts.count === 1))
            const reader = createFraming(framing)
            const bytes = new DataView(body.buffer, body.byteOffset, body.length)
            assert.equal(reader.open(bytes, 0, body.length), DATAGRAM.messages)
            assert.equal(reader.sequence, next)
            for (let i = 0; i < facts.count; i++) {
              assert.ok(reader.next())
              assert.equal(reader.messageLength, lengths[next - first])
              if (reader.messageLength > 0) {
                assert.equal(bytes.getUint8(reader.messageOffset), next & 0xff)
              }
              next += 1
            }
            assert.equal(reader.next(), false)
          }
          assert.equal(next, first + lengths.length)
        },
      ),
      { numRuns: 60 },
    )
  })
}
