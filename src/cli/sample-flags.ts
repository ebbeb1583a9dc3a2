import { SAMPLE_LINES } from '../sample/write-sample.js'

export const SAMPLE_FLAGS = {
  messages: { kind: 'whole', min: 1, default: 100_000, help: 'write at least this many messages' },
  instruments: {
    kind: 'whole',
    min: 1,
    max: 60_000,
    default: 100,
    help: 'trade this many instruments',
  },
  seed: {
    kind: 'whole',
    min: 0,
    default: 1,
    help: 'make the market from this seed: the same seed, the same market',
  },
  loss: {
    kind: 'number',
    min: 0,
    default: 0,
    help: 'leave out this part of the datagrams, from 0 to 1',
  },
  line: {
    kind: 'choice',
    choices: SAMPLE_LINES,
    default: 'a',
    help: 'write this line of the feed: b has other times and other losses',
  },
  force: { kind: 'switch', short: 'f', help: 'replace a file that is there' },
} as const
