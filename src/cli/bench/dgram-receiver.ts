import { createSocket } from 'node:dgram'
import { HISTOGRAM_BYTES, Histogram } from '../../account/histogram.js'
import { currentEpoch } from '../../foundation/clock.js'
import { pinThread } from '../../native/affinity.js'
import { createClock } from '../../native/create-clock.js'
import { canUseLibc } from '../../native/libc.js'
import { MARKET_DATA_BYTES, MarketDataView } from '../../wire/market-data-view.js'

/**
 * The usual way to receive UDP in Node, in a process of its own, as well tuned as it can be: a program
 * that says its port on standard error and, when nothing has come for a while, prints one JSON line.
 *
 *   node dgram-receiver.js IDLE_MS [CPU]
 */
const BUFFER_BYTES = 4194304
const CHECK_MS = 20
const idleMs = Number(process.argv[2])
const cpu = process.argv[3]
if (cpu !== undefined && canUseLibc()) pinThread(Number(cpu))

// The pipe from the parent ends with it, whatever ended it.
process.stdin.resume().on('end', () => process.exit())

const epoch = currentEpoch()
const clock = createClock(epoch)
const latency = new Histogram(new SharedArrayBuffer(HISTOGRAM_BYTES), 0)
const view = new MarketDataView(epoch)
const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES })
let received = 0
let missing = 0
let nextSequence = 0
let firstMs = 0
let lastMs = 0

socket.on('message', (message) => {
  if (message.length !== MARKET_DATA_BYTES) return
  view.wrap(new DataView(message.buffer, message.byteOffset), 0, MARKET_DATA_BYTES)
  clock.read()
  latency.record(clock.ns - view.sentNs)
  if (received === 0) firstMs = performance.now()
  missing += Math.max(0, view.sequence - nextSequence)
  nextSequence = view.sequence + 1
  received++
})
socket.bind(0, '127.0.0.1', () => process.stderr.write(`ready ${socket.address().port}\n`))

let receivedBefore = 0
const timer = setInterval(() => {
  if (received !== receivedBefore) {
    receivedBefore = received
    lastMs = performance.now()
  } else if (received > 0 && performance.now() - lastMs > idleMs) {
    clearInterval(timer)
    socket.close()
    process.stdin.destroy()
    const snapshot = latency.snapshot()
    const [p50, p99, p999] = [50, 99, 99.9].map((p) => snapshot.percentile(p))
    const latencyNs = { p50, p99, p999, max: snapshot.max }
    const seconds = (lastMs - firstMs) / 1000
    process.stdout.write(`${JSON.stringify({ received, missing, seconds, latencyNs })}\n`)
  }
}, CHECK_MS)
