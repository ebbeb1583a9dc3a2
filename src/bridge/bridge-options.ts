import { badOption } from '../foundation/errors.js'
import { optionName } from '../foundation/option-name.js'
import type { OptionTable, TableOf } from '../run/options/declaration.js'
import type { NatsAccessOptions } from '../run/options/nats-options.js'
import { RECEIVE_OPTIONS, type ReceiveOptions } from '../run/options/receive-options.js'

/** Options of `receive` that say what becomes of messages here, where they go to a stream. */
const NOT_HERE = [
  'handler',
  'workNs',
  'whenBehind',
  'behindLimit',
  'conflateMessages',
  'profile',
  'profileRecords',
  'stages',
  'onGap',
  'onStatus',
  'onSkip',
  'onTop',
] as const

type FeedOptions = Omit<ReceiveOptions, (typeof NOT_HERE)[number] | keyof NatsAccessOptions>

/** What only a bridge has. */
export interface StreamOptions extends NatsAccessOptions {
  /** Make the stream if it is not there, and see that it is as the other options say. */
  readonly create?: boolean | undefined
  readonly storage?: 'file' | 'memory' | undefined
  readonly replicas?: number | undefined
  readonly retention?: 'limits' | 'interest' | 'workqueue' | undefined
  /** Limits of the stream: the oldest batches go. Default: the server's. */
  readonly maxBytes?: number | undefined
  readonly maxAgeMs?: number | undefined
  readonly maxBatches?: number | undefined
  /** How long the stream knows a batch by its id. Default: the server's, two minutes. */
  readonly duplicateWindowMs?: number | undefined
  /**
   * Keep the last bid, ask and trade of each instrument in the stream `STREAM-last`, as far as single messages
   * of the protocol tell them; with `books` the tops of all books too. Default: if that stream is there, or with
   * `create` or `books`.
   */
  readonly last?: boolean | undefined
  /**
   * Shards of instruments, each with a subject of its own, `tickwire.NAME.K`; what is about no instrument is in
   * each. Default 1: one subject for the feed.
   */
  readonly shards?: number | undefined
  /** A folder for what waits while the stream is away. Default: it waits in memory, as far as it fits. */
  readonly spill?: string | undefined
  /** Memory for what waits, a power of two. Default 16 MiB. */
  readonly backlogBytes?: number | undefined
  /** Batches whose acknowledgement may be awaited. Default 512. */
  readonly maxInFlight?: number | undefined
  /** An acknowledgement is waited for so long before its batch is sent again. Default 2,000. */
  readonly ackWaitMs?: number | undefined
  /** At the end the stream is waited for so long. Default 5,000. */
  readonly drainMs?: number | undefined
}

/** How to publish a feed to a stream. `to` is all that has no default. */
export interface BridgeOptions extends FeedOptions, StreamOptions {
  /** The stream: `nats://HOST:PORT/STREAM`. */
  readonly to: string
}

/** Each batch becomes so many messages of the stream. */
const MAX_SHARDS = 1024

const STREAM_TABLE = {
  create: {
    kind: 'switch',
    default: false,
    help: 'make the stream if it is not there',
  },
  storage: {
    kind: 'choice',
    choices: ['file', 'memory'],
    otherwise: "the server's: file",
    help: 'keep the stream there',
  },
  replicas: {
    kind: 'whole',
    min: 1,
    max: 5,
    otherwise: "the server's: 1",
    help: 'keep the stream on this many servers',
  },
  retention: {
    kind: 'choice',
    choices: ['limits', 'interest', 'workqueue'],
    otherwise: "the server's: limits",
    help: 'keep batches until a limit, or while somebody wants them',
  },
  maxBytes: { kind: 'whole', min: 1, otherwise: 'none', help: 'let the stream grow to this size' },
  maxAgeMs: { kind: 'whole', min: 1, otherwise: 'none', help: 'keep batches for this long' },
  maxBatches: { kind: 'whole', min: 1, otherwise: 'none', help: 'keep this many batches' },
  duplicateWindowMs: {
    kind: 'whole',
    min: 100,
    otherwise: "the server's: 120000",
    help: 'have the stream know a batch again for this long',
  },
  last: {
    kind: 'switch',
    otherwise: 'if its stream is there, or with --create or --books',
    help: 'keep the last values of each instrument in STREAM-last',
  },
  shards: {
    kind: 'whole',
    min: 1,
    max: MAX_SHARDS,
    default: 1,
    help: 'publish under a subject for each of so many shards of instruments',
  },
  spill: {
    kind: 'text',
    value: 'folder',
    otherwise: 'wait in memory',
    help: 'write what waits for the stream to this folder',
  },
  backlogBytes: {
    kind: 'whole',
    min: 65_536,
    max: 2 ** 30,
    default: 2 ** 24,
    help: 'let this much wait in memory, a power of two',
  },
  maxInFlight: {
    kind: 'whole',
    min: 1,
    max: 65_536,
    default: 512,
    help: 'await the acknowledgements of this many batches at once',
  },
  ackWaitMs: {
    kind: 'whole',
    min: 10,
    default: 2000,
    help: 'send a batch again whose acknowledgement takes longer',
  },
  drainMs: {
    kind: 'whole',
    min: 0,
    default: 5000,
    help: 'wait this long for the stream at the end',
  },
} as const satisfies OptionTable

const { default: _, ...ANY_THREAD } = RECEIVE_OPTIONS.handlerThread
/** Without a default of its own: it depends on the machine. */
const HANDLING = {
  ...ANY_THREAD,
  otherwise: 'inline with fewer cores than lines and two more, else own',
} as const satisfies OptionTable[string]

const BOOKS = {
  ...RECEIVE_OPTIONS.books,
  help: 'build the books of all instruments, and keep their tops in STREAM-last',
} as const satisfies OptionTable[string]

type HereTable = Omit<typeof RECEIVE_OPTIONS, (typeof NOT_HERE)[number] | 'handlerThread' | 'books'>

/** Each option of `bridge` but `to`. */
export const BRIDGE_OPTIONS = {
  ...without(RECEIVE_OPTIONS),
  handlerThread: HANDLING,
  books: BOOKS,
  ...STREAM_TABLE,
} satisfies TableOf<Omit<BridgeOptions, 'to'>>

/** Names of what is not an option of `receive`. */
export const STREAM_OPTION_NAMES = [...Object.keys(STREAM_TABLE), 'to'] as readonly string[]

function without(table: typeof RECEIVE_OPTIONS): HereTable {
  const here = Object.entries(table).filter(
    ([name]) =>
      !['handlerThread', 'books'].includes(name) && !(NOT_HERE as readonly string[]).includes(name),
  )
  return Object.fromEntries(here) as HereTable
}

/** @throws {TickwireError} TW_BAD_OPTION for what means nothing beside the rest */
export function refuseMeaningless(options: BridgeOptions): void {
  if (options.recoverWaitMs === 0) {
    throw badOption(
      `${optionName('recoverWaitMs')} is 0, and a stream holds a feed in its order`,
      'Give a time, or leave it out: 50.',
    )
  }
  if (options.books === true && options.last === false) {
    throw badOption(
      `${optionName('books')} keeps tops among the last values, and ${optionName('last')} is false`,
      `Leave ${optionName('last')} out, or build no books.`,
    )
  }
  const { backlogBytes = 2 ** 24 } = options
  if (!Number.isInteger(Math.log2(backlogBytes))) {
    throw badOption(`${optionName('backlogBytes')} is ${backlogBytes}`, 'Give a power of two.')
  }
}
