import { SUBSCRIBER } from '../../account/bridge-counters.js'
import { LINE } from '../../account/line-counters.js'
import { TickwireError } from '../../foundation/errors.js'
import {
  connectNats,
  type JsMsg,
  type NatsClient,
  type NatsClientOptions,
} from '../../transport/nats/nats-client.js'
import {
  lastStream,
  lastSubject,
  type NatsAccess,
  type NatsEndpoint,
} from '../../transport/nats/nats-url.js'
import { type StoredBatch, StreamLog } from '../../transport/nats/stream-log.js'
import { streamInfo } from '../../transport/nats/stream-setup.js'
import { type BatchFacts, readBatch } from '../../wire/bridged/batch-headers.js'
import { readAsOf } from '../../wire/bridged/last-value.js'
import type { FramingName } from '../../wire/framing.js'
import { EnvelopeWriter } from './envelope-writer.js'
import { believed, readLast } from './last-reader.js'
import type { NatsRun } from './nats-run.js'
import { ShardMerger } from './shard-merger.js'
import { Stitcher } from './stitcher.js'
import { findFeed, findLayout, type StreamLayout } from './stream-layout.js'

const STOP_LOOK_MS = 5
const TICK_MS = 10
/** The server ends a request for messages after so long, and the client makes the next one. */
const EXPIRES_MS = 5000
/** A server that is gone is missed after two of these. */
const HEARTBEAT_MS = 1000
const MESSAGES_AHEAD = 256
/** Before a stream that could not be read is tried again. */
const RETRY_MS = 200
/** Batches that may lie out of order around the one that was looked for. */
const MARGIN = 1024

/** Where in a stream to begin. */
export type NatsFrom =
  | { readonly kind: 'now' | 'last' | 'start' }
  | { readonly kind: 'sequence'; readonly sequence: number }
  /** In ns since 1970, in decimal. */
  | { readonly kind: 'time'; readonly ns: string }

/** What a subscriber is told; plain data. */
export interface NatsSource {
  readonly endpoint: NatsEndpoint
  readonly access: NatsAccess
  readonly connection: NatsClientOptions
  readonly from: NatsFrom
}

/** What is known of a feed in a stream before the first batch is read. */
export interface NatsStart {
  readonly feed: string
  /** Null: nothing was published yet. */
  readonly framing: FramingName | null
  readonly protocol: string | null
}

/**
 * Reads a feed that a bridge publishes, on the event loop of a thread of its own, and fills a slot ring
 * with its batches in order. The stream is the queue: while the ring is full nothing is taken from it.
 */
export class NatsReceiver {
  readonly #source: NatsSource
  #client: NatsClient | undefined
  #feed = ''
  /** Undefined: nothing was published yet, and nobody knows under which subjects it will be. */
  #layout: StreamLayout | undefined
  /** What was last when the subscriber looked, of each subject that has something. */
  #lasts: readonly StoredBatch[] = []

  constructor(source: NatsSource) {
    this.#source = source
  }

  /** @throws {TickwireError} TW_MISSING_PACKAGE, TW_BROKER, TW_STREAM, TW_FILE_NOT_FOUND */
  async open(): Promise<NatsStart> {
    const { endpoint, access, connection } = this.#source
    const client = await connectNats(
      endpoint,
      access,
      `tickwire receive ${endpoint.stream}`,
      connection,
    )
    this.#client = client
    try {
      this.#feed = await findFeed(client, endpoint)
      this.#layout = await findLayout(client, endpoint, this.#feed)
      const lasts = await Promise.all(this.#logs(client).map((log) => log.last()))
      this.#lasts = lasts.filter((last) => last !== undefined)
    } catch (error) {
      await client.connection.close()
      throw error
    }
    const facts = this.#lasts[0]?.facts
    return {
      feed: this.#feed,
      framing: facts?.framing ?? null,
      protocol: facts?.protocol ?? null,
    }
  }

  /** Settles after a stop was asked for, and the connection is closed. */
  async run(run: NatsRun): Promise<void> {
    const client = this.#client
    if (client === undefined) return
    const stop = new AbortController()
    const looks = setInterval(() => {
      if (run.stopping() || run.handlerGone()) stop.abort()
    }, STOP_LOOK_MS)
    run.counts[SUBSCRIBER.connected] = 1
    void watchConnection(client, run.counts)
    try {
      await this.#read(client, run, stop.signal)
    } finally {
      clearInterval(looks)
      await client.connection.close().catch(() => {})
      run.line[LINE.closed] = 1
    }
  }

  /** What looks up the batches under each subject that is read. */
  #logs(client: NatsClient): StreamLog[] {
    const { stream } = this.#source.endpoint
    return (this.#layout?.subjects ?? []).map((subject) => new StreamLog(client, stream, subject))
  }

  /** Waits until something tells under which subjects the feed is. */
  async #awaitLayout(client: NatsClient, stop: AbortSignal): Promise<StreamLayout | undefined> {
    const { endpoint } = this.#source
    while (this.#layout === undefined && !stop.aborted) {
      this.#layout = await findLayout(client, endpoint, this.#feed).catch(rethrowUnlessAway)
      if (this.#layout === undefined) await sleepUnlessStopped(RETRY_MS, stop)
    }
    return this.#layout
  }

  async #read(client: NatsClient, run: NatsRun, stop: AbortSignal): Promise<void> {
    const writer = new EnvelopeWriter(run)
    const layout = await this.#awaitLayout(client, stop)
    if (layout === undefined) return
    const begin = await this.#begin(client, writer)
    const { shard } = this.#source.endpoint
    const stitcher =
      layout.shards === 1
        ? new Stitcher(begin.sequence)
        : new ShardMerger(layout.shards, shard, begin.sequence)
    const note = () => noteStitching(run.counts, stitcher)
    const ticks = setInterval(() => {
      writer.put(stitcher.tick(performance.now()))
      note()
    }, TICK_MS)
    const filter = beginFilter(this.#source.from, begin.run)
    try {
      while (!stop.aborted) {
        try {
          for await (const message of await this.#consume(client, layout.filter, begin, stop)) {
            begin.streamSequence = message.seq + 1
            run.counts[SUBSCRIBER.streamSequence] = message.seq
            const facts = this.#readBatch(message, run)
            if (facts !== undefined && !filter(facts)) {
              writer.put(stitcher.take(facts, message.data, performance.now()))
              note()
            }
            await writer.drained()
            if (stop.aborted) break
          }
        } catch (error) {
          if (error instanceof TickwireError) throw error
          // The server is away, or is not ready yet: it is asked again until it is there.
          run.counts[SUBSCRIBER.failures] += 1
        }
        if (!stop.aborted) await sleepUnlessStopped(RETRY_MS, stop)
      }
    } finally {
      clearInterval(ticks)
      writer.put(stitcher.flush(performance.now()))
      note()
      await writer.drained()
    }
  }

  #readBatch(message: JsMsg, run: NatsRun): BatchFacts | undefined {
    const { headers } = message
    const facts = headers === undefined ? 'it has no headers' : readBatch(headers, message.data)
    if (typeof facts === 'string') {
      run.counts[SUBSCRIBER.invalid] += 1
      return undefined
    }
    if (facts.framing !== run.framing) throw this.#otherFraming(facts.framing, run.framing)
    run.counts[SUBSCRIBER.batches] += 1
    run.line[LINE.datagrams] += 1
    return facts
  }

  /** Where nothing was published yet when the subscriber began, it took what it was told. */
  #otherFraming(published: FramingName, planned: FramingName): TickwireError {
    return new TickwireError(
      'TW_BAD_OPTION',
      `The feed ${this.#feed} in the stream has the framing ${published}, and is read as ${planned}`,
      `Name it (framing ${published}), or begin when something was published.`,
    )
  }

  /** A consumer of the server's that keeps the order, made again for as long as it takes. */
  async #consume(
    client: NatsClient,
    subject: string,
    begin: Begin,
    stop: AbortSignal,
  ): Promise<AsyncIterable<JsMsg>> {
    const { DeliverPolicy } = client.jetstream
    const opening = client.client.consumers
      .get(this.#source.endpoint.stream, {
        filter_subjects: subject,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: begin.streamSequence,
      })
      .then((consumer) =>
        consumer.consume({
          max_messages: MESSAGES_AHEAD,
          expires: EXPIRES_MS,
          idle_heartbeat: HEARTBEAT_MS,
        }),
      )
    const stopped = new Promise<undefined>((resolve) => {
      stop.addEventListener('abort', () => resolve(undefined), { once: true })
    })
    const messages = await Promise.race([opening, stopped])
    if (messages === undefined) {
      opening.then((late) => late.stop()).catch(() => {})
      return NOTHING
    }
    stop.addEventListener('abort', () => messages.stop(), { once: true })
    return messages
  }

  /** Where to begin, by what was asked for; last values are written at once. */
  async #begin(client: NatsClient, writer: EnvelopeWriter): Promise<Begin> {
    const { from } = this.#source
    const logs = this.#logs(client)
    const lasts = this.#lasts
    if (lasts.length === 0 || from.kind === 'start') {
      return { streamSequence: 1, sequence: Number.NaN, run: 0 }
    }
    const run = Math.max(...lasts.map(({ facts }) => facts.run))
    const behind = Math.min(...lasts.map(({ streamSequence }) => streamSequence)) + 1
    if (from.kind === 'now') return { streamSequence: behind, sequence: reachedIn(run, lasts), run }
    if (from.kind === 'time') {
      const wanted = BigInt(from.ns)
      const found = await firstFound(
        logs,
        ({ lastReceivedNs }) => BigInt(lastReceivedNs || '0') < wanted,
      )
      const at = found ?? behind
      return { streamSequence: Math.max(1, at - this.#margin), sequence: Number.NaN, run: 0 }
    }
    let { sequence } = from.kind === 'sequence' ? from : { sequence: Number.NaN }
    if (from.kind === 'last') {
      sequence = await this.#readLastValues(client, run, writer)
      if (Number.isNaN(sequence)) {
        return { streamSequence: behind, sequence: reachedIn(run, lasts), run }
      }
    }
    const found = await firstFound(
      logs,
      (facts) => facts.run < run || (facts.run === run && facts.first + facts.count <= sequence),
    )
    const first = await firstFound(logs, (facts) => facts.run < run)
    const at = found ?? behind
    return { streamSequence: Math.max(first ?? 1, at - this.#margin), sequence, run }
  }

  get #margin(): number {
    return MARGIN * (this.#layout?.subjects.length ?? 1)
  }

  /**
   * Hands over the tops of books, then the last value of each instrument, oldest first, as messages between
   * which others were skipped.
   *
   * @returns the sequence from which on the feed is to follow; NaN: there are none of this run
   */
  async #readLastValues(client: NatsClient, run: number, writer: EnvelopeWriter): Promise<number> {
    const stream = lastStream(this.#source.endpoint.stream)
    if ((await streamInfo(client, stream)) === undefined) {
      throw new TickwireError(
        'TW_STREAM',
        `The server has no stream ${stream}, where the last values would be`,
        'Let the bridge make it (bridge --create --last), or begin elsewhere: --from now.',
      )
    }
    const subject = lastSubject(this.#feed)
    const head = await client.manager.streams.getMessage(stream, { last_by_subj: subject })
    const asOf = head === null ? undefined : readAsOf(head.header)
    if (asOf === undefined || asOf.run !== run) return Number.NaN
    const { values, tops } = await readLast(client, stream, `${subject}.>`)
    for (const top of tops) {
      const body = top.run === run ? believed(top, asOf) : undefined
      if (body !== undefined) writer.putTop(body)
    }
    const known = values.filter((one) => one.run === run && one.sequence < asOf.next)
    known.sort((a, b) => a.sequence - b.sequence)
    let reached = known[0]?.sequence ?? asOf.next
    for (const { sequence, body } of known) {
      writer.putValue(run, reached, sequence, body)
      reached = sequence + 1
    }
    writer.putSkip(run, reached, asOf.next)
    return asOf.next
  }
}

interface Begin {
  streamSequence: number
  /** The first sequence of the feed that is wanted; NaN: what comes. */
  readonly sequence: number
  /** Batches of runs before this one are not wanted. */
  readonly run: number
}

const NOTHING: AsyncIterable<JsMsg> = { async *[Symbol.asyncIterator]() {} }

function noteStitching(
  counts: Float64Array,
  { counts: stitched, run }: Stitcher | ShardMerger,
): void {
  counts[SUBSCRIBER.duplicates] = stitched.duplicates
  counts[SUBSCRIBER.holesFilled] = stitched.holesFilled
  counts[SUBSCRIBER.holesLeft] = stitched.holesLeft
  counts[SUBSCRIBER.healed] = stitched.healed
  counts[SUBSCRIBER.run] = Number.isNaN(run) ? 0 : run
}

/** Where those who read several subjects begin behind what all of them have; NaN: where the next batch does. */
function reachedIn(run: number, lasts: readonly StoredBatch[]): number {
  if (lasts.length === 1) return Number.NaN
  const ends = lasts
    .filter(({ facts }) => facts.run === run)
    .map(({ facts }) => facts.first + facts.count)
  return Math.max(...ends)
}

/** The lowest of the numbers that the subjects' logs find; undefined: one has nothing there. */
async function firstFound(
  logs: readonly StreamLog[],
  isBehind: (facts: BatchFacts) => boolean,
): Promise<number | undefined> {
  const found = await Promise.all(logs.map((log) => log.find(isBehind)))
  const known = found.filter((one) => one !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** Nobody answers: that is no answer, and asked for again. */
function rethrowUnlessAway(error: unknown): undefined {
  if (error instanceof TickwireError && error.code !== 'TW_BROKER') throw error
  return undefined
}

/** Whether a batch is of a run, or came before the time, from which on batches are wanted. */
function beginFilter(from: NatsFrom, run: number): (facts: BatchFacts) => boolean {
  if (from.kind !== 'time') return (facts) => facts.run < run
  const wanted = BigInt(from.ns)
  const begun = new Set<number>()
  return ({ firstReceivedNs, part }) => {
    const subject = part?.index ?? 0
    if (firstReceivedNs !== '' && BigInt(firstReceivedNs) >= wanted) begun.add(subject)
    return !begun.has(subject)
  }
}

async function watchConnection({ connection }: NatsClient, counts: Float64Array): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === 'disconnect') counts[SUBSCRIBER.connected] = 0
    if (type !== 'reconnect') continue
    counts[SUBSCRIBER.connected] = 1
    counts[SUBSCRIBER.reconnects] += 1
  }
}

function sleepUnlessStopped(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    stop.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
