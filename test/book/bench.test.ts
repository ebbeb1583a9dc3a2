import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { BENCH_PROTOCOLS, compilePeer, roundsOf, runOurs, writeMarket } from '../../bench/books.js'

const SIZE = { messages: 30_000, instruments: 20, depth: 20 }

const folder = mkdtempSync(join(tmpdir(), 'tickwire-books-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
const peer = join(folder, 'books')
const skip = compilePeer(peer) ?? false

for (const protocol of BENCH_PROTOCOLS) {
  test(`A C++ program of the same design ends with as many ${protocol} levels and orders`, {
    skip,
  }, async () => {
    const file = join(folder, protocol)
    writeMarket(file, protocol, SIZE)
    const [theirs] = roundsOf(peer, [protocol, file, '1'])
    const [ours] = await runOurs(protocol, file, 1)
    assert.ok(ours !== undefined && ours.levels > 100)
    const { levels, orders, messages } = ours
    assert.deepEqual(
      { levels, orders, messages },
      { levels: theirs?.levels, orders: theirs?.orders, messages: theirs?.messages },
    )
  })
}
