import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Allowances } from '../../src/retransmit/allowances.js'

const NS = 1e9
const LIMITS = {
  clientBytesPerSecond: 10,
  clientBurstBytes: 20,
  totalBytesPerSecond: 1000,
  totalBurstBytes: 1000,
  maxClients: 3,
}

test('Allowances forgets the client that has been silent for longest', () => {
  const allowances = new Allowances(LIMITS)
  for (const client of ['a', 'b', 'c']) {
    assert.equal(allowances.open(client, 20, 0), null)
    allowances.take(20)
  }
  assert.equal(allowances.open('a', 1, 0), 'clientRate')
  assert.equal(allowances.open('d', 20, 0), null, 'b gives up its place')
  assert.equal(allowances.clients, 3)
  assert.equal(allowances.open('a', 1, 0), 'clientRate', 'a is still remembered')
})

test('Allowances takes no memory for made-up clients', () => {
  const allowances = new Allowances({ ...LIMITS, maxClients: 16 })
  for (let i = 0; i < 10_000; i++) allowances.open(`client ${i}`, 1, 0)
  assert.equal(allowances.clients, 16)
})

test('Allowances forgets a client whose bucket is full again', () => {
  const allowances = new Allowances(LIMITS)
  allowances.open('a', 20, 0)
  allowances.take(20)
  allowances.open('b', 1, 1.9 * NS)
  assert.equal(allowances.clients, 2)
  allowances.open('b', 1, 2 * NS)
  assert.equal(allowances.clients, 1)
})

test('Allowances shares out what is scarce, and only then', () => {
  const limits = {
    ...{ clientBytesPerSecond: 500, clientBurstBytes: 500, maxClients: 8 },
    ...{ totalBytesPerSecond: 1000, totalBurstBytes: 1000 },
  }
  const allowances = new Allowances(limits)
  assert.equal(allowances.open('greedy', 500, 0), null, 'nobody else is there')
  allowances.take(500)
  assert.equal(allowances.open('greedier', 400, 0), null)
  allowances.take(100)
  assert.equal(allowances.open('greedier', 100, 0), 'totalRate', 'it has had more than its share')
  assert.equal(allowances.open('modest', 100, 0), null)
  allowances.take(100)
  assert.equal(allowances.open('greedier', 100, 1 * NS), null, 'time pays for what was drawn')
})
