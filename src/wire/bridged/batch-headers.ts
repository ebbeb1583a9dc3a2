import { crc32 } from 'node:zlib'
import type { CaptureFramingName } from '../framing.js'

/**
 * A batch of a feed as one message of a stream: the body is a datagram of the feed's framing with messages
 * that follow one another, or empty; the headers say which they are, and what of the feed before them is
 * missing and why.
 *
 * ```
 *   sequence      after            first                       first + count
 *                 v                v                           v
 *   ---- … -------+--- missing ----+------ messages -----------+---- the next batch …
 *                   ring=2,network=5   the body
 * ```
 *
 * The batches of one bridge cover a run without holes: each begins with `after`, where the one before it
 * ended. So a subscriber knows a hole in the stream, which will be filled, from messages that the feed
 * lost, which nobody has.
 */
export const BATCH_VERSION = 1
/** That of a part of a batch, for one shard of instruments. */
export const PART_VERSION = 2

/**
 * Framings whose datagrams can be cut and joined, as batches do. A packet of `mdp3` has one sequence for all
 * its messages, and `binaryfile` is none of datagrams.
 */
export const BATCH_FRAMINGS = ['raw', 'moldudp64', 'iex-tp'] as const
export type BatchFraming = (typeof BATCH_FRAMINGS)[number]

/** Whether a feed of this framing can be published in batches. */
export function isBatchFraming(name: CaptureFramingName): name is BatchFraming {
  return (BATCH_FRAMINGS as readonly string[]).includes(name)
}

/** A batch ends before each sequence that is a multiple of this, so that two bridges cut alike. */
export const BATCH_SEQUENCES = 128
/** A batch takes no further message that would make its body longer. */
export const BATCH_BYTES = 32 * 1024

export const BATCH_HEADER = {
  version: 'Tickwire-Version',
  framing: 'Tickwire-Framing',
  protocol: 'Tickwire-Protocol',
  session: 'Tickwire-Session',
  run: 'Tickwire-Run',
  first: 'Tickwire-First',
  count: 'Tickwire-Count',
  after: 'Tickwire-After',
  missing: 'Tickwire-Missing',
  received: 'Tickwire-Received',
  checksum: 'Tickwire-Crc32',
  bridge: 'Tickwire-Bridge',
  event: 'Tickwire-Event',
  former: 'Tickwire-Former',
  shard: 'Tickwire-Shard',
} as const

/** Why messages are missing, in the order of the places in `parts`: as the ledger calls it. */
export const MISSING_CAUSES = [
  'ring',
  'invalid',
  'kernel',
  'network',
  'cutOff',
  'unrecovered',
] as const

const UNKNOWN = 'unknown'

/** What a bridge tells of its feed that is no message. */
export const BATCH_EVENTS = ['stale', 'live', 'end-of-session'] as const
export type BatchEvent = (typeof BATCH_EVENTS)[number]

/** Which part of a batch: that for the instruments of one shard. */
export interface ShardPart {
  readonly index: number
  readonly of: number
}

/** What the headers of a batch say. */
export interface BatchFacts {
  readonly framing: BatchFraming
  /** The name of the feed's protocol, as the option `protocol` has it. */
  readonly protocol: string
  /** The publisher's session; empty where the framing has none. */
  readonly session: string
  /** Which run of the publisher this is, counted from 1 in the stream: it grows with each restart. */
  readonly run: number
  /** The sequence of the first message in the feed; without messages, of the next one. */
  readonly first: number
  readonly count: number
  /** Where the batch before it ended: what lies between is missing. */
  readonly after: number
  /** How many messages of those are missing for which cause, as MISSING_CAUSES has them. */
  readonly missing: readonly number[]
  /** When the first and the last message were received, ns since 1970 in decimal; empty: nobody knows. */
  readonly firstReceivedNs: string
  readonly lastReceivedNs: string
  /** Who published it. */
  readonly bridge: string
  readonly event: BatchEvent | null
  /**
   * Of the first batch of a run: the sequence behind the last message of the run before, NaN if the bridge
   * does not know it. Null: there is a batch before this one in the run.
   */
  readonly former: number | null
  /**
   * Undefined: the batch is whole. A part stands for the same sequences as the batch: those whose messages are
   * not in it are in the parts of other shards, and not missing.
   */
  readonly part?: ShardPart | undefined
}

/** Headers, however a client of the stream holds them. */
export interface HeaderReader {
  get(name: string): string
}

/**
 * The id by which the stream knows a batch from a copy of it. First AND last sequence: two bridges that cut
 * by time cut differently, and both batches have to be stored.
 */
export function batchId(feed: string, facts: BatchFacts): string {
  const { session, run, after, first, count, event, part } = facts
  const subject = part === undefined ? feed : `${feed}.${part.index}/${part.of}`
  const name = encodeURIComponent(session)
  const told = count > 0 ? '' : `-${event ?? 'none'}-${after}-${facts.bridge}`
  return `${subject}:${name}:${run}:${first}-${first + count - 1}${told}`
}

/** The headers of a batch, in pairs. */
export function batchHeaders(facts: BatchFacts, body: Uint8Array): [string, string][] {
  const { missing, firstReceivedNs, lastReceivedNs, event, part } = facts
  const causes = MISSING_CAUSES.flatMap((cause, i) => {
    const count = missing[i] ?? 0
    return count > 0 ? [`${cause}=${count}`] : []
  })
  const pairs: [string, string][] = [
    [BATCH_HEADER.version, `${part === undefined ? BATCH_VERSION : PART_VERSION}`],
    [BATCH_HEADER.framing, facts.framing],
    [BATCH_HEADER.protocol, facts.protocol],
    [BATCH_HEADER.session, encodeURIComponent(facts.session)],
    [BATCH_HEADER.run, `${facts.run}`],
    [BATCH_HEADER.first, `${facts.first}`],
    [BATCH_HEADER.count, `${facts.count}`],
    [BATCH_HEADER.after, `${facts.after}`],
    [BATCH_HEADER.checksum, checksumOf(body)],
    [BATCH_HEADER.bridge, facts.bridge],
  ]
  if (causes.length > 0) pairs.push([BATCH_HEADER.missing, causes.join(',')])
  if (firstReceivedNs !== '') {
    pairs.push([BATCH_HEADER.received, `${firstReceivedNs}-${lastReceivedNs}`])
  }
  if (event !== null) pairs.push([BATCH_HEADER.event, event])
  if (part !== undefined) pairs.push([BATCH_HEADER.shard, `${part.index}/${part.of}`])
  if (facts.former !== null) {
    pairs.push([BATCH_HEADER.former, Number.isNaN(facts.former) ? UNKNOWN : `${facts.former}`])
  }
  return pairs
}

/**
 * What the headers of a message say, or why it is no batch that can be read.
 *
 * @param body undefined: it was not fetched, and its checksum is not looked at
 */
export function readBatch(
  headers: HeaderReader,
  body: Uint8Array | undefined,
): BatchFacts | string {
  const version = headers.get(BATCH_HEADER.version)
  const part = readPart(headers.get(BATCH_HEADER.shard))
  if (version !== `${part === undefined ? BATCH_VERSION : PART_VERSION}`) {
    return version === '' ? 'it has no headers of a bridge' : `its version is ${version}`
  }
  const framing = BATCH_FRAMINGS.find((name) => name === headers.get(BATCH_HEADER.framing))
  if (framing === undefined) return `its framing is "${headers.get(BATCH_HEADER.framing)}"`
  const run = whole(headers.get(BATCH_HEADER.run))
  const first = whole(headers.get(BATCH_HEADER.first))
  const count = whole(headers.get(BATCH_HEADER.count))
  const after = whole(headers.get(BATCH_HEADER.after))
  const sound = run >= 1 && first >= after && after >= 0 && count >= 0 && first + count < 2 ** 53
  if (!sound) return 'its run, first sequence or count is none'
  if (body !== undefined && checksumOf(body) !== headers.get(BATCH_HEADER.checksum)) {
    return 'its checksum is wrong'
  }
  const [firstReceivedNs = '', lastReceivedNs = ''] = headers.get(BATCH_HEADER.received).split('-')
  const event = headers.get(BATCH_HEADER.event)
  const former = headers.get(BATCH_HEADER.former)
  return {
    framing,
    protocol: headers.get(BATCH_HEADER.protocol),
    session: decoded(headers.get(BATCH_HEADER.session)),
    run,
    first,
    count,
    after,
    missing: readMissing(headers.get(BATCH_HEADER.missing), first - after),
    firstReceivedNs,
    lastReceivedNs,
    bridge: headers.get(BATCH_HEADER.bridge),
    event: BATCH_EVENTS.find((one) => one === event) ?? null,
    former: former === '' ? null : whole(former),
    ...(part === undefined ? {} : { part }),
  }
}

function checksumOf(body: Uint8Array): string {
  return crc32(body).toString(16).padStart(8, '0')
}

/** What is not said to have another cause, the network has lost. */
function readMissing(text: string, total: number): number[] {
  const parts = MISSING_CAUSES.map(() => 0)
  let left = total
  for (const one of text === '' ? [] : text.split(',')) {
    const [cause = '', count = ''] = one.split('=')
    const place = MISSING_CAUSES.indexOf(cause as (typeof MISSING_CAUSES)[number])
    const taken = Math.min(left, Math.max(0, whole(count)))
    if (place < 0 || Number.isNaN(taken)) continue
    parts[place] = (parts[place] ?? 0) + taken
    left -= taken
  }
  const network = MISSING_CAUSES.indexOf('network')
  parts[network] = (parts[network] ?? 0) + left
  return parts
}

function readPart(text: string): ShardPart | undefined {
  const [index = '', of = ''] = text.split('/')
  const part = { index: whole(index), of: whole(of) }
  return part.index < part.of ? part : undefined
}

/** NaN if it is no whole number. */
function whole(text: string): number {
  return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
