/**
 * A feed of one's own messages, under flow control: the publisher never sends more than the slow receiver
 * can hold, so nothing is lost, and is told when it has to wait.
 *
 *   npm run build:test        (in a checkout; it compiles the examples too)
 *   node build/examples/publish.js
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { BACK_PRESSURED, CLOSED, NOT_CONNECTED, publish, receive } from 'tickwire'
import { currentEpoch, MARKET_DATA_BYTES, MarketDataView, SIDE } from 'tickwire/wire'

const COUNT = 20_000
/** What the receiver's handler takes for each message. */
const WORK_NS = 20_000

const feed = await receive({
  endpoints: 'udp://127.0.0.1:0',
  handler: null,
  workNs: WORK_NS,
  flow: 'credit',
  count: COUNT,
})
const publication = await publish({ endpoint: feed.endpoints[0], flow: 'credit' })

// One message for all: an offer copies it. Sequence and time stamp are written when it is sent.
const message = new MarketDataView(currentEpoch())
message.wrap(new DataView(new ArrayBuffer(MARKET_DATA_BYTES)), 0, MARKET_DATA_BYTES)
let refused = 0
for (let i = 0; i < COUNT; ) {
  message.instrument = i % 8
  message.side = SIDE.trade
  message.quantity = 100
  message.price = 100 + (i % 50) / 100
  const position = publication.offer(message)
  if (position >= 0) i += 1
  else if (position === BACK_PRESSURED || position === NOT_CONNECTED) {
    refused += 1
    // Anything else that is to be done; here: let timers and sockets have their turn.
    await nextTurn()
  } else throw new Error(position === CLOSED ? 'the publication has ended' : 'a wrong length')
}

const sent = await publication.close()
const { ledger } = await feed.finished
console.log(`offered ${sent.publication.offered}, turned away ${refused} times`)
console.log(`blocked ${sent.flow?.blocked.count} times, window ${feed.stats().flow?.window}`)
console.log(`delivered ${ledger.delivered}, lost ${ledger.lost.total}`)
