import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BehindPolicy } from '../../../src/handle/behind-policy.js'
import { createMessageReader } from '../../../src/handle/loop/create-message-reader.js'
import { MessageCursor } from '../../../src/handle/loop/message-cursor.js'
import { TestFeed } from '../test-feed.js'

const SLOTS = 1024
const MESSAGES = 8
/** Rounds in a row without garbage that prove the steady state, and within how many it has to come. */
const PROOF = 100
const ROUNDS = 2000
/** A single boxed number per message would be 16. */
const LIMIT_BYTES = 1

const POLICIES: Readonly<Record<string, BehindPolicy>> = {
  every: { when: 'every', limit: Number.NaN, messages: 0 },
  'skip-oldest': { when: 'skip-oldest', limit: 128, messages: 0 },
  conflate: { when: 'conflate', limit: Number.NaN, messages: 65_536 },
}

/** Fills the ring with quotes and trades. */
function fill(feed: TestFeed, payload: Uint8Array<ArrayBuffer>, firstSequence: number): number {
  const [line] = feed.lines
  assert.ok(line !== undefined)
  const { producer } = line
  const view = new DataView(payload.buffer)
  const count = producer.claim(SLOTS)
  for (let i = 0; i < count; i++) {
    for (let m = 0; m < MESSAGES; m++) {
      const sequence = firstSequence + i * MESSAGES + m
      view.setUint32(m * 29 + 16, sequence, true)
      view.setUint32(m * 29 + 20, Math.imul(sequence, 0x9e3779b1) >>> 24, true)
      view.setUint8(m * 29 + 28, sequence % 4)
    }
    producer.write(producer.claimedIndex + i, payload)
  }
  producer.publish(count)
  return count * MESSAGES
}

for (const [name, policy] of Object.entries(POLICIES)) {
  test(`a reader makes no garbage per message in the steady state of ${name}`, () => {
    const feed = new TestFeed({ slots: SLOTS })
    let skips = 0
    const reader = createMessageReader({ ...feed.readerOptions(), onSkip: () => skips++ }, policy)
    const cursor = new MessageCursor(reader)
    const payload = new Uint8Array(29 * MESSAGES)
    let sequence = 0
    let proven = 0
    let bytesPerMessage = Number.NaN
    // At first the compiler is at work; a collection in between makes a figure negative.
    for (let round = 0; round < ROUNDS && proven < PROOF; round++) {
      const count = fill(feed, payload, sequence)
      sequence += count
      const before = process.memoryUsage().heapUsed
      while (reader.take()) while (cursor.next()) feed.clock.ns += 2000
      bytesPerMessage = (process.memoryUsage().heapUsed - before) / count
      proven = bytesPerMessage < LIMIT_BYTES ? proven + 1 : 0
    }
    assert.equal(proven, PROOF, `${bytesPerMessage} bytes per message in the last round`)
    assert.equal(skips > 0, name !== 'every')
    assert.equal(feed.counter('delivered') + feed.counter('skipped'), sequence)
  })
}
