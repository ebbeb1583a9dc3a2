import { CAPTURE_FRAMINGS } from '../run/options/capture-options.js'
import { RECEIVE_OPTIONS } from '../run/options/receive-options.js'
import { LOG_FLAGS } from './log-flags.js'
import { METRICS_FLAGS } from './metrics-flags.js'
import { NO_PIN } from './pinning.js'

const { record: _, handler: __, handlerThread: ___, workNs: ____, ...OTHERS } = RECEIVE_OPTIONS

/** What `receive` knows, without what is about the handler: nobody handles messages. */
export const RECORD_FLAGS = {
  ...OTHERS,
  framing: {
    kind: 'choice',
    choices: CAPTURE_FRAMINGS,
    otherwise: 'raw; auto for a recording',
    help: 'say how messages lie in a datagram, so that it is known what is missing',
  },
  ...METRICS_FLAGS,
  ...LOG_FLAGS,
  noPin: NO_PIN,
} as const
