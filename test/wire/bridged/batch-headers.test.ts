import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type BatchFacts,
  batchHeaders,
  batchId,
  readBatch,
} from '../../../src/wire/bridged/batch-headers.js'

const BODY = new Uint8Array([1, 2, 3])

const FACTS: BatchFacts = {
  framing: 'moldudp64',
  protocol: 'itch50',
  session: 'A B/1',
  run: 3,
  first: 2 ** 40,
  count: 128,
  after: 2 ** 40 - 5,
  missing: [1, 0, 2, 1, 0, 1],
  firstReceivedNs: '1764354000000000001',
  lastReceivedNs: '1764354000000999999',
  bridge: 'one',
  event: null,
  former: Number.NaN,
}

function reader(pairs: readonly [string, string][]) {
  const map = new Map(pairs)
  return { get: (name: string) => map.get(name) ?? '' }
}

test('The headers of a batch say what they were made from', () => {
  assert.deepEqual(readBatch(reader(batchHeaders(FACTS, BODY)), BODY), FACTS)
  const told: BatchFacts = { ...FACTS, count: 0, event: 'stale', former: 77 }
  assert.deepEqual(readBatch(reader(batchHeaders(told, BODY)), BODY), told)
  const within: BatchFacts = { ...FACTS, former: null }
  assert.deepEqual(readBatch(reader(batchHeaders(within, BODY)), undefined), within)
})

test('A batch whose body was changed is none', () => {
  const headers = reader(batchHeaders(FACTS, BODY))
  assert.match(String(readBatch(headers, new Uint8Array([1, 2, 4]))), /checksum/)
})

test('Messages whose cause is not told, or told wrongly, are lost by the network', () => {
  const pairs = batchHeaders({ ...FACTS, missing: [] }, BODY)
  const facts = readBatch(reader(pairs), BODY)
  assert.ok(typeof facts !== 'string')
  assert.deepEqual(facts.missing, [0, 0, 0, 5, 0, 0])
  const wrong = pairs.map(([name, value]): [string, string] => [name, value])
  wrong.push(['Tickwire-Missing', 'ring=900,martians=4,kernel=-2'])
  const read = readBatch(reader(wrong), BODY)
  assert.ok(typeof read !== 'string')
  assert.deepEqual(read.missing, [5, 0, 0, 0, 0, 0])
})

test('Whatever is no batch is refused with its reason', () => {
  const pairs = batchHeaders(FACTS, BODY)
  const without = (name: string, value: string) =>
    String(readBatch(reader([...pairs, [name, value]]), BODY))
  assert.match(String(readBatch(reader([]), BODY)), /no headers of a bridge/)
  assert.match(without('Tickwire-Version', '9'), /version is 9/)
  assert.match(without('Tickwire-Framing', 'morse'), /framing is "morse"/)
  for (const [name, value] of [
    ['Tickwire-Run', '0'],
    ['Tickwire-First', '-1'],
    ['Tickwire-First', '1'],
    ['Tickwire-Count', '9007199254740992'],
    ['Tickwire-Count', 'NaN'],
  ] as const) {
    assert.match(without(name, value), /none/, `${name}: ${value}`)
  }
})

test('The id of a batch differs by feed, session, run, first and last sequence', () => {
  const ids = [
    batchId('a', FACTS),
    batchId('b', FACTS),
    batchId('a', { ...FACTS, session: 'A B_1' }),
    batchId('a', { ...FACTS, run: 4 }),
    batchId('a', { ...FACTS, first: FACTS.first - 1 }),
    batchId('a', { ...FACTS, count: 127 }),
  ]
  assert.equal(new Set(ids).size, ids.length)
  // Two bridges that cut alike have one batch.
  assert.equal(batchId('a', FACTS), batchId('a', { ...FACTS, bridge: 'two', after: FACTS.first }))
})
