/**
 * A study of a recording: for each instrument how many quotes and trades there were, the mean spread, the
 * mean imbalance of the best quote (1: all of it wants to buy, -1: to sell), and the price of the average
 * share. Spread and imbalance are weighted by how long each quote stood.
 *
 *   npm run build:test        (in a checkout; it compiles the examples too)
 *   npx tickwire sample tops16 day.pcap.gz --messages 100000
 *   node build/examples/offline-study.js day.pcap.gz
 *
 * The same loop runs on a live feed: give `udp://…` in place of the file.
 */
import { receive } from 'tickwire'
import { Tops16Dispatch } from 'tickwire/iex'

interface Study {
  quotes: number
  trades: number
  shares: number
  turnover: number
  /** How long quotes stood that have both sides, and what they were, times that. */
  seconds: number
  spreadSeconds: number
  imbalanceSeconds: number
  /** Of the quote that stands. */
  sinceNs: number
  spread: number
  imbalance: number
}

const endpoint = process.argv[2]
if (endpoint === undefined) throw new Error('Usage: node offline-study.js FILE')

const studies = new Map<string, Study>()

function studyOf(symbol: string): Study {
  let study = studies.get(symbol)
  if (study === undefined) {
    const counts = { quotes: 0, trades: 0, shares: 0, turnover: 0 }
    const sums = { seconds: 0, spreadSeconds: 0, imbalanceSeconds: 0 }
    study = { ...counts, ...sums, sinceNs: 0, spread: Number.NaN, imbalance: 0 }
    studies.set(symbol, study)
  }
  return study
}

/** Adds what has stood until now. */
function settle(study: Study, nowNs: number): void {
  const seconds = (nowNs - study.sinceNs) / 1e9
  study.sinceNs = nowNs
  if (Number.isNaN(study.spread)) return
  study.seconds += seconds
  study.spreadSeconds += seconds * study.spread
  study.imbalanceSeconds += seconds * study.imbalance
}

let nowNs = 0

const studying = new Tops16Dispatch({
  onQuoteUpdate({ symbol, bidSize, askSize, bidPrice, askPrice }) {
    const study = studyOf(symbol)
    settle(study, nowNs)
    study.quotes++
    const isTwoSided = bidSize > 0 && askSize > 0
    study.spread = isTwoSided ? askPrice - bidPrice : Number.NaN
    study.imbalance = isTwoSided ? (bidSize - askSize) / (bidSize + askSize) : 0
  },

  onTradeReport({ symbol, size, price }) {
    const study = studyOf(symbol)
    study.trades++
    study.shares += size
    study.turnover += size * price
  },
})

const feed = await receive({ endpoint, framing: 'iex-tp', protocol: 'none' })
for await (const batch of feed) {
  while (batch.next()) {
    const { bytes, offset, length } = batch.message
    nowNs = batch.receivedNs
    studying.dispatch(bytes, offset, length, batch.sequence)
  }
}

const { ledger } = await feed.finished
const rows = [...studies].sort(([, a], [, b]) => b.quotes - a.quotes).slice(0, 20)
console.table(
  Object.fromEntries(
    rows.map(([symbol, study]) => {
      settle(study, nowNs)
      const { quotes, trades, seconds, spreadSeconds, imbalanceSeconds, shares, turnover } = study
      const spread = (spreadSeconds / seconds).toFixed(4)
      const imbalance = (imbalanceSeconds / seconds).toFixed(3)
      return [symbol, { quotes, trades, spread, imbalance, vwap: (turnover / shares).toFixed(4) }]
    }),
  ),
)
console.log(
  `${ledger.delivered} messages of ${studies.size} instruments, ${ledger.lost.total} lost`,
)
