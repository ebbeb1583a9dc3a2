import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GAP_TABLE_DOUBLES, GapTable, MAX_OPEN_GAPS } from '../../src/sequence/gap-table.js'
import {
  type AskLimits,
  DEFAULT_ASK_LIMITS,
  RequestPlanner,
} from '../../src/sequence/request-planner.js'

const MS = 1e6
const { delayNs, retryNs, maxOutstanding, maxPerRequest } = DEFAULT_ASK_LIMITS
/** A wait for an answer, with all of the jitter that may be added to it. */
const RETRY_MOST_NS = retryNs * 1.25

/** A planner over gaps that a test opens and fills, and what it asked for. */
class Asking {
  readonly gaps = new GapTable(new Float64Array(GAP_TABLE_DOUBLES))
  readonly planner: RequestPlanner
  nowNs = 1e9

  constructor(limits: Partial<AskLimits> = {}, seed = 1) {
    this.planner = new RequestPlanner(
      this.gaps,
      { ...DEFAULT_ASK_LIMITS, ...limits },
      Number.POSITIVE_INFINITY,
      seed,
    )
  }

  open(first: number, count: number): this {
    this.gaps.append(first, 0, 0, 0, count, this.nowNs)
    this.planner.nowNs = this.nowNs
    this.planner.noteGap()
    return this
  }

  /** Lets time pass and asks; first and count of each request. */
  after(ns: number): [number, number][] {
    this.nowNs += ns
    this.planner.nowNs = this.nowNs
    const asked: [number, number][] = []
    if (!this.planner.begin()) return asked
    while (this.planner.next()) asked.push([this.planner.first, this.planner.count])
    return asked
  }

  /** An answer fills the messages from `first` up to `end`. */
  answer(first: number, end: number): this {
    for (let sequence = first; sequence < end; sequence++) {
      this.gaps.fill(this.gaps.find(sequence), sequence)
    }
    this.planner.nowNs = this.nowNs
    this.planner.noteAnswer(end)
    return this
  }
}

test('RequestPlanner asks for every open gap at once when the delay is over', () => {
  const asking = new Asking().open(10, 2).open(20, 1).open(30, 5)
  assert.deepEqual(asking.after(delayNs - 1), [])
  assert.deepEqual(asking.after(1), [
    [10, 2],
    [20, 1],
    [30, 5],
  ])
})

test('RequestPlanner asks for a gap that another line closed within the delay never', () => {
  const asking = new Asking().open(10, 2)
  asking.after(delayNs / 2)
  asking.gaps.fill(0, 10)
  asking.gaps.fill(0, 11)
  assert.deepEqual(asking.after(delayNs), [])
})

test('RequestPlanner asks again after the wait, and later and later, up to eight times that', () => {
  const asking = new Asking().open(10, 1)
  const times: number[] = []
  for (let step = 0; step < 10_000; step++) {
    if (asking.after(MS / 10).length > 0) times.push(asking.nowNs)
  }
  const waits = times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / retryNs)
  for (const [i, wait] of waits.entries()) {
    const factor = Math.min(8, 2 ** i)
    assert.ok(wait >= factor && wait <= factor * 1.25 + 0.02, `wait ${i} is ${wait}`)
  }
  assert.ok(times.length > 10)
})

test('RequestPlanner splits a long gap to what one request may ask for', () => {
  const asked = new Asking({ maxPerRequest: 100 }).open(1, 250).after(delayNs)
  assert.deepEqual(asked, [
    [1, 100],
    [101, 100],
    [201, 50],
  ])
})

test('RequestPlanner never has more requests without an answer than it may', () => {
  const asking = new Asking()
  for (let i = 0; i < 1000; i++) asking.open(i * 10, 1)
  assert.equal(asking.after(delayNs).length, maxOutstanding)
  assert.equal(asking.after(retryNs / 2).length, 0)
  // Half of them are answered.
  for (let i = 0; i < maxOutstanding / 2; i++) asking.answer(i * 10, i * 10 + 1)
  assert.equal(asking.after(MS).length, maxOutstanding / 2)
})

test('RequestPlanner asks a server that answers nothing no more than the cap in each wait', () => {
  const asking = new Asking()
  for (let i = 0; i < MAX_OPEN_GAPS; i++) asking.open(i * 10, 1)
  let asked = 0
  for (let elapsed = 0; elapsed < 10 * retryNs; elapsed += MS) asked += asking.after(MS).length
  assert.ok(asked <= maxOutstanding * 11, `${asked} requests`)
})

test('RequestPlanner asks for the rest soon after an answer that held a part', () => {
  const asking = new Asking().open(1, 50)
  asking.after(delayNs)
  asking.answer(1, 21)
  assert.deepEqual(asking.after(MS), [])
  assert.deepEqual(asking.after(MS), [[21, 30]])
})

test('RequestPlanner takes a gap beyond all requests at a time up again as answers come', () => {
  const asking = new Asking({ maxPerRequest: 10, maxOutstanding: 2 }).open(1, 45)
  assert.deepEqual(asking.after(delayNs), [
    [1, 10],
    [11, 10],
  ])
  asking.answer(1, 21)
  assert.deepEqual(asking.after(2 * MS), [
    [21, 10],
    [31, 10],
  ])
})

test('RequestPlanner lets each gap have its turn, whatever the oldest ones do', () => {
  const asking = new Asking({ maxOutstanding: 2 })
  for (let i = 0; i < 6; i++) asking.open(i * 10, 1)
  const asked = new Set<number>()
  // Nobody answers.
  for (let elapsed = 0; elapsed < 6 * retryNs; elapsed += MS) {
    for (const [first] of asking.after(MS)) asked.add(first)
  }
  assert.equal(asked.size, 6)
})

test('RequestPlanner does not ask again for one part of a gap because another part came', () => {
  const asking = new Asking({ maxPerRequest: 10 }).open(1, 30)
  asking.after(delayNs)
  asking.answer(1, 11)
  assert.deepEqual(asking.after(retryNs / 2), [])
  asking.answer(11, 15)
  assert.deepEqual(asking.after(retryNs / 4), [[15, 6]])
})

test('RequestPlanner looks at a full table now and then, and not with every batch', () => {
  const asking = new Asking()
  for (let i = 0; i < MAX_OPEN_GAPS; i++) asking.open(i * 10, 1)
  asking.after(delayNs)
  let looks = 0
  for (let batch = 0; batch < 1000; batch++) {
    asking.nowNs += 1000
    asking.planner.nowNs = asking.nowNs
    // Every batch finds another gap.
    asking.planner.noteGap()
    if (asking.planner.begin()) {
      looks++
      while (asking.planner.next());
    }
  }
  assert.ok(looks <= 3, `${looks} looks in a millisecond`)
})

test('RequestPlanner spreads the repetitions of two readers by their seeds', () => {
  const dues = [1, 2].map((seed) => {
    const asking = new Asking({}, seed).open(10, 1)
    asking.after(delayNs)
    return asking.gaps.dueNs(0)
  })
  assert.notEqual(dues[0], dues[1])
  for (const due of dues) assert.ok(due <= 1e9 + delayNs + RETRY_MOST_NS)
  assert.equal(maxPerRequest, 1024)
})
