import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConflationTable, ENTRY } from '../../../src/handle/behind/conflation-table.js'
import { SIDE } from '../../../src/wire/market-data-view.js'
import { marketDatagram } from './behind-feed.js'

const RUNS = 1000

interface Put {
  readonly instrument: number
  readonly side: number
  readonly late: boolean
}

/** What is done to a table: a message or an event is put in, or so many are taken out. */
type Step = Put | 'event' | number

interface Waiting {
  readonly sequence: number
  /** Instrument and side of a quote that newer ones outdate. */
  readonly key: string | null
  readonly late: boolean
  readonly event: boolean
  /** When it was put in. */
  readonly at: number
}

interface Skipped {
  readonly sequence: number
  readonly at: number
}

/** The same by a list that is searched from end to end. */
class PlainModel {
  waiting: Waiting[] = []
  /** Of those that wait, so many are of the present round. */
  #fixed = 0
  #replaced: Skipped[] = []
  #at = 0

  /** @returns whether an older one was replaced */
  put(sequence: number, { instrument, side, late }: Put): boolean {
    const quote = side === SIDE.bid || side === SIDE.ask
    const key = quote && !late ? `${instrument}/${side}` : null
    const at = this.#at++
    const older = this.waiting.findIndex((one, i) => i >= this.#fixed && one.key === key)
    const replaces = key !== null && older >= 0
    if (replaces) this.#replaced.push(...this.waiting.splice(older, 1))
    this.waiting.push({ sequence, key, late, event: false, at })
    return replaces
  }

  putEvent(sequence: number): void {
    this.waiting.push({ sequence, key: null, late: false, event: true, at: this.#at++ })
  }

  /** The oldest, and what was replaced that had been put in before it and was not told of yet. */
  take(): { readonly taken: Waiting; readonly skipped: number[] } {
    if (this.#fixed === 0) this.#fixed = this.waiting.length
    this.#fixed--
    const taken = this.waiting.shift()
    assert.ok(taken !== undefined)
    const before = (one: Skipped) => one.at < taken.at
    const skipped = this.#replaced.filter(before).map((one) => one.sequence)
    this.#replaced = this.#replaced.filter((one) => !before(one))
    return { taken, skipped }
  }
}

const put = fc.record<Put>({
  // Far apart too, so that they meet in the buckets.
  instrument: fc.oneof(fc.nat(3), fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1, 65536, 131072)),
  side: fc.constantFrom(SIDE.none, SIDE.bid, SIDE.bid, SIDE.ask, SIDE.trade, 77),
  late: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean()),
})
const step = fc.oneof<fc.WeightedArbitrary<Step>[]>(
  { weight: 6, arbitrary: put },
  { weight: 1, arbitrary: fc.constant('event' as const) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }) },
)
const steps = fc.array(step, { minLength: 1, maxLength: 200, size: 'max' })

/** Takes the oldest out of both, and compares. */
function takeBoth(table: ConflationTable, model: PlainModel): void {
  const { taken, skipped } = model.take()
  const kind = table.take()
  assert.equal(kind === ENTRY.event, taken.event)
  if (taken.event) {
    assert.equal(table.bytes.getFloat64(table.offset), taken.sequence)
  } else {
    assert.equal(table.sequence, taken.sequence)
    assert.equal(table.receivedNs, taken.sequence * 10)
    assert.equal(table.bytes.getUint32(table.offset + 16, true), taken.sequence)
    assert.equal(table.late, taken.late)
  }
  assert.equal(table.skipCount, skipped.length)
  if (skipped.length > 0) {
    assert.equal(table.skipFirst, Math.min(...skipped))
    assert.equal(table.skipLast, Math.max(...skipped))
  }
  table.release()
}

function play(table: ConflationTable, model: PlainModel, script: readonly Step[]): void {
  let sequence = 0
  for (const one of script) {
    if (typeof one === 'number') {
      for (let i = 0; i < one && !table.isEmpty; i++) takeBoth(table, model)
    } else if (one === 'event') {
      model.putEvent(++sequence)
      table.bytes.setFloat64(table.putEvent(), sequence)
    } else if (table.hasRoom) {
      sequence++
      const payload = marketDatagram(sequence, [one])
      table.sequence = sequence
      table.receivedNs = sequence * 10
      table.late = one.late
      assert.equal(table.put(new DataView(payload.buffer), 0), model.put(sequence, one))
    }
    assert.equal(table.size, model.waiting.filter((waits) => !waits.event).length)
    assert.equal(table.isEmpty, model.waiting.length === 0)
  }
}

test('ConflationTable does what a plain list does, for any quotes, trades and events', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 40 }), (script, capacity) => {
      const table = new ConflationTable(capacity)
      const model = new PlainModel()
      play(table, model, script)
      while (model.waiting.length > 0) takeBoth(table, model)
      assert.equal(table.isEmpty, true)
      // All entries are free again.
      for (let i = 0; i < capacity; i++) {
        assert.equal(table.hasRoom, true)
        table.put(new DataView(marketDatagram(i, [{ side: SIDE.trade }]).buffer), 0)
      }
      assert.equal(table.hasRoom, false)
    }),
    { numRuns: RUNS },
  )
})

test('ConflationTable finds each of thousands of instruments, whichever go and come', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), (seed) => {
      let random = seed
      const draw = (bound: number) => {
        random = (Math.imul(random, 1664525) + 1013904223) | 0
        return (random >>> 8) % bound
      }
      const table = new ConflationTable(4000)
      /** When the newest quote of each instrument was put in; when the present round began. */
      const newest = new Map<number, number>()
      let roundEnd = 0
      for (let at = 1; at <= 20_000; at++) {
        const instrument = draw(5000)
        const payload = marketDatagram(at, [{ instrument, side: SIDE.bid }])
        table.sequence = at
        const replaced = table.put(new DataView(payload.buffer), 0)
        assert.equal(replaced, (newest.get(instrument) ?? 0) > roundEnd)
        newest.set(instrument, at)
        for (let left = table.hasRoom ? 0 : 1 + draw(3999); left > 0; left--) {
          table.take()
          const taken = table.bytes.getUint32(table.offset + 20, true)
          if (table.sequence > roundEnd) roundEnd = at
          if (newest.get(taken) === table.sequence) newest.delete(taken)
          table.release()
        }
      }
    }),
    { numRuns: 5 },
  )
})

test('ConflationTable does not let an instrument wait for ever whose quotes never stop', () => {
  const table = new ConflationTable(64)
  const putQuote = (sequence: number, instrument: number) => {
    table.sequence = sequence
    const payload = marketDatagram(sequence, [{ instrument, side: SIDE.bid }])
    table.put(new DataView(payload.buffer), 0)
  }
  let sequence = 0
  const hot: number[] = []
  for (let turn = 0; turn < 100; turn++) {
    putQuote(sequence++, 1 + (turn % 10))
    putQuote(sequence++, 0)
    putQuote(sequence++, 1 + ((turn + 5) % 10))
    putQuote(sequence++, 0)
    table.take()
    if (table.bytes.getUint32(table.offset + 20, true) === 0) hot.push(turn)
    table.release()
  }
  // Eleven instruments: a round has eleven quotes at most, and the hot one is in each.
  const waits = hot.map((turn, i) => turn - (hot[i - 1] ?? 0))
  assert.ok(hot.length >= 9, `delivered in turns ${hot.join(', ')}`)
  assert.ok(Math.max(...waits) <= 22, `waited for ${waits.join(', ')} turns`)
})

test('ConflationTable keeps a place for each gap that may be declared lost at once', () => {
  const table = new ConflationTable(1)
  table.put(new DataView(marketDatagram(0, [{ side: SIDE.trade }]).buffer), 0)
  assert.equal(table.hasRoom, false)
  for (let i = 0; i < 4096; i++) assert.ok(table.putEvent() > 0)
  while (table.putEvent() > 0);
  assert.equal(table.size, 1)
})
