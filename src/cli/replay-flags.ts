import { REPLAY_OPTIONS } from '../replay/replay-options.js'
import { NO_PIN } from './pinning.js'

export const REPLAY_FLAGS = { ...REPLAY_OPTIONS, noPin: NO_PIN } as const
