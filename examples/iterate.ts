/**
 * Receives on the caller's own thread and event loop, without a handler module.
 *
 *   npm run build:test        (in a checkout; it compiles the examples too)
 *   node build/examples/iterate.js udp://127.0.0.1:9001
 *   npx tickwire send --count 10000
 *
 * Ends when nothing has come for a second, or with Ctrl-C.
 */
import { receive, SIDE } from 'tickwire'

const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort())

const feed = await receive({
  endpoints: process.argv[2] ?? 'udp://127.0.0.1:9001',
  idleExitMs: 1000,
  signal: interrupted.signal,
  onWarning: (warning) => console.error(`warning: ${warning}`),
  onGap: (gap) => console.error(`gap at ${gap.firstSequence}: ${gap.count} (${gap.reason})`),
})
console.log(`receiving on ${feed.endpoints.join(' and ')}`)

let traded = 0
let turnover = 0
for await (const batch of feed) {
  while (batch.next()) {
    // The view lies in the ring and moves on with the next message: keep numbers, not the view.
    const { message } = batch
    if (message.side !== SIDE.trade) continue
    traded += message.quantity
    turnover += message.quantity * message.price
  }
}

const { ledger, latencyNs } = await feed.finished
console.log(`traded ${traded} units for ${turnover.toFixed(2)}`)
console.log(`${ledger.delivered} of ${ledger.expected} messages, lost ${ledger.lost.total}`)
console.log(`latency p50 ${latencyNs?.p50 ?? '-'} ns, p99 ${latencyNs?.p99 ?? '-'} ns`)
