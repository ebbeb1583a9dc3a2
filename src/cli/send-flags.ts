import { SEND_OPTIONS } from '../run/options/send-options.js'
import { NO_PIN } from './pinning.js'

export const SEND_FLAGS = { ...SEND_OPTIONS, noPin: NO_PIN } as const
