export {
  HISTOGRAM_BYTES,
  Histogram,
  HistogramSnapshot,
  type LatencySummary,
  MAX_TRACKABLE_NS,
  summarize,
} from './histogram.js'
export { efficiencyPercent, type Ledger, type Losses, ledgerOf } from './ledger.js'
export { decodeProfile, encodeProfile } from './profile/profile-format.js'
export type { LineProfile, ServiceProfile } from './profile/service-profile.js'
