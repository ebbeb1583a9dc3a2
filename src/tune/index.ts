/** `tickwire/tune`: the loss of every ring size from one measured pass. Pure; no threads, no sockets. */
export {
  type BurstinessPoint,
  backlogAtRate,
  burstinessCurve,
  consumerRate,
  meanRate,
  slotsAtRate,
} from './burstiness.js'
export {
  type Backlog,
  backlogPercentile,
  type CapacityOutcome,
  measureBacklog,
  playCapacity,
  type WaitSummary,
} from './capacity.js'
export {
  LAB_SLOTS,
  type LabPrediction,
  type LabTraffic,
  labTrace,
  predictEfficiency,
} from './lab-traffic.js'
export { type LongestStall, longestStall } from './longest-stall.js'
export {
  meanServiceNs,
  neediestLine,
  type ProfileTrace,
  traceOfProfile,
} from './profile-trace.js'
export type { Recommendation } from './recommend.js'
export { type ReceivePath, receiveBufferFor, truesizeBytes } from './socket-buffer.js'
export { type MeasuredPass, type Trace, TraceBuilder, traceOfPass } from './trace.js'
export {
  type CapacityRow,
  type SlotsInUse,
  type TrafficOutcome,
  type TuneOptions,
  type TuneResult,
  tune,
} from './tune.js'
