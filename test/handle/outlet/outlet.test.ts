import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OpenRun } from '../../../src/handle/open-run.js'
import { OUTLET, Outlet } from '../../../src/handle/outlet/outlet.js'
import { createRecordRing, RecordReader } from '../../../src/ring/record-ring.js'
import { createFraming } from '../../../src/wire/create-framing.js'

const RING_BYTES = 8192
const MESSAGE_BYTES = 24

function outletWithRing() {
  const ring = createRecordRing(RING_BYTES)
  const outlet = new Outlet({ ring, waits: false })
  outlet.watch({ framing: createFraming('raw') } as unknown as OpenRun)
  let next = 0
  /** Offers so many messages, each in a record of its own; how many were taken. */
  const offer = (count: number) => {
    let taken = 0
    for (let i = 0; i < count; i++) {
      if (outlet.claim(OUTLET.messages, MESSAGE_BYTES)) {
        outlet.writer.bytes.setFloat64(outlet.at, next, true)
        outlet.writer.publish()
        taken += 1
      } else outlet.drop(next, 1)
      next += 1
    }
    return taken
  }
  const reader = new RecordReader(ring)
  /** Takes so many records: their kinds, with the first sequence, and the count of what was dropped. */
  const take = (most = Number.POSITIVE_INFINITY) => {
    const seen: (readonly [number, number, number])[] = []
    while (seen.length < most && reader.next()) {
      const { bytes, kind, offset } = reader
      const first = kind === OUTLET.session ? 0 : bytes.getFloat64(offset, true)
      seen.push([kind, first, kind === OUTLET.dropped ? bytes.getFloat64(offset + 8, true) : 1])
    }
    reader.release()
    return seen
  }
  return { outlet, offer, take }
}

test('A full outlet drops one hole of many messages, and goes on when half of it is free', () => {
  const { offer, take } = outletWithRing()
  const taken = offer(1000)
  assert.ok(taken > 50 && taken < 1000)
  const records = taken + 1
  assert.deepEqual(take(2), [
    [OUTLET.session, 0, 1],
    [OUTLET.messages, 0, 1],
  ])
  assert.equal(offer(10), 0, 'there is room for one, and it waits for half')
  take(records / 2)
  assert.equal(offer(10), 10)
  const rest = take()
  const dropped = rest.filter(([kind]) => kind === OUTLET.dropped)
  assert.deepEqual(dropped, [[OUTLET.dropped, taken, 1010 - taken]])
  const last = rest.slice(rest.findIndex(([kind]) => kind === OUTLET.dropped) + 1)
  assert.deepEqual(
    last.map(([, first]) => first),
    Array.from({ length: 10 }, (_, i) => 1010 + i),
  )
})

test('What a full outlet dropped last is told at the end, without anybody having made room', () => {
  const { outlet, offer, take } = outletWithRing()
  const taken = offer(1000)
  outlet.onStop()
  outlet.onStop()
  const seen = take()
  assert.deepEqual(seen.at(-1), [OUTLET.dropped, taken, 1000 - taken])
  assert.equal(seen.filter(([kind]) => kind === OUTLET.dropped).length, 1)
})
