import assert from 'node:assert/strict'
import { test } from 'node:test'
import { receiveReport, startReceiver } from './cli.js'
import { openFlood } from './peers.js'

const COUNT = 1_000_000

const flood = await openFlood()
const skip = typeof flood === 'string' ? flood : false

test('neither hot thread collects garbage after the first of a million messages', {
  skip,
}, async (t) => {
  if (typeof flood === 'string') return
  const { process, port } = await startReceiver(t, [
    ...['udp://127.0.0.1:0', '--slots', '1024', '--count', String(COUNT), '--json'],
  ])
  const { sent } = await flood.send(port, COUNT)
  const { ledger, garbageCollections } = await receiveReport(process)
  assert.equal(ledger.expected, sent)
  assert.equal(ledger.balanced, true)
  assert.deepEqual(garbageCollections, { receiver: 0, handler: 0 })
})
