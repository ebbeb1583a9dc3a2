import { RECEIVE_OPTIONS } from '../run/options/receive-options.js'
import { NO_PIN } from './pinning.js'

const { slotBytes } = RECEIVE_OPTIONS
const { default: _, ...rest } = RECEIVE_OPTIONS.framing
const framing = { ...rest, otherwise: 'auto for a recording, else raw' } as const

/** Options of `receive` that mean something for live traffic alone. */
export const LIVE_OPTIONS = {
  durationMs: { ...RECEIVE_OPTIONS.durationMs, otherwise: '5000', help: 'measure for so long' },
  handler: RECEIVE_OPTIONS.handler,
  workNs: RECEIVE_OPTIONS.workNs,
  handlerThread: RECEIVE_OPTIONS.handlerThread,
  transport: RECEIVE_OPTIONS.transport,
  slots: {
    ...RECEIVE_OPTIONS.slots,
    otherwise: '32768; mapped: 8192',
    help: 'measure with a ring of this capacity, a power of two',
  },
  receiveBufferBytes: RECEIVE_OPTIONS.receiveBufferBytes,
  gro: RECEIVE_OPTIONS.gro,
  cpu: RECEIVE_OPTIONS.cpu,
  handlerCpu: RECEIVE_OPTIONS.handlerCpu,
  idle: RECEIVE_OPTIONS.idle,
  allowSources: RECEIVE_OPTIONS.allowSources,
  session: RECEIVE_OPTIONS.session,
  profileRecords: {
    ...RECEIVE_OPTIONS.profileRecords,
    // 64 MiB: enough for five seconds of a fast feed.
    default: 2 ** 21,
    help: 'note this many slots at most',
  },
} as const

export const TUNE_FLAGS = {
  framing,
  slotBytes,
  ...LIVE_OPTIONS,
  noPin: NO_PIN,
  noVerify: { kind: 'switch', help: 'do not run the recommended and a too small ring live' },
  profile: { kind: 'text', value: 'file', help: 'read what receive --profile wrote instead' },
  line: {
    kind: 'whole',
    min: 0,
    otherwise: 'the one that needs most',
    help: 'look at this line of the profile',
  },
  pcap: {
    kind: 'text',
    value: 'file',
    help: 'read arrivals from a recording instead, as file:PATH does',
  },
  serviceNs: {
    kind: 'number',
    min: 0,
    help: 'take this long for each message of a recording',
  },
  from: {
    kind: 'text',
    value: 'group:port',
    help: 'choose the recorded destination, where there are several',
  },
  svg: { kind: 'text', value: 'file', help: 'write a plot' },
} as const
