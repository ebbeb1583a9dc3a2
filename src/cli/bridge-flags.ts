import { BRIDGE_OPTIONS } from '../bridge/bridge-options.js'
import { LOG_FLAGS } from './log-flags.js'
import { METRICS_FLAGS } from './metrics-flags.js'
import { NO_PIN } from './pinning.js'

export const BRIDGE_FLAGS = {
  ...BRIDGE_OPTIONS,
  noPin: NO_PIN,
  ...METRICS_FLAGS,
  ...LOG_FLAGS,
} as const
