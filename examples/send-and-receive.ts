/**
 * A receiver and a sender in one process, each on its thread, on a port that the kernel chooses.
 *
 *   npm run build:test        (in a checkout; it compiles the examples too)
 *   node build/examples/send-and-receive.js
 */
import { FeedFailure, receive, send } from 'tickwire'

const COUNT = 20_000
const RATE = 10_000

// `handler: null` counts the messages in a handler thread; nothing has to be iterated over.
const feed = await receive({
  endpoints: 'udp://127.0.0.1:0',
  handler: null,
  count: COUNT,
  idleExitMs: 500,
})

// receive() resolves when its threads are ready, so nothing that is sent from here on is too early.
const transmission = await send({ endpoint: feed.endpoints[0], count: COUNT, rate: RATE })
const progress = setInterval(() => {
  const { delivered, ring } = feed.stats()
  console.log(`${delivered} delivered, ${ring?.used} of ${ring?.slots} slots in use`)
}, 500)

try {
  const sent = await transmission.finished
  const received = await feed.finished
  const { ledger } = received
  console.log(`sent ${sent.messages}, refused ${sent.refused}`)
  console.log(`delivered ${ledger.delivered}, lost ${ledger.lost.total}`)
  console.log(ledger.balanced ? 'the ledger balances' : 'the ledger does not balance')
} catch (error) {
  // A run that went wrong has a report all the same.
  if (error instanceof FeedFailure) console.error(error.report.ledger)
  throw error
} finally {
  clearInterval(progress)
  await feed.stop().catch(() => {})
}
