export {
  HISTOGRAM_BYTES,
  Histogram,
  HistogramSnapshot,
  type LatencySummary,
  MAX_TRACKABLE_NS,
  summarize,
} from './histogram.js'
export { efficiencyPercent, type Ledger, type Losses, ledgerOf } from './ledger.js'
