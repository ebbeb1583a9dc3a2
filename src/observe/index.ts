export {
  findCounters,
  type LossReading,
  type RunReading,
  readCounters,
  type ThreadReading,
} from './counters-reader.js'
export { type MetricsOptions, type MetricsServer, serveMetrics } from './metrics/serve-metrics.js'
