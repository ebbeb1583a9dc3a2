import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Stitched, Stitcher } from '../../../src/receive/nats/stitcher.js'
import type { BatchFacts } from '../../../src/wire/bridged/batch-headers.js'

const LONG_MS = 60_000
const BODY = new Uint8Array(1)

function batch(first: number, count: number, more: Partial<BatchFacts> = {}): BatchFacts {
  return {
    framing: 'raw',
    protocol: 'native',
    session: '',
    run: 1,
    first,
    count,
    after: more.after ?? first,
    missing: [0, 0, 0, first - (more.after ?? first), 0, 0],
    firstReceivedNs: '',
    lastReceivedNs: '',
    bridge: 'one',
    event: null,
    former: null,
    ...more,
  }
}

/** Runs and sequences as a handler gets them, and what is missing before each piece. */
function shown(stitched: readonly Stitched[]) {
  return stitched.map(({ envelope, facts }) => {
    const end = (facts?.first ?? 0) + (facts?.count ?? 0)
    return [envelope.run, envelope.reached, envelope.first, end] as const
  })
}

test('Batches in order come at once, each as it is', () => {
  const stitcher = new Stitcher()
  assert.deepEqual(shown(stitcher.take(batch(5, 3), BODY, 0)), [[1, 5, 5, 8]])
  assert.deepEqual(shown(stitcher.take(batch(8, 2), BODY, 0)), [[1, 8, 8, 10]])
})

test('What comes twice, whole or in part, is delivered once', () => {
  const stitcher = new Stitcher()
  stitcher.take(batch(0, 10), BODY, 0)
  assert.deepEqual(stitcher.take(batch(0, 10), BODY, 0), [])
  const [rest] = stitcher.take(batch(6, 10), BODY, 0)
  assert.deepEqual([rest?.envelope.first, rest?.envelope.skip], [10, 4])
  assert.equal(stitcher.counts.duplicates, 14)
})

test('A hole that nobody tells of is waited for, and filled in order', () => {
  const stitcher = new Stitcher()
  stitcher.take(batch(0, 10), BODY, 0)
  assert.deepEqual(stitcher.take(batch(20, 5), BODY, 1), [])
  assert.deepEqual(stitcher.take(batch(25, 5), BODY, 2), [])
  assert.deepEqual(shown(stitcher.take(batch(10, 10), BODY, 3)), [
    [1, 10, 10, 20],
    [1, 20, 20, 25],
    [1, 25, 25, 30],
  ])
  assert.deepEqual([stitcher.counts.holesFilled, stitcher.counts.holesLeft], [1, 0])
})

test('A hole that is never filled is left in the end, and is a loss', () => {
  const stitcher = new Stitcher()
  stitcher.take(batch(0, 10), BODY, 0)
  assert.deepEqual(stitcher.take(batch(20, 5), BODY, 1), [])
  assert.deepEqual(stitcher.tick(1000), [])
  const [late] = stitcher.tick(LONG_MS)
  assert.deepEqual(late?.envelope.missing, [0, 0, 0, 10, 0, 0])
  assert.equal(stitcher.counts.holesLeft, 1)
})

test('What the bridge knows to be missing is not waited for, and keeps its causes', () => {
  const stitcher = new Stitcher()
  stitcher.take(batch(0, 10), BODY, 0)
  const [next] = stitcher.take(batch(16, 4, { after: 10, missing: [2, 0, 4, 0, 0, 0] }), BODY, 0)
  assert.deepEqual(next?.envelope.missing, [2, 0, 4, 0, 0, 0])
})

test('Another bridge fills what one has lost, where there are two', () => {
  const stitcher = new Stitcher()
  stitcher.take(batch(0, 10), BODY, 0)
  stitcher.take(batch(0, 10, { bridge: 'two' }), BODY, 1)
  assert.deepEqual(stitcher.take(batch(16, 4, { after: 10 }), BODY, 2), [])
  assert.deepEqual(shown(stitcher.take(batch(10, 10, { bridge: 'two' }), BODY, 3)), [
    [1, 10, 10, 20],
  ])
  assert.equal(stitcher.counts.healed, 10)
})

test('A new run begins at its own sequence, once the run before has come to its end', () => {
  const stitcher = new Stitcher()
  stitcher.take(batch(0, 10), BODY, 0)
  const restart = batch(0, 5, { run: 2, former: 14 })
  assert.deepEqual(stitcher.take(restart, BODY, 1), [])
  assert.deepEqual(shown(stitcher.take(batch(10, 4), BODY, 2)), [
    [1, 10, 10, 14],
    [2, 0, 0, 5],
  ])
  // What is left of the run before is old.
  assert.deepEqual(stitcher.take(batch(14, 4), BODY, 3), [])
})

test('The second batch of a run waits for the first one', () => {
  const stitcher = new Stitcher()
  stitcher.take(batch(0, 10), BODY, 0)
  assert.deepEqual(stitcher.take(batch(5, 5, { run: 2 }), BODY, 1), [])
  assert.deepEqual(shown(stitcher.take(batch(0, 5, { run: 2, former: 10 }), BODY, 2)), [
    [2, 0, 0, 5],
    [2, 5, 5, 10],
  ])
})

test('Who begins with a sequence gets nothing before it', () => {
  const stitcher = new Stitcher(7)
  assert.deepEqual(stitcher.take(batch(0, 5), BODY, 0), [])
  const [first] = stitcher.take(batch(5, 5), BODY, 0)
  assert.deepEqual([first?.envelope.first, first?.envelope.skip], [7, 2])
  assert.equal(stitcher.counts.duplicates, 0)
  stitcher.take(batch(4, 8), BODY, 0)
  assert.equal(stitcher.counts.duplicates, 3)
})

test('An event is told in its place, and not after its time', () => {
  const stitcher = new Stitcher()
  stitcher.take(batch(0, 10), BODY, 0)
  const [told] = stitcher.take(batch(10, 0, { event: 'stale' }), BODY, 0)
  assert.equal(told?.envelope.event, 1)
  stitcher.take(batch(10, 5), BODY, 0)
  assert.deepEqual(stitcher.take(batch(10, 0, { event: 'stale' }), BODY, 0), [])
})

/** A feed of several runs, each cut into batches by two bridges, in an order that a stream may have. */
const streams = fc
  .record({
    runs: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 3 }),
    cuts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 40, maxLength: 40 }),
    swaps: fc.array(fc.nat({ max: 6 }), { minLength: 80, maxLength: 80 }),
    repeats: fc.array(fc.boolean(), { minLength: 80, maxLength: 80 }),
  })
  .map(({ runs, cuts, swaps, repeats }) => {
    const stored: BatchFacts[] = []
    let cut = 0
    for (const [index, length] of runs.entries()) {
      for (const bridge of ['one', 'two']) {
        for (let first = 0; first < length; ) {
          const count = Math.min(length - first, cuts[cut++ % cuts.length] ?? 1)
          const former = first > 0 ? null : index === 0 ? Number.NaN : (runs[index - 1] ?? 0)
          stored.push(batch(first, count, { run: index + 1, bridge, former }))
          first += count
        }
      }
    }
    // Behind the first one each may come a little later than it should, or twice.
    for (let i = 1; i < stored.length; i++) {
      const to = Math.min(stored.length - 1, i + (swaps[i % swaps.length] ?? 0))
      const [moved] = stored.splice(i, 1)
      if (moved !== undefined) stored.splice(to, 0, moved)
      if (moved !== undefined && repeats[i % repeats.length] === true) stored.push(moved)
    }
    return { runs, stored }
  })

test('Each message of each run comes once and in order, however batches lie in the stream', () => {
  fc.assert(
    fc.property(streams, ({ runs, stored }) => {
      const stitcher = new Stitcher()
      const seen = runs.map(() => 0)
      let run = 1
      const check = (stitched: readonly Stitched[]) => {
        for (const [of, reached, first, end] of shown(stitched)) {
          assert.ok(of >= run, 'runs do not go back')
          run = of
          assert.equal(reached, seen[of - 1], 'it goes on where it was')
          assert.equal(first, reached, 'nothing is skipped')
          seen[of - 1] = end
        }
      }
      stored.forEach((facts, i) => {
        check(stitcher.take(facts, BODY, i))
      })
      check(stitcher.flush(stored.length))
      assert.deepEqual(seen, runs)
    }),
    { numRuns: 500 },
  )
})
