import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GAP_TABLE_DOUBLES, GapTable, LOSS, MAX_OPEN_GAPS } from '../../src/sequence/gap-table.js'

function emptyTable(): GapTable {
  return new GapTable(new Float64Array(GAP_TABLE_DOUBLES))
}

/** The gaps of a table as `first+count: ring/invalid/kernel/network`. */
function gapsOf(table: GapTable): string[] {
  return Array.from({ length: table.size }, (_, row) => {
    const parts = [LOSS.ring, LOSS.invalid, LOSS.kernel, LOSS.network].map((reason) =>
      table.part(row, reason),
    )
    return `${table.first(row)}+${table.count(row)}: ${parts.join('/')}`
  })
}

test('GapTable keeps gaps in ascending order and the oldest leaves first', () => {
  const table = emptyTable()
  table.append(10, 1, 2, 3, 4, 777)
  table.append(50, 0, 0, 0, 5, 888)
  assert.deepEqual(gapsOf(table), ['10+10: 1/2/3/4', '50+5: 0/0/0/5'])
  assert.equal(table.openedNs(0), 777)
  assert.equal(table.openedNs(1), 888)
  assert.equal(table.missing, 15)
  table.shift()
  assert.deepEqual(gapsOf(table), ['50+5: 0/0/0/5'])
  table.shift()
  assert.equal(table.size, 0)
  assert.equal(table.missing, 0)
})

test('GapTable finds the gap that holds a sequence, and none beside it', () => {
  const table = emptyTable()
  table.append(10, 0, 0, 0, 3, 0)
  table.append(20, 0, 0, 0, 1, 0)
  const rows = [9, 10, 12, 13, 19, 20, 21].map((sequence) => table.find(sequence))
  assert.deepEqual(rows, [-1, 0, 0, -1, -1, 1, -1])
})

test('GapTable shrinks a gap that is filled at its edge', () => {
  const table = emptyTable()
  table.append(10, 0, 0, 0, 4, 5)
  assert.equal(table.fill(0, 10), true)
  assert.deepEqual(gapsOf(table), ['11+3: 0/0/0/3'])
  assert.equal(table.fill(0, 13), true)
  assert.deepEqual(gapsOf(table), ['11+2: 0/0/0/2'])
})

test('GapTable forgets a gap of one that is filled', () => {
  const table = emptyTable()
  table.append(10, 0, 0, 1, 0, 0)
  table.append(20, 0, 0, 0, 1, 0)
  table.append(30, 1, 0, 0, 0, 0)
  assert.equal(table.fill(1, 20), true)
  assert.deepEqual(gapsOf(table), ['10+1: 0/0/1/0', '30+1: 1/0/0/0'])
})

test('GapTable splits a gap that is filled in the middle, and takes from the network first', () => {
  const table = emptyTable()
  table.append(10, 2, 1, 2, 2, 99)
  table.append(40, 0, 0, 0, 1, 100)
  assert.equal(table.fill(0, 13), true)
  assert.deepEqual(gapsOf(table), ['10+3: 2/1/0/0', '14+3: 0/0/2/1', '40+1: 0/0/0/1'])
  assert.deepEqual([table.openedNs(0), table.openedNs(1), table.openedNs(2)], [99, 99, 100])
})

test('GapTable says that it has no room to split, and changes nothing', () => {
  const table = emptyTable()
  for (let gap = 0; gap < MAX_OPEN_GAPS; gap++) table.append(gap * 10, 0, 0, 0, 3, 0)
  const before = gapsOf(table)
  assert.equal(table.fill(5, 51), false)
  assert.deepEqual(gapsOf(table), before)
  assert.equal(table.fill(5, 50), true, 'an edge needs no room')
  assert.equal(table.missing, 3 * MAX_OPEN_GAPS - 1)
})

test('GapTable can be taken over with what is in it', () => {
  const cells = new Float64Array(GAP_TABLE_DOUBLES)
  new GapTable(cells).append(2 ** 40, 0, 0, 1, 1, 3)
  assert.deepEqual(gapsOf(new GapTable(cells)), [`${2 ** 40}+2: 0/0/1/1`])
})

test('GapTable misses exactly what was put in and not filled', () => {
  const parts = fc.array(fc.nat(6), { minLength: 4, maxLength: 4 })
  const gaps = fc.array(parts, { minLength: 1, maxLength: 30, size: 'max' })
  fc.assert(
    fc.property(gaps, fc.array(fc.nat(2000), { maxLength: 150, size: 'max' }), (rows, fills) => {
      const table = emptyTable()
      const missing = new Set<number>()
      let at = 0
      for (const [ring = 0, invalid = 0, kernel = 0, network = 0] of rows) {
        const count = ring + invalid + kernel + network
        if (count === 0) continue
        table.append(at, ring, invalid, kernel, network, at)
        for (let i = 0; i < count; i++) missing.add(at + i)
        at += count + 3
      }
      for (const fill of fills) {
        const sequence = fill % (at + 1)
        const row = table.find(sequence)
        assert.equal(row >= 0, missing.has(sequence), `sequence ${sequence}`)
        if (row >= 0 && table.fill(row, sequence)) missing.delete(sequence)
        assert.equal(table.missing, missing.size)
        for (let r = 0; r < table.size; r++) {
          const sum = [0, 1, 2, 3].reduce((total, reason) => total + table.part(r, reason), 0)
          assert.equal(sum, table.count(r), 'the parts add up')
          assert.ok(table.count(r) > 0, 'no gap is empty')
          if (r > 0) assert.ok(table.first(r) > table.first(r - 1) + table.count(r - 1) - 1)
        }
      }
    }),
    { numRuns: 300 },
  )
})
