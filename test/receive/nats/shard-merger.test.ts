import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Batch, BatchMaker, type MessageRun } from '../../../src/bridge/batch-maker.js'
import { ALL_SHARDS, shardRule } from '../../../src/bridge/shard-of.js'
import { partsOf } from '../../../src/bridge/shard-parts.js'
import { ShardMerger } from '../../../src/receive/nats/shard-merger.js'
import type { Stitched } from '../../../src/receive/nats/stitcher.js'
import { batchId } from '../../../src/wire/bridged/batch-headers.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from '../../../src/wire/market-data-view.js'
import { proof } from '../../kit/proof.js'

const LONG_MS = 60_000
const INSTRUMENTS = 7
/** Each tenth message is about no instrument. */
const isForAll = (sequence: number) => sequence % 10 === 3
const instrumentOf = (sequence: number) => (sequence * 31) % INSTRUMENTS

function messages(first: number, count: number): MessageRun {
  const bytes = new DataView(new ArrayBuffer(MARKET_DATA_BYTES * count))
  for (let i = 0; i < count; i++) {
    const at = MARKET_DATA_BYTES * i
    bytes.setUint32(at + MARKET_DATA_OFFSETS.sequence, first + i, true)
    bytes.setUint32(at + MARKET_DATA_OFFSETS.instrument, instrumentOf(first + i), true)
  }
  return {
    ...{ bytes, offset: 0, length: bytes.byteLength, first, count, receivedNs: '' },
    ...{ protocol: 0, channel: 0, sendLow: 0, sendHigh: 0 },
  }
}

/** In which shard a message of the test's feed is. */
function shardOf(sequence: number, shards: number): number {
  if (isForAll(sequence)) return ALL_SHARDS
  const rule = shardRule('native', 0, shards)
  return rule?.(messages(sequence, 1).bytes, 0, MARKET_DATA_BYTES) ?? ALL_SHARDS
}

/** Parts as a bridge publishes them; `lost`: what it did not receive; `cutEvery`: when its batches end. */
function publish(
  maker: BatchMaker,
  first: number,
  end: number,
  lost: ReadonlySet<number>,
  cutEvery: number,
): void {
  for (let sequence = first; sequence < end; sequence++) {
    if (!lost.has(sequence)) maker.messages(messages(sequence, 1))
    if (sequence === 1 || sequence % cutEvery === 0) maker.cut()
  }
  maker.cut()
}

function makerOf(bridge: string, shards: number, into: Batch[]): BatchMaker {
  const rule = (bytes: DataView, offset: number) =>
    shardOf(bytes.getUint32(offset + MARKET_DATA_OFFSETS.sequence, true), shards)
  return new BatchMaker({ framing: 'raw', protocol: 'native', bridge }, (batch) => {
    into.push(...partsOf(batch, shards, () => rule))
  })
}

/** What a stream stores: a part whose id it knows is dropped. */
function stored(parts: readonly Batch[]): Batch[] {
  const ids = new Set<string>()
  return parts.filter(({ facts }) => {
    const id = batchId('market', facts)
    const isNew = !ids.has(id)
    ids.add(id)
    return isNew
  })
}

/** Reads what was stored, and checks that nothing is told twice, out of order or not at all. */
function read(parts: readonly Batch[], shards: number, shard: number | undefined) {
  const merger = new ShardMerger(shards, shard, Number.NaN)
  const out: Stitched[] = []
  const nowMs = 0
  for (const { facts, body } of parts) {
    if (shard !== undefined && facts.part?.index !== shard) continue
    out.push(...merger.take(facts, body, nowMs))
  }
  out.push(...merger.tick(nowMs + 200), ...merger.tick(nowMs + LONG_MS))
  out.push(...merger.tick(nowMs + 2 * LONG_MS), ...merger.flush(nowMs + 3 * LONG_MS))
  const delivered: (readonly [run: number, sequence: number])[] = []
  let missing = 0
  let elsewhere = 0
  let next = Number.NaN
  let run = Number.NaN
  for (const { envelope, body } of out) {
    if (envelope.run === run)
      assert.equal(envelope.reached, next, 'each begins where the last ended')
    else assert.ok(Number.isNaN(run) || envelope.run > run)
    run = envelope.run
    const lost = envelope.missing.reduce((sum, count) => sum + count, 0)
    assert.equal(envelope.first - envelope.reached, lost + (envelope.elsewhere ?? 0))
    missing += lost
    elsewhere += envelope.elsewhere ?? 0
    const bytes = new DataView(body.buffer, body.byteOffset, body.length)
    next = envelope.first
    for (let i = envelope.skip; i < body.length / MARKET_DATA_BYTES; i++) {
      const at = i * MARKET_DATA_BYTES + MARKET_DATA_OFFSETS.sequence
      assert.equal(bytes.getUint32(at, true), next, 'a message stands at its sequence')
      delivered.push([run, next])
      next += 1
    }
  }
  return { delivered, missing, elsewhere, counts: merger.counts }
}

/** The messages that are in parts, of one shard or of all. */
function held(parts: readonly Batch[], shard: number | undefined): [number, number][] {
  const keys = new Map<string, [number, number]>()
  for (const { facts, body } of parts) {
    if (shard !== undefined && facts.part?.index !== shard) continue
    const bytes = new DataView(body.buffer, body.byteOffset, body.length)
    for (let at = 0; at < body.length; ) {
      const end = at + 4 + bytes.getUint32(at, true)
      for (at += 4; at < end; at += MARKET_DATA_BYTES) {
        const sequence = bytes.getUint32(at + MARKET_DATA_OFFSETS.sequence, true)
        keys.set(`${facts.run}:${sequence}`, [facts.run, sequence])
      }
    }
  }
  return [...keys.values()].sort(([a, b], [c, d]) => a - c || b - d)
}

const eachShard = (shards: number) => [undefined, ...Array.from({ length: shards }, (_, k) => k)]

const losses = fc.array(fc.integer({ min: 2, max: 398 }), { maxLength: 20 })

test('Two bridges that lose and cut differently double nothing in any shard, and lose what both lost', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 5 }),
      losses,
      losses,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 10, maxLength: 40 }),
      (shards, lostOne, lostTwo, cutOne, cutTwo, turns) => {
        const one: Batch[] = []
        const two: Batch[] = []
        for (const [parts, lost, cut, name] of [
          [one, lostOne, cutOne, 'one'],
          [two, lostTwo, cutTwo, 'two'],
        ] as const) {
          const maker = makerOf(name, shards, parts)
          maker.begin(1, '', Number.NaN)
          publish(maker, 1, 400, new Set(lost), cut)
          maker.begin(2, '', 400)
          publish(maker, 1, 50, new Set(), cut)
        }
        // The stream takes some of one, then some of the other.
        const mixed: Batch[] = []
        for (let i = 0; one.length + two.length > 0; i++) {
          mixed.push(...(i % 2 === 0 ? one : two).splice(0, turns[i % turns.length]))
        }
        const parts = stored(mixed)
        const either = new Set([...lostOne, ...lostTwo])
        const both = new Set(lostOne.filter((sequence) => lostTwo.includes(sequence)))
        for (const shard of eachShard(shards)) {
          const { delivered, missing, elsewhere, counts } = read(parts, shards, shard)
          const there = new Set(delivered.map(String))
          // A bridge whose copies alone were stored nobody waits for: what it has may come too late.
          const late = held(parts, shard).filter((one) => !there.has(String(one)))
          assert.ok(late.every(([run, sequence]) => run === 1 && either.has(sequence)))
          assert.ok(both.size <= missing && missing <= either.size, `missing of shard ${shard}`)
          assert.equal(counts.holesLeft, 0)
          if (shard === undefined) assert.equal(elsewhere, 0)
          assert.equal(delivered.length + missing + elsewhere, 399 + 49)
        }
      },
    ),
    { numRuns: proof(150, 5000) },
  )
})

test('A bridge that died among the parts of a batch leaves no hole that the next one does not explain', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 5 }),
      fc.integer({ min: 1, max: 60 }),
      fc.nat(),
      fc.boolean(),
      fc.integer({ min: 0, max: 30 }),
      (shards, cut, at, recovers, away) => {
        const one: Batch[] = []
        const maker = makerOf('one', shards, one)
        maker.begin(1, '', Number.NaN)
        publish(maker, 1, 100, new Set(), cut)
        maker.begin(2, '', 100)
        publish(maker, 1, 200, new Set(), cut)
        const kept = stored(one.slice(0, shards + (at % one.length)))
        // What FeedSubjects.last tells of what is there.
        const ends = Array.from({ length: shards }, (_, k) => {
          const last = kept.filter(({ facts }) => facts.part?.index === k).at(-1)?.facts
          return { run: last?.run ?? 0, end: (last?.first ?? 0) + (last?.count ?? 0) }
        })
        const run = Math.max(...ends.map((one) => one.run))
        const inRun = ends.filter((one) => one.run === run)
        const begun = kept.find(({ facts }) => facts.run === run)?.facts
        const begins = inRun.length < shards
        const resume = begins ? (begun?.after ?? 0) : Math.min(...inRun.map(({ end }) => end))
        const two: Batch[] = []
        const next = makerOf('two', shards, two)
        next.begin(run, '', begins ? (begun?.former ?? null) : null)
        if (!recovers && away > 0) next.missing(resume, away, [0, 0, 0, 0, away, 0])
        publish(next, resume + (recovers ? 0 : away), 300, new Set(), cut)
        const parts = stored([...kept, ...two])
        for (const shard of eachShard(shards)) {
          const { delivered, missing, counts } = read(parts, shards, shard)
          assert.deepEqual(delivered, held(parts, shard), `shard ${shard}`)
          assert.equal(counts.holesLeft, 0, `holes of shard ${shard}`)
          if (recovers) assert.equal(missing, 0)
          else assert.ok(missing <= away)
        }
      },
    ),
    { numRuns: proof(300, 10_000) },
  )
})

test('What is about no instrument is in each shard, and comes once where all are read', () => {
  const parts: Batch[] = []
  const maker = makerOf('one', 3, parts)
  maker.begin(1, '', Number.NaN)
  publish(maker, 1, 60, new Set(), 7)
  for (const shard of [0, 1, 2]) {
    const { delivered } = read(parts, 3, shard)
    const all = delivered.filter(([, sequence]) => isForAll(sequence))
    assert.deepEqual(
      all.map(([, sequence]) => sequence),
      [3, 13, 23, 33, 43, 53],
    )
  }
  assert.equal(read(parts, 3, undefined).delivered.length, 59)
})

test('The shard of an instrument is what another program computes', () => {
  const message = messages(1, 1).bytes
  message.setUint32(MARKET_DATA_OFFSETS.instrument, 7, true)
  let hash = 0x811c9dc5n
  for (const byte of [7n, 0n, 0n, 0n]) hash = ((hash ^ byte) * 0x01000193n) % 2n ** 32n
  const rule = shardRule('native', 0, 13)
  assert.equal(rule?.(message, 0, MARKET_DATA_BYTES), Number(hash % 13n))
})
