import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TickwireError } from '../../src/foundation/errors.js'
import {
  createRetransmitStore,
  MAX_STORED_BYTES,
  MIN_STORE_BYTES,
  type StoredStream,
  storeLayoutOf,
} from '../../src/retransmit/store-layout.js'
import { RetransmitStoreReader } from '../../src/retransmit/store-reader.js'
import { RetransmitStoreWriter } from '../../src/retransmit/store-writer.js'
import { encodeMoldSession } from '../../src/wire/moldudp64.js'

const TARGET = new DataView(new ArrayBuffer(200_000))

function stream(firstSequence: number, name = 'TEST'): StoredStream {
  return { session: encodeMoldSession(name), firstSequence }
}

function open(firstSequence = 1): { writer: RetransmitStoreWriter; reader: RetransmitStoreReader } {
  const buffer = createRetransmitStore(MIN_STORE_BYTES)
  const writer = new RetransmitStoreWriter(buffer, stream(firstSequence))
  const reader = new RetransmitStoreReader(buffer)
  assert.equal(reader.refresh(), true)
  return { writer, reader }
}

/** A message of `length` bytes that only this sequence has. */
function message(sequence: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = Math.imul(sequence + 1, 0x9e3779b1 + 2 * i) >>> 24
  return bytes
}

function append(writer: RetransmitStoreWriter, bytes: Uint8Array): void {
  // Surrounded, and at an odd place, as messages in datagrams are.
  const view = new DataView(new ArrayBuffer(bytes.length + 8))
  new Uint8Array(view.buffer).fill(0xee)
  new Uint8Array(view.buffer).set(bytes, 3)
  writer.append(view, 3, bytes.length)
  writer.publish()
}

/** The one message with that sequence; undefined if it is not there. */
function read(reader: RetransmitStoreReader, sequence: number): Uint8Array | undefined {
  if (reader.tryCopy(sequence, 1, 100_000, TARGET, 5, 'none') !== 'copied') return undefined
  assert.equal(reader.count, 1)
  return new Uint8Array(TARGET.buffer.slice(5, 5 + reader.bytes))
}

test('RetransmitStore gives back what was appended, from the first sequence on', () => {
  for (const first of [0, 1, 57_000, 2 ** 40]) {
    const { writer, reader } = open(first)
    for (let i = 0; i < 100; i++) append(writer, message(first + i, i % 7))
    assert.equal(reader.first, first)
    assert.equal(reader.end, first + 100)
    assert.equal(writer.nextSequence, first + 100)
    for (let i = 0; i < 100; i++) {
      assert.deepEqual(read(reader, first + i), message(first + i, i % 7))
    }
    assert.equal(read(reader, first - 1), undefined)
    assert.equal(read(reader, first + 100), undefined)
  }
})

test('RetransmitStore copies as many messages as fit, each behind its length', () => {
  const { writer, reader } = open()
  for (let i = 1; i <= 4; i++) append(writer, message(i, 10 * i))
  assert.equal(reader.tryCopy(1, 10, 12 + 22 + 31, TARGET, 7, 'mold'), 'copied')
  assert.equal(reader.count, 2)
  assert.equal(reader.bytes, 12 + 22)
  assert.equal(TARGET.getUint16(7), 10)
  assert.equal(TARGET.getUint16(7 + 12), 20)
  assert.deepEqual(new Uint8Array(TARGET.buffer.slice(9, 19)), message(1, 10))
  assert.deepEqual(new Uint8Array(TARGET.buffer.slice(21, 41)), message(2, 20))
  assert.equal(reader.tryCopy(2, 2, 1400, TARGET, 0, 'iex'), 'copied')
  assert.equal(reader.count, 2)
  assert.equal(TARGET.getUint16(0, true), 20)
  assert.equal(TARGET.getUint16(22, true), 30)
  assert.equal(reader.tryCopy(3, 9, 29, TARGET, 0, 'none'), 'too-long')
  assert.equal(reader.count, 0)
  assert.equal(reader.tryCopy(5, 9, 29, TARGET, 0, 'none'), 'gone')
})

test('RetransmitStore has nothing before its first stream, and forgets it with the next one', () => {
  const buffer = createRetransmitStore(MIN_STORE_BYTES)
  const reader = new RetransmitStoreReader(buffer)
  assert.equal(reader.refresh(), false)
  const header = Uint8Array.from({ length: 40 }, (_, i) => i)
  const writer = new RetransmitStoreWriter(buffer, { ...stream(5, 'ONE'), header })
  append(writer, message(5, 3))
  assert.equal(reader.refresh(), true)
  assert.deepEqual(reader.session, encodeMoldSession('ONE'))
  assert.deepEqual(reader.header, header)
  assert.deepEqual(read(reader, 5), message(5, 3))
  writer.begin(stream(5, 'TWO'))
  append(writer, message(6, 3))
  assert.equal(read(reader, 5), undefined, 'before the reader has looked')
  assert.equal(reader.refresh(), true)
  assert.deepEqual(reader.session, encodeMoldSession('TWO'))
  assert.deepEqual(reader.header, new Uint8Array(40))
  assert.deepEqual(read(reader, 5), message(6, 3))
})

test('RetransmitStore keeps messages of the greatest length, and messages of none', () => {
  const { writer, reader } = open(0)
  for (let i = 0; i < 50; i++) append(writer, message(i, i % 2 === 0 ? MAX_STORED_BYTES : 0))
  assert.ok(reader.end - reader.first >= 6, `${reader.end - reader.first} are kept`)
  for (let i = reader.first; i < reader.end; i++) {
    assert.deepEqual(read(reader, i), message(i, i % 2 === 0 ? MAX_STORED_BYTES : 0))
  }
  for (let i = 50; i < 100_050; i++) append(writer, message(i, 0))
  const { entryCount } = storeLayoutOf(createRetransmitStore(MIN_STORE_BYTES))
  assert.equal(reader.end, 100_050)
  assert.ok(reader.end - reader.first > entryCount * 0.9)
  assert.deepEqual(read(reader, 100_049), new Uint8Array(0))
})

test('createRetransmitStore stays within its bytes, and refuses a size that is none', () => {
  assert.equal(createRetransmitStore(1_000_001).byteLength, 1_000_001)
  for (const bytes of [0, -1, 1.5, Number.NaN, MIN_STORE_BYTES - 1, 2 ** 40]) {
    assert.throws(
      () => createRetransmitStore(bytes),
      (error) => error instanceof TickwireError && error.code === 'TW_BAD_OPTION',
    )
  }
})

/** What a store shall be: all messages of a stream, undefined for those that were skipped. */
interface Model {
  readonly first: number
  readonly messages: (Uint8Array | undefined)[]
}

type Step =
  | { readonly kind: 'append'; readonly length: number; readonly times: number }
  | { readonly kind: 'skip'; readonly count: number }
  | { readonly kind: 'begin'; readonly first: number }

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      length: fc.oneof(
        fc.constantFrom(0, 1, 29, 42, 1400, MAX_STORED_BYTES),
        fc.integer({ min: 0, max: 5000 }),
      ),
      times: fc.integer({ min: 1, max: 200 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('skip' as const),
      count: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 40_000 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      first: fc.constantFrom(0, 1, 2 ** 33 - 5),
    }),
  },
)

test('RetransmitStore is a suffix of what was appended, whatever came in which order', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 60 }), (moves) => {
      const buffer = createRetransmitStore(MIN_STORE_BYTES)
      const { entryCount, dataBytes } = storeLayoutOf(buffer)
      const writer = new RetransmitStoreWriter(buffer, stream(1), 2 * entryCount)
      const reader = new RetransmitStoreReader(buffer)
      let model: Model = { first: 1, messages: [] }
      for (const move of moves) {
        if (move.kind === 'begin') {
          writer.begin(stream(move.first))
          model = { first: move.first, messages: [] }
        } else if (move.kind === 'skip') {
          writer.skip(move.count)
          for (let i = 0; i < move.count; i++) model.messages.push(undefined)
        } else {
          const times = Math.min(move.times, Math.ceil(2_000_000 / (move.length + 1)))
          for (let i = 0; i < times; i++) {
            const bytes = message(model.first + model.messages.length, move.length)
            append(writer, bytes)
            model.messages.push(bytes)
          }
        }
        compare(reader, model, entryCount, dataBytes)
      }
    }),
    { numRuns: 150 },
  )
})

function compare(
  reader: RetransmitStoreReader,
  { first, messages }: Model,
  entryCount: number,
  dataBytes: number,
): void {
  assert.equal(reader.refresh(), true)
  assert.equal(reader.end, first + messages.length)
  assert.ok(reader.first >= first)
  let bytes = 0
  for (let at = reader.first; at < reader.end; at += at < reader.end - 300 ? 37 : 1) {
    assert.deepEqual(read(reader, at), messages[at - first], `message ${at}`)
  }
  for (let at = reader.first; at < reader.end; at++) bytes += messages[at - first]?.length ?? 0
  assert.equal(read(reader, reader.first - 1), undefined)
  // What was dropped had to go: for its bytes, for its entry, or in a jump.
  const kept = reader.end - reader.first
  const jumped = messages.slice(0, reader.first - first).some((one) => one === undefined)
  if (reader.first > first && !jumped) {
    const roomy = bytes < dataBytes * 0.9 - 4 * MAX_STORED_BYTES && kept < entryCount * 0.9
    assert.equal(roomy, false, `kept ${kept} messages of ${bytes} bytes`)
  }
}

test('RetransmitStore renumbers without losing a message', () => {
  const buffer = createRetransmitStore(MIN_STORE_BYTES)
  const { entryCount } = storeLayoutOf(buffer)
  const writer = new RetransmitStoreWriter(buffer, stream(7), 2 * entryCount)
  const reader = new RetransmitStoreReader(buffer)
  for (let i = 7; i < 10 * entryCount; i++) {
    append(writer, message(i, 4))
    if (i % 101 !== 0) continue
    reader.refresh()
    assert.equal(reader.end, i + 1)
    assert.ok(reader.first === 7 || reader.end - reader.first > entryCount * 0.9)
    for (const at of [reader.first, Math.floor((reader.first + i) / 2), i]) {
      assert.deepEqual(read(reader, at), message(at, 4))
    }
  }
})

test('RetransmitStoreReader sees what was appended when it is published, all at once', () => {
  const buffer = createRetransmitStore(MIN_STORE_BYTES)
  const writer = new RetransmitStoreWriter(buffer, {
    session: new Uint8Array(10),
    firstSequence: 1,
  })
  const reader = new RetransmitStoreReader(buffer)
  for (let i = 0; i < 3; i++) writer.append(new DataView(new ArrayBuffer(4)), 0, 4)
  reader.refresh()
  assert.equal(reader.end, 1)
  writer.publish()
  reader.refresh()
  assert.equal(reader.end, 4)
})
