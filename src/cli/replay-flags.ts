import { REPLAY_OPTIONS } from '../replay/replay-options.js'
import { LOG_FLAGS } from './log-flags.js'
import { NO_PIN } from './pinning.js'

export const REPLAY_FLAGS = { ...REPLAY_OPTIONS, ...LOG_FLAGS, noPin: NO_PIN } as const
