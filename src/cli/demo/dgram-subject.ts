import { createSocket } from 'node:dgram'
import { parentPort } from 'node:worker_threads'
import { assert } from '../../foundation/assert.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from '../../wire/market-data-view.js'

/** What a plain `node:dgram` receiver saw. It cannot know what it did not see. */
export interface DgramResult {
  readonly received: number
  readonly seconds: number
}

const BUFFER_BYTES = 4194304
const IDLE_MS = 300
const CHECK_MS = 20

/** The usual way to receive UDP in Node, on a thread of its own, as well tuned as it can be. */
assert(parentPort !== null, 'this module runs in a worker thread')
const port = parentPort
const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES })
let received = 0
let highestSequence = 0
let firstMs = 0
let lastMs = 0

socket.on('message', (message) => {
  if (message.length !== MARKET_DATA_BYTES) return
  highestSequence = Math.max(highestSequence, message.readUInt32LE(MARKET_DATA_OFFSETS.sequence))
  if (received === 0) firstMs = performance.now()
  received++
})
socket.bind(0, '127.0.0.1', () => port.postMessage({ port: socket.address().port }))

let receivedBefore = 0
const timer = setInterval(() => {
  if (received !== receivedBefore) {
    receivedBefore = received
    lastMs = performance.now()
  } else if (received > 0 && performance.now() - lastMs > IDLE_MS) {
    clearInterval(timer)
    socket.close()
    const result: DgramResult = { received, seconds: (lastMs - firstMs) / 1000 }
    port.postMessage(result)
  }
}, CHECK_MS)
