import { CAPTURE_FRAMINGS } from '../../run/options/capture-options.js'

export const COMPARE_FLAGS = {
  framing: {
    kind: 'choice',
    choices: CAPTURE_FRAMINGS,
    otherwise: 'auto for recordings, raw for live lines',
    help: 'say how messages lie in a datagram',
  },
  session: { kind: 'text', value: 'id', otherwise: 'any', help: 'compare this session only' },
  html: { kind: 'text', value: 'file', help: 'draw it on a page of its own' },
  date: { kind: 'text', value: 'day', help: 'count times of day from this day: 2026-03-02' },
  durationMs: { kind: 'whole', min: 1, help: 'stop after this time' },
  idleExitMs: {
    kind: 'whole',
    min: 1,
    help: 'stop after this long without a datagram, counted from the first one that came',
  },
  firstWithinMs: { kind: 'whole', min: 1, help: 'stop if no datagram has come within this time' },
  receiveBufferBytes: {
    kind: 'whole',
    min: 1,
    max: 2 ** 30,
    otherwise: '4194304',
    help: 'ask for a kernel socket buffer of this size, for each live line',
  },
} as const
