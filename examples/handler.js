/**
 * A handler module: the last trade and the spread of every instrument, printed at the end.
 *
 *   npx tickwire receive --handler examples/handler.js --count 10000
 *   npx tickwire send --count 10000
 *
 * It runs in a thread of its own. What `onMessage` keeps lies in typed arrays made beforehand, so that
 * no message costs memory.
 */
import { SIDE } from 'tickwire'

/** Instruments from this number on are counted and not looked at. */
const INSTRUMENTS = 1024

const bid = new Float64Array(INSTRUMENTS).fill(Number.NaN)
const ask = new Float64Array(INSTRUMENTS).fill(Number.NaN)
const trade = new Float64Array(INSTRUMENTS).fill(Number.NaN)
const trades = new Uint32Array(INSTRUMENTS)
let unknownInstruments = 0

/** @type {import('tickwire').Handler<import('tickwire').MarketDataView, import('tickwire').ReceiveReport>} */
const handler = {
  onStart(context) {
    console.error(`handling ${context.feed} from ${context.endpoints.join(' and ')}`)
  },

  onMessage(message, _sequence) {
    const instrument = message.instrument
    if (instrument >= INSTRUMENTS) {
      unknownInstruments++
      return
    }
    switch (message.side) {
      case SIDE.bid:
        bid[instrument] = message.price
        break
      case SIDE.ask:
        ask[instrument] = message.price
        break
      case SIDE.trade:
        trade[instrument] = message.price
        trades[instrument] += 1
        break
    }
  },

  onGap(gap) {
    console.error(`${gap.count} messages from ${gap.firstSequence} on will not come: ${gap.reason}`)
  },

  onStop(report) {
    for (let instrument = 0; instrument < INSTRUMENTS; instrument++) {
      if (trades[instrument] === 0) continue
      const spread = ask[instrument] - bid[instrument]
      console.error(
        `instrument ${instrument}: last ${trade[instrument].toFixed(2)}, ` +
          `spread ${spread.toFixed(2)}, ${trades[instrument]} trades`,
      )
    }
    const { expected, delivered } = report.ledger
    console.error(`${delivered} of ${expected} messages, ${unknownInstruments} not looked at`)
  },
}

export default handler
