import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MSG_TRUNC } from '../../src/native/constants.js'
import { MMSGHDR_CONTROLLEN } from '../../src/native/layout.js'
import { createRing, ringStatistics, SlotConsumer, SlotProducer } from '../../src/ring/index.js'
import { PRODUCER_ASLEEP, PUBLISHED, RELEASED } from '../../src/ring/layout.js'

const CAPACITIES = [1, 2, 4, 8, 16, 32, 64]
/** Where the counters of 32 bits start: at zero, and close before each of their two borders. */
const STARTS = [0, 2 ** 31 - 1, 2 ** 31 - 70, 2 ** 32 - 1, 2 ** 32 - 70]

interface Step {
  readonly act: 'claim' | 'publish' | 'take' | 'release'
  readonly count: number
}

const steps = fc.array(
  fc.record<Step>({
    act: fc.constantFrom('claim', 'publish', 'take', 'release'),
    count: fc.integer({ min: 1, max: 80 }),
  }),
  { maxLength: 200, size: 'max' },
)

/** A ring whose counters stand at `start`, as if that many slots had gone through it. */
function ringAt(start: number, slots: number, slotBytes = 8): SharedArrayBuffer {
  const buffer = createRing(slots, slotBytes)
  const words = new Int32Array(buffer)
  words[PUBLISHED / 4] = start
  words[RELEASED / 4] = start
  return buffer
}

/** A ring beside a queue that behaves as the ring should. */
class RingBesideQueue {
  readonly #buffer: SharedArrayBuffer
  readonly #producer: SlotProducer
  readonly #consumer: SlotConsumer
  readonly #slots: number
  readonly #queue: number[] = []
  #claimed = 0
  #taken = 0
  #written = 0
  #highWater = 0
  #fullCount = 0

  constructor(slots: number, start: number) {
    this.#slots = slots
    this.#buffer = ringAt(start, slots)
    this.#producer = new SlotProducer(this.#buffer)
    this.#consumer = new SlotConsumer(this.#buffer)
  }

  step({ act, count }: Step): void {
    this[act](count)
    const statistics = ringStatistics(this.#buffer)
    assert.equal(statistics.used, this.#queue.length)
    assert.equal(statistics.highWater, this.#highWater)
    assert.equal(statistics.fullCount, this.#fullCount)
    assert.equal(this.#consumer.backlog(), this.#queue.length)
  }

  claim(limit: number): void {
    const claimed = this.#producer.claim(limit)
    const free = this.#slots - this.#queue.length
    const toEnd = this.#slots - this.#producer.claimedIndex
    assert.equal(claimed === 0, free === 0, 'a ring with a free slot gives one')
    assert.ok(claimed <= Math.min(free, toEnd, limit), `${claimed} of ${free}, ${toEnd} to the end`)
    if (claimed === 0) {
      this.#producer.countFull()
      this.#fullCount++
    }
    this.#claimed = claimed
  }

  publish(count: number): void {
    const published = Math.min(count, this.#claimed)
    for (let i = 0; i < published; i++) {
      const index = this.#producer.claimedIndex + i
      this.#producer.bytes.setFloat64(this.#producer.slotOffset(index), this.#written, true)
      this.#queue.push(this.#written++)
    }
    this.#producer.publish(published)
    this.#claimed -= published
    this.#highWater = Math.max(this.#highWater, this.#queue.length)
  }

  take(limit: number): void {
    const taken = this.#consumer.take(limit)
    assert.equal(taken === 0, this.#queue.length === 0, 'a ring with a full slot gives one')
    assert.ok(taken <= Math.min(this.#queue.length, limit))
    for (let nth = 0; nth < taken; nth++) {
      const offset = this.#consumer.slotOffset(this.#consumer.indexAt(nth))
      assert.equal(this.#consumer.bytes.getFloat64(offset, true), this.#queue[nth])
    }
    this.#taken = taken
  }

  release(count: number): void {
    const released = Math.min(count, this.#taken)
    this.#consumer.release(released)
    this.#queue.splice(0, released)
    this.#taken -= released
  }
}

for (const slots of CAPACITIES) {
  test(`SlotRing of ${slots} behaves as a queue, also where its counters wrap`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...STARTS), steps, (start, sequence) => {
        const ring = new RingBesideQueue(slots, start)
        for (const step of sequence) ring.step(step)
      }),
      { numRuns: 300 },
    )
  })
}

test('SlotProducer claims only what lies in one piece', () => {
  const ring = createRing(8, 8)
  const producer = new SlotProducer(ring)
  const consumer = new SlotConsumer(ring)
  assert.equal(producer.claim(100), 8)
  producer.publish(6)
  assert.equal(consumer.take(100), 6)
  consumer.release(6)
  assert.equal(producer.claim(100), 2, 'two to the end')
  producer.publish(2)
  assert.equal(producer.claimedIndex, 0)
  assert.equal(producer.claim(100), 6, 'and from the start what was given back')
})

test('SlotProducer sees slots that were given back only when it runs out of those it knows', () => {
  const ring = createRing(4, 8)
  const producer = new SlotProducer(ring)
  const consumer = new SlotConsumer(ring)
  producer.publish(producer.claim(3))
  consumer.release(consumer.take(3))
  assert.equal(producer.claim(4), 1, 'its copy of the other counter is old')
  producer.publish(1)
  assert.equal(producer.claim(4), 3, 'now it looked')
})

test('RingStatistics has the true high water although the producer knows an old counter', () => {
  const ring = createRing(8, 8)
  const producer = new SlotProducer(ring)
  const consumer = new SlotConsumer(ring)
  for (let round = 0; round < 40; round++) {
    producer.publish(producer.claim(1))
    producer.publish(producer.claim(1))
    consumer.release(consumer.take(2))
    if (consumer.backlog() > 0) consumer.release(consumer.take(2))
  }
  assert.equal(ringStatistics(ring).highWater, 2)
})

test('RingStatistics counts each time that the ring was full', () => {
  const ring = createRing(2, 8)
  const producer = new SlotProducer(ring)
  producer.publish(producer.claim(2))
  for (let i = 0; i < 3; i++) {
    assert.equal(producer.claim(1), 0)
    producer.countFull()
  }
  assert.deepEqual(ringStatistics(ring), {
    slots: 2,
    slotBytes: 8,
    highWater: 2,
    fullCount: 3,
    used: 2,
  })
})

test('SlotProducer writes a datagram as the kernel would, and cuts one that is too long', () => {
  const ring = createRing(2, 4)
  const producer = new SlotProducer(ring)
  const consumer = new SlotConsumer(ring)
  producer.write(0, Uint8Array.of(1, 2, 3))
  producer.write(1, Uint8Array.of(4, 5, 6, 7, 8))
  producer.publish(2)
  assert.equal(consumer.take(2), 2)
  assert.deepEqual([consumer.length(0), consumer.flags(0)], [3, 0])
  assert.deepEqual([consumer.length(1), consumer.flags(1)], [4, MSG_TRUNC])
  const second = new Uint8Array(ring, consumer.slotOffset(1), 5)
  assert.deepEqual([...second], [4, 5, 6, 7, 0], 'nothing behind the room of the slot')
  consumer.release(2)
  producer.write(0, Uint8Array.of(9))
  assert.deepEqual([consumer.length(0), consumer.flags(0)], [1, 0], 'the mark does not stay')
})

test('SlotConsumer reads what the producer notes beside a slot', () => {
  const ring = createRing(4, 8)
  const producer = new SlotProducer(ring)
  const consumer = new SlotConsumer(ring)
  producer.setDroppedBefore(2, 12_345_678_901)
  producer.setDueNs(2, 1.5e15)
  producer.setSendLength(2, 7)
  producer.publish(producer.claim(4))
  assert.equal(consumer.take(4), 4)
  for (const index of [0, 1, 3]) {
    assert.equal(consumer.droppedBefore(index), 0)
    consumer.readDue(index)
    assert.equal(consumer.dueNs, 0)
    assert.equal(consumer.sendLength(index), 0)
  }
  assert.equal(consumer.droppedBefore(2), 12_345_678_901)
  consumer.readDue(2)
  assert.equal(consumer.dueNs, 1.5e15)
  assert.equal(consumer.sendLength(2), 7)
  consumer.clearDroppedBefore(2)
  assert.equal(consumer.droppedBefore(2), 0)
  consumer.readDue(2)
  assert.equal(consumer.dueNs, 1.5e15)
})

test('SlotProducer notes on all claimed slots when they were pushed, and on no other', () => {
  const ring = createRing(8, 8)
  const producer = new SlotProducer(ring)
  const consumer = new SlotConsumer(ring)
  producer.publish(producer.claim(2))
  assert.equal(producer.claim(4), 4)
  producer.pushedNs = 1e12 + 1
  producer.stampPushed(3)
  const pushed = Array.from({ length: 8 }, (_, index) => {
    consumer.readPushed(index)
    return consumer.pushedNs
  })
  assert.deepEqual(pushed, [0, 0, 1e12 + 1, 1e12 + 1, 1e12 + 1, 0, 0, 0])
})

test('SlotConsumer gives the room for ancillary data back to the kernel', () => {
  const ring = createRing(2, 8)
  const consumer = new SlotConsumer(ring)
  const controlBytes = consumer.headerOffset(1) + MMSGHDR_CONTROLLEN
  consumer.bytes.setUint32(controlBytes, 32, true)
  assert.equal(consumer.controlBytes(1), 32)
  consumer.resetStamp(1)
  assert.equal(consumer.controlBytes(1), 80)
  assert.equal(consumer.bytes.getBigUint64(controlBytes, true), 80n)
  assert.equal(consumer.controlBytes(0), 0)
})

test('SlotConsumer gives it back for several slots at once, across the end of the ring', () => {
  const ring = createRing(4, 8)
  const producer = new SlotProducer(ring)
  const consumer = new SlotConsumer(ring)
  producer.publish(producer.claim(3))
  consumer.release(consumer.take(3))
  producer.publish(producer.claim(4))
  assert.equal(consumer.take(4), 1)
  consumer.resetStamps(0, 3)
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => consumer.controlBytes(index)),
    [80, 80, 0, 80],
  )
})

test('SlotConsumer wakes a producer that waits for space, and only then touches its flag', () => {
  const ring = createRing(1, 8)
  const words = new Int32Array(ring)
  const producer = new SlotProducer(ring)
  const consumer = new SlotConsumer(ring)
  producer.publish(producer.claim(1))
  producer.spaceBell.arm()
  assert.equal(words[PRODUCER_ASLEEP / 4], 1)
  consumer.release(consumer.take(1))
  assert.equal(words[PRODUCER_ASLEEP / 4], 0)
})

test('SlotConsumer continues where another one stopped', () => {
  const ring = ringAt(2 ** 32 - 2, 4)
  const producer = new SlotProducer(ring)
  const first = new SlotConsumer(ring)
  for (const value of [1, 2, 3, 4]) {
    assert.equal(producer.claim(1), 1)
    producer.bytes.setFloat64(producer.slotOffset(producer.claimedIndex), value, true)
    producer.publish(1)
  }
  first.take(4)
  first.release(1)
  const second = new SlotConsumer(ring)
  assert.equal(second.take(4), 3)
  assert.equal(second.bytes.getFloat64(second.slotOffset(second.indexAt(0)), true), 2)
})

test('Who looks on while a ring is in use counts no fewer than none of its slots, and no more than all', (t) => {
  const ring = createRing(8, 8)
  const words = new Int32Array(ring)
  const { load } = Atomics
  // Between any two looks a whole round is handed over and given back.
  t.mock.method(Atomics, 'load', (array: Int32Array, index: number) => {
    const value = load(array, index)
    for (const counter of [PUBLISHED, RELEASED]) Atomics.add(words, counter / 4, 3 * 8)
    return value
  })
  assert.equal(ringStatistics(ring).used, 8)
})
