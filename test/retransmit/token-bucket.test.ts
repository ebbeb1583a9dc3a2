import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TokenBucket } from '../../src/retransmit/token-bucket.js'

const NS = 1e9

test('TokenBucket lets a burst through at once, and then the rate', () => {
  const bucket = new TokenBucket(10, 5)
  bucket.refill(0)
  assert.equal(bucket.tokens, 5)
  bucket.take(5)
  bucket.refill(0)
  assert.equal(bucket.tokens, 0)
  bucket.refill(0.1 * NS)
  assert.equal(bucket.tokens, 1)
  bucket.refill(100 * NS)
  assert.equal(bucket.tokens, 5)
})

test('TokenBucket takes a time that goes back for one that stands still', () => {
  const bucket = new TokenBucket(1, 10)
  bucket.refill(50 * NS)
  bucket.take(10)
  bucket.refill(20 * NS)
  bucket.refill(50 * NS)
  assert.equal(bucket.tokens, 0)
  bucket.refill(51 * NS)
  assert.equal(bucket.tokens, 1)
})

test('TokenBucket never lets more through than its burst and what came in since', () => {
  const steps = fc.array(
    fc.tuple(fc.integer({ min: -5, max: 2 * NS }), fc.integer({ min: 0, max: 300 })),
    { minLength: 1, maxLength: 50 },
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 1000 }),
      steps,
      (rate, burst, moves) => {
        const bucket = new TokenBucket(rate, burst)
        let nowNs = 0
        let latestNs = 0
        let taken = 0
        bucket.refill(0)
        for (const [byNs, wanted] of moves) {
          nowNs += byNs
          latestNs = Math.max(latestNs, nowNs)
          bucket.refill(nowNs)
          const units = Math.min(wanted, Math.floor(bucket.tokens))
          bucket.take(units)
          taken += units
          assert.ok(bucket.tokens >= 0)
          assert.ok(taken <= burst + (rate * latestNs) / NS + 1e-6, `${taken} by ${latestNs} ns`)
        }
      },
    ),
    { numRuns: 2_000 },
  )
})
