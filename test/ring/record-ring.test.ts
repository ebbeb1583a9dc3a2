import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRecordRing, RecordReader, RecordWriter } from '../../src/ring/record-ring.js'

const RING_BYTES = 4096
const LONGEST = 1500

test('A ring of records is a queue that refuses what it has no room for', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), bytes: fc.integer({ min: 0, max: LONGEST }) }),
    fc.record({ kind: fc.constant('read' as const), bytes: fc.integer({ min: 1, max: 8 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const ring = createRecordRing(RING_BYTES)
      const writer = new RecordWriter(ring)
      const reader = new RecordReader(ring)
      const queue: { kind: number; bytes: number }[] = []
      let written = 0
      for (const { kind, bytes } of steps) {
        if (kind === 'write') {
          const mark = (written % 250) + 1
          const at = writer.claim(mark, bytes, 0)
          if (at < 0) {
            assert.ok(queue.length > 0, 'an empty ring takes any record of half its size')
            continue
          }
          for (let i = 0; i < bytes; i++) writer.bytes.setUint8(at + i, mark)
          writer.publish()
          queue.push({ kind: mark, bytes })
          written += 1
          continue
        }
        for (let i = 0; i < bytes; i++) {
          const wanted = queue.shift()
          assert.equal(reader.next(), wanted !== undefined)
          if (wanted === undefined) break
          assert.equal(reader.kind, wanted.kind)
          assert.ok(reader.end - reader.offset >= wanted.bytes)
          for (let byte = 0; byte < wanted.bytes; byte++) {
            assert.equal(reader.bytes.getUint8(reader.offset + byte), wanted.kind)
          }
        }
        reader.release()
        assert.equal(reader.isEmpty, queue.length === 0)
      }
    }),
    { numRuns: 200 },
  )
})

test('A record leaves the room that is asked for, and what is read gives none back before its release', () => {
  const ring = createRecordRing(RING_BYTES)
  const writer = new RecordWriter(ring)
  const reader = new RecordReader(ring)
  const fill = (reserve: number) => {
    let records = 0
    while (writer.claim(1, 56, reserve) >= 0) {
      writer.publish()
      records += 1
    }
    return records
  }
  assert.equal(fill(512), (RING_BYTES - 512) / 64)
  assert.equal(fill(0), 512 / 64)
  assert.equal(reader.usedBytes, RING_BYTES)
  assert.equal(writer.isHalfFree, false)
  for (let i = 0; i < 32; i++) reader.next()
  assert.equal(writer.claim(1, 56, 0), -1)
  reader.release()
  assert.equal(writer.isHalfFree, true)
  assert.equal(fill(0), 32)
  assert.equal(reader.highWaterBytes, RING_BYTES)
})
