export {
  findCounters,
  type LossReading,
  type RunReading,
  readCounters,
  type ThreadReading,
} from './counters-reader.js'
export type { Labels, MetricFamily, TextHistogram } from './metrics/metric-families.js'
export { metricsReader } from './metrics/read-metrics.js'
export { type MetricsOptions, type MetricsServer, serveMetrics } from './metrics/serve-metrics.js'
