import assert from 'node:assert/strict'
import { test } from 'node:test'
import { receive, send } from '../../src/index.js'
import { noMapped } from '../transport/mapped-reading.js'
import { handlerModule } from './handler-modules.js'

test('conflate reads a mapped ring of few slots round once at a time, however full it is', {
  skip: noMapped(),
}, async (t) => {
  const count = 5000
  const { file, written } = handlerModule(
    t,
    `let next = 0, backward = 0, delivered = 0, skipped = 0
     const look = (first, last) => {
       if (first < next) backward++
       next = last + 1
     }
     export default {
       onMessage(message, sequence) { look(sequence, sequence); delivered++ },
       onSkip({ firstSequence, lastSequence, count }) { look(firstSequence, lastSequence); skipped += count },
       onStop() { write({ backward, delivered, skipped }) },
     }`,
  )
  const feed = await receive({
    endpoints: 'udp://127.0.0.1:0',
    ...{ transport: 'mapped', whenBehind: 'conflate', handler: file, count, slots: 4 },
    workNs: 20_000,
    idleExitMs: 3000,
  })
  t.after(() => feed.stop().catch(() => {}))
  await (await send({ endpoint: feed.endpoints, count, rate: 0 })).finished
  const { ledger, delivered, lines } = await feed.finished
  const what = JSON.stringify([ledger, lines])
  assert.deepEqual(written(), { backward: 0, delivered, skipped: ledger.skipped }, what)
  assert.equal(ledger.balanced, true, what)
  assert.deepEqual(
    [ledger.expected, ledger.duplicates, lines[0]?.messages?.tooLate],
    [count, 0, 0],
    what,
  )
  assert.equal(delivered + ledger.skipped + ledger.lost.total, count, what)
  assert.ok((lines[0]?.kernelDrops ?? 0) > 0, `the ring was never full: ${what}`)
})
