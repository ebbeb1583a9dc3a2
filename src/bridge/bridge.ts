import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { badOption, TickwireError } from '../foundation/errors.js'
import { optionName, optionText } from '../foundation/option-name.js'
import { shouldUseLibc } from '../native/libc.js'
import { createRecordRing } from '../ring/record-ring.js'
import type { BridgeReport } from '../run/feed/bridge-report.js'
import type { Feed } from '../run/feed/feed.js'
import { FeedFailure } from '../run/feed/feed-failure.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import { letWatch, watchedRun } from '../run/memory/watched-run.js'
import { readOptions } from '../run/options/declaration.js'
import { endpointTexts } from '../run/options/endpoint-names.js'
import { natsAccess } from '../run/options/nats-options.js'
import type { ReceiveOptions } from '../run/options/receive-options.js'
import { receiveFeed } from '../run/receive.js'
import type { EntryModule } from '../run/thread/start-worker.js'
import { Thread } from '../run/thread/thread.js'
import { parseFeedUrl } from '../transport/feed-url.js'
import {
  feedSubject,
  feedSubjects,
  isNatsUrl,
  type NatsEndpoint,
  parseNatsUrl,
} from '../transport/nats/nats-url.js'
import { BATCH_FRAMINGS, isBatchFraming } from '../wire/bridged/batch-headers.js'
import {
  BRIDGE_OPTIONS,
  type BridgeOptions,
  refuseMeaningless,
  STREAM_OPTION_NAMES,
} from './bridge-options.js'
import { canBeSharded } from './feed-subjects.js'
import { handlingThread } from './handling-thread.js'
import type { PublisherData, PublisherOrder, PublisherReady } from './publisher-thread.js'
import { SHARD_PROTOCOLS } from './shard-of.js'

/** Bytes of batches whose acknowledgement may be awaited: what a server takes from one client at once. */
const MAX_IN_FLIGHT_BYTES = 8 * 2 ** 20
/** Gaps are waited for, so that a stream holds a feed in its order. */
const ORDER_WAIT_MS = 50

const PUBLISHER: EntryModule = {
  url: new URL('./publisher-thread.js', import.meta.url),
  start: (options) => new Worker(new URL('./publisher-thread.js', import.meta.url), options),
}

/** What happened: the report of the feed, and what became of it in the stream. */
export interface BridgeRunReport extends Omit<ReceiveReport, 'command'> {
  readonly command: 'bridge'
  /** The stream, and the subject in it. */
  readonly to: string
  readonly subject: string
  readonly bridge: BridgeReport
}

/** A bridge that ended with an error; what was published is in `report`. */
export class BridgeFailure extends TickwireError {
  readonly report: BridgeRunReport

  constructor(cause: TickwireError, report: BridgeRunReport) {
    super(cause.code, cause.what, cause.remedy, { cause: cause.cause ?? cause })
    this.report = report
  }
}

/** A feed that is being published. For the thread that called `bridge`. */
export class Bridge implements AsyncDisposable {
  /** Settles with the report when the feed has ended and the stream has all of it, or did not take it. */
  readonly finished: Promise<BridgeRunReport>
  readonly endpoints: readonly string[]
  readonly to: string
  readonly subject: string
  readonly #feed: Feed
  readonly #publisher: Thread<PublisherReady, null>

  constructor(feed: Feed, publisher: Thread<PublisherReady, null>, to: NatsEndpoint, name: string) {
    this.#feed = feed
    this.#publisher = publisher
    this.endpoints = feed.endpoints
    this.to = to.url
    this.subject = feedSubject(name)
    this.finished = this.#run()
    this.finished.catch(() => {})
    const watched = watchedRun(feed)
    if (watched !== undefined) letWatch(this, watched)
  }

  /** A report of what has happened so far. */
  stats(): BridgeRunReport {
    return this.#reportOf(this.#feed.stats())
  }

  /** Ends the run: what was received is still published, as long as `drainMs` allows. */
  async stop(): Promise<BridgeRunReport> {
    this.#feed.stop().catch(() => {})
    return this.finished
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #run(): Promise<BridgeRunReport> {
    const lost = this.#publisher.done.then(
      () => undefined,
      (error: TickwireError) => error,
    )
    // Without anybody who publishes there is nothing to receive for.
    lost.then((error) => {
      if (error !== undefined) this.#feed.stop().catch(() => {})
    })
    let failure: TickwireError | undefined
    try {
      await this.#feed.finished
    } catch (error) {
      if (!(error instanceof FeedFailure)) throw error
      failure = error
    }
    this.#publisher.order('stop', null)
    failure ??= await lost
    await lost
    await this.#publisher.gone
    const report = this.stats()
    if (failure !== undefined) throw new BridgeFailure(failure, { ...report, endedBy: 'failure' })
    return report
  }

  #reportOf(report: ReceiveReport): BridgeRunReport {
    const { command: _, ...rest } = report
    return {
      command: 'bridge',
      to: this.to,
      subject: this.subject,
      ...rest,
      books: this.#feed.bookCounts(),
      bridge: this.#feed.bridgeCounts(),
    }
  }
}

/**
 * Publishes a feed to a stream of NATS JetStream, for others to `receive` from there. Resolves when the
 * stream is there and everything is bound. The thread that receives never waits for the broker.
 *
 * @throws {TickwireError} as `receive` does; TW_MISSING_PACKAGE without the NATS client, TW_BROKER, TW_STREAM
 */
export async function bridge(options: BridgeOptions): Promise<Bridge> {
  const { to, ...given } = options
  if (typeof to !== 'string') throw badOption('No stream was named', 'Give to: "nats://…/STREAM".')
  const read = readOptions(given, BRIDGE_OPTIONS)
  refuseMeaningless(options)
  const { framing: asked = 'raw' } = options
  if (asked !== 'auto' && !isBatchFraming(asked)) throw notInBatches(asked)
  const endpoint = parseNatsUrl(to)
  refuseShard(to, endpoint, endpointTexts(options))
  const name = options.name ?? endpoint.feed ?? endpoint.stream
  const ring = createRecordRing(read.backlogBytes)
  const data: PublisherData = {
    endpoint,
    access: natsAccess(options),
    connection: options.nats ?? {},
    feed: name,
    create: read.create,
    // Without last values nobody would have the tops.
    last: options.last ?? (options.books === true ? true : undefined),
    stream: {
      subjects: feedSubjects(name, read.shards),
      storage: options.storage,
      replicas: options.replicas,
      retention: options.retention,
      maxBytes: options.maxBytes,
      maxAgeMs: options.maxAgeMs,
      maxMessages: options.maxBatches,
      maxMessagesPerSubject: undefined,
      duplicateWindowMs: options.duplicateWindowMs,
      description: 'Feeds that tickwire publishes',
    },
    shards: read.shards,
    spillFolder: options.spill,
    ring,
    maxInFlight: read.maxInFlight,
    maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
    ackWaitMs: read.ackWaitMs,
    drainMs: read.drainMs,
  }
  const publisher = new Thread<PublisherReady, null>('publisher', PUBLISHER, data)
  try {
    const { resume } = await publisher.ready
    const feed = await receiveFeed(feedOptions(options, name), {
      handler: { kind: 'outlet', workNs: 0, ring, waits: isRecorded(options) },
      resume: resume ?? null,
    })
    const { framing, protocol } = feed.stats()
    if (!isBatchFraming(framing)) {
      feed.stop().catch(() => {})
      throw notInBatches(framing)
    }
    if (read.shards > 1 && !canBeSharded(protocol)) {
      feed.stop().catch(() => {})
      throw badOption(
        `${optionName('shards')} needs messages that name their instrument, and ${optionText('protocol', protocol)} has none`,
        `Name what the messages are with ${optionName('protocol')}: ${SHARD_PROTOCOLS.join(', ')}.`,
      )
    }
    publisher.order('start', {
      counters: feed.counters,
      epoch: feed.epoch,
      framing,
      protocol,
      books: feed.booksPlan,
    } satisfies PublisherOrder)
    return new Bridge(feed, publisher, endpoint, name)
  } catch (error) {
    await publisher.terminate()
    throw error
  }
}

/** One shard of a feed is no feed: what is not in it would be missing. */
function refuseShard(to: string, { shard }: NatsEndpoint, endpoints: readonly string[]): void {
  const named = endpoints.find((url) => isNatsUrl(url) && parseNatsUrl(url).shard !== undefined)
  if (shard === undefined && named === undefined) return
  throw badOption(
    `The endpoint ${shard === undefined ? named : to} names one shard, and a bridge publishes a whole feed`,
    `Leave the shard out; ${optionName('shards')} says how many there shall be.`,
  )
}

function notInBatches(framing: string): TickwireError {
  return badOption(
    `A feed with the framing ${framing} cannot be published in batches`,
    `Publish one of: ${BATCH_FRAMINGS.join(', ')}.`,
  )
}

/** What of the options is about the feed. */
function feedOptions(options: BridgeOptions, name: string): ReceiveOptions {
  const urls = endpointTexts(options)
  const remote = urls.some((url) => parseFeedUrl(url).kind === 'nats')
  const own = Object.entries(options).filter(
    ([key]) =>
      !STREAM_OPTION_NAMES.includes(key) &&
      (remote || !['creds', 'tlsCa', 'tlsCert', 'tlsKey', 'nats'].includes(key)),
  )
  const { recoverWaitMs = ORDER_WAIT_MS } = options
  const cores = availableParallelism()
  return {
    ...(Object.fromEntries(own) as ReceiveOptions),
    name,
    recoverWaitMs,
    handler: null,
    handlerThread: handlingThread(urls, options, cores, shouldUseLibc()),
  }
}

/** A recording waits for the broker; a live feed does not. */
function isRecorded(options: BridgeOptions): boolean {
  return endpointTexts(options).some((url) => parseFeedUrl(url).kind !== 'udp')
}
