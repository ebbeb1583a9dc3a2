import { RECEIVE_OPTIONS } from '../run/options/receive-options.js'
import { LOG_FLAGS } from './log-flags.js'
import { METRICS_FLAGS } from './metrics-flags.js'
import { NO_PIN } from './pinning.js'

export const RECEIVE_FLAGS = {
  ...RECEIVE_OPTIONS,
  ...METRICS_FLAGS,
  ...LOG_FLAGS,
  noPin: NO_PIN,
  histogram: {
    kind: 'text',
    value: 'file',
    help: 'write the latencies in the HdrHistogram percentile format',
  },
} as const
