import { BOOK_PROTOCOLS } from '../../book/index.js'
import { FRAMING_NAMES } from '../../wire/framing.js'
import { STREAM_FLAGS } from '../stream-flags.js'

/** Levels of a side that are shown, unless another number is wanted. */
export const DEFAULT_DEPTH = 10

/** Where the messages come from and what they are: for `book` and `diff`. */
export const BOOK_FEED_FLAGS = {
  protocol: {
    kind: 'choice',
    choices: ['auto', ...BOOK_PROTOCOLS],
    default: 'auto',
    help: 'say what the messages are; auto: tell by their types and lengths',
  },
  framing: {
    kind: 'choice',
    choices: ['auto', 'binaryfile', ...FRAMING_NAMES],
    otherwise: 'auto for a recording or a stream',
    help: 'say how messages lie in a datagram',
  },
  ...STREAM_FLAGS,
  session: { kind: 'text', value: 'id', help: 'read this session only', otherwise: 'any' },
  date: {
    kind: 'text',
    value: 'date',
    help: 'say the day of a BinaryFILE, YYYY-MM-DD in New York',
    otherwise: "from the file's name",
  },
} as const

/** When a feed is over that does not end by itself. */
const END_FLAGS = {
  durationMs: { kind: 'whole', min: 1, help: 'stop after this time' },
  idleExitMs: {
    kind: 'whole',
    min: 1,
    help: 'stop after this long without a datagram, once the first has come',
  },
} as const

export const DIFF_FLAGS = { ...BOOK_FEED_FLAGS, ...END_FLAGS } as const

export const BOOK_FLAGS = {
  instrument: { kind: 'text', value: 'symbol', help: 'show the book of this instrument' },
  depth: { kind: 'whole', min: 1, default: DEFAULT_DEPTH, help: 'show so many levels a side' },
  at: {
    kind: 'text',
    value: 'time',
    help: 'show the book as of then: time of day in New York, ISO, or nanoseconds since 1970',
    otherwise: 'the end',
  },
  atSequence: {
    kind: 'whole',
    min: 0,
    help: 'show the book after this message of the last run',
    otherwise: 'the end',
  },
  ...BOOK_FEED_FLAGS,
  ...END_FLAGS,
} as const
