import { SEND_OPTIONS } from '../run/options/send-options.js'
import { LOG_FLAGS } from './log-flags.js'
import { METRICS_FLAGS } from './metrics-flags.js'
import { NO_PIN } from './pinning.js'

export const SEND_FLAGS = {
  ...SEND_OPTIONS,
  ...METRICS_FLAGS,
  ...LOG_FLAGS,
  noPin: NO_PIN,
} as const
