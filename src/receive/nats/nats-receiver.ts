import { SUBSCRIBER } from '../../account/bridge-counters.js'
import { distrustTop } from '../../account/last-top.js'
import { LINE } from '../../account/line-counters.js'
import { TickwireError } from '../../foundation/errors.js'
import { NS_PER_SECOND } from '../../foundation/units.js'
import type { Doorbell } from '../../ring/doorbell.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import {
  connectNats,
  type JsMsg,
  type NatsClient,
  type NatsClientOptions,
} from '../../transport/nats/nats-client.js'
import {
  feedSubject,
  lastStream,
  lastSubject,
  type NatsAccess,
  type NatsEndpoint,
} from '../../transport/nats/nats-url.js'
import { type StoredBatch, StreamLog } from '../../transport/nats/stream-log.js'
import { streamInfo } from '../../transport/nats/stream-setup.js'
import { type BatchFacts, readBatch } from '../../wire/bridged/batch-headers.js'
import {
  ENVELOPE_BYTES,
  ENVELOPE_EVENT,
  type Envelope,
  writeEnvelope,
} from '../../wire/bridged/bridged-framing.js'
import {
  type AsOf,
  type LastTop,
  type LastValue,
  readAsOf,
  readLastTop,
  readLastValue,
} from '../../wire/bridged/last-value.js'
import type { FramingName } from '../../wire/framing.js'
import { type Stitched, Stitcher } from './stitcher.js'

const STOP_LOOK_MS = 5
const TICK_MS = 10
/** How long the wait for room in the ring sleeps between two looks. */
const ROOM_MS = 2
/** The server ends a request for messages after so long, and the client makes the next one. */
const EXPIRES_MS = 5000
/** A server that is gone is missed after two of these. */
const HEARTBEAT_MS = 1000
const MESSAGES_AHEAD = 256
/** Before a stream that could not be read is tried again. */
const RETRY_MS = 200
/** Batches that may lie out of order around the one that was looked for. */
const MARGIN = 1024
const NS_DIGITS = 9

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

/** What of a run a subscriber shares with its threads. */
export interface NatsRun {
  readonly ring: SharedArrayBuffer
  readonly handlerBell: Doorbell
  readonly line: Float64Array
  readonly counts: Float64Array
  readonly framing: FramingName
  readonly stopping: () => boolean
  readonly handlerGone: () => boolean
}

/**
 * Reads a feed that a bridge publishes, on the event loop of a thread of its own, and fills a slot ring
 * with its batches in order. The stream is the queue: while the ring is full nothing is taken from it.
 */
export class NatsReceiver {
  readonly #source: NatsSource
  #client: NatsClient | undefined
  #feed = ''
  #subject = ''
  /** The batch that was last when the subscriber looked. */
  #last: StoredBatch | undefined

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
      this.#subject = feedSubject(this.#feed)
      this.#last = await new StreamLog(client, endpoint.stream, this.#subject).last()
    } catch (error) {
      await client.connection.close()
      throw error
    }
    const facts = this.#last?.facts
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

  async #read(client: NatsClient, run: NatsRun, stop: AbortSignal): Promise<void> {
    const writer = new EnvelopeWriter(run)
    const begin = await this.#begin(client, writer)
    const stitcher = new Stitcher(begin.sequence)
    const note = () => noteStitching(run.counts, stitcher)
    const ticks = setInterval(() => {
      writer.put(stitcher.tick(performance.now()))
      note()
    }, TICK_MS)
    const filter = timeFilter(this.#source.from)
    try {
      while (!stop.aborted) {
        try {
          for await (const message of await this.#consume(client, begin, stop)) {
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
    begin: Begin,
    stop: AbortSignal,
  ): Promise<AsyncIterable<JsMsg>> {
    const { DeliverPolicy } = client.jetstream
    const opening = client.client.consumers
      .get(this.#source.endpoint.stream, {
        filter_subjects: this.#subject,
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
    const { from, endpoint } = this.#source
    const log = new StreamLog(client, endpoint.stream, this.#subject)
    const latest = this.#last
    if (latest === undefined || from.kind === 'start') {
      return { streamSequence: 1, sequence: Number.NaN }
    }
    if (from.kind === 'now') {
      return { streamSequence: latest.streamSequence + 1, sequence: Number.NaN }
    }
    if (from.kind === 'time') {
      const wanted = BigInt(from.ns)
      const found = await log.find(({ lastReceivedNs }) => BigInt(lastReceivedNs || '0') < wanted)
      const at = found ?? latest.streamSequence + 1
      return { streamSequence: Math.max(1, at - MARGIN), sequence: Number.NaN }
    }
    const { run } = latest.facts
    let { sequence } = from.kind === 'sequence' ? from : { sequence: Number.NaN }
    if (from.kind === 'last') {
      sequence = await this.#readLastValues(client, run, writer)
      if (Number.isNaN(sequence)) {
        return { streamSequence: latest.streamSequence + 1, sequence }
      }
    }
    const found = await log.find(
      (facts) => facts.run < run || (facts.run === run && facts.first + facts.count <= sequence),
    )
    const first = await log.find((facts) => facts.run < run)
    const at = found ?? latest.streamSequence + 1
    return { streamSequence: Math.max(first ?? 1, at - MARGIN), sequence }
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
}

const NOTHING: AsyncIterable<JsMsg> = { async *[Symbol.asyncIterator]() {} }

/** The feed to read: the one that was named, or the stream's own, or the only one. */
async function findFeed(client: NatsClient, { stream, feed }: NatsEndpoint): Promise<string> {
  if (feed !== undefined) return feed
  const info = await streamInfo(client, stream)
  if (info === undefined) {
    throw new TickwireError(
      'TW_STREAM',
      `The server has no stream ${stream}`,
      'Start the bridge first, with --create, or look at the name.',
    )
  }
  const found = await client.manager.streams.info(stream, { subjects_filter: 'tickwire.*' })
  const feeds = Object.keys(found.state.subjects ?? {}).map((one) => one.slice('tickwire.'.length))
  if (feeds.length === 0 || feeds.includes(stream)) return stream
  const [only, other] = feeds
  if (only !== undefined && other === undefined) return only
  throw new TickwireError(
    'TW_BAD_OPTION',
    `The stream ${stream} holds several feeds: ${feeds.join(', ')}`,
    `Name one: nats://…/${stream}?feed=${only}`,
  )
}

interface Stored {
  readonly body: Uint8Array
}

/** What a stream of last values holds of a feed, tops in the order of their sequences. */
interface Last {
  readonly values: (LastValue & Stored)[]
  readonly tops: (LastTop & Stored)[]
}

/** What a top is handed over as. A bridge that says how far all goes knows nothing of what others have left. */
function believed(top: LastTop & Stored, asOf: AsOf): Uint8Array | undefined {
  const own = top.bridge !== '' && top.bridge === asOf.bridge
  return own ? top.body : distrustTop(top.body)
}

async function readLast(client: NatsClient, stream: string, subject: string): Promise<Last> {
  const { DeliverPolicy } = client.jetstream
  const consumer = await client.client.consumers.get(stream, {
    filter_subjects: subject,
    deliver_policy: DeliverPolicy.LastPerSubject,
  })
  const { num_pending: pending } = await consumer.info()
  const last: Last = { values: [], tops: [] }
  if (pending === 0) return last
  const messages = await consumer.consume({ max_messages: MESSAGES_AHEAD, expires: EXPIRES_MS })
  for await (const message of messages) {
    const { headers, data: body } = message
    const top = headers === undefined ? undefined : readLastTop(headers)
    const value = headers === undefined ? undefined : readLastValue(headers)
    if (top !== undefined) last.tops.push({ ...top, body })
    else if (value !== undefined) last.values.push({ ...value, body })
    if (message.info.pending === 0) break
  }
  messages.stop()
  last.tops.sort((a, b) => a.sequence - b.sequence)
  return last
}

const TOP_ENVELOPE: Envelope = {
  event: ENVELOPE_EVENT.top,
  ...{ skip: 0, run: 0, reached: 0, first: 0, missing: [], skipped: 0 },
}

/** Writes what comes next into the ring, as far as there is room, and the rest in order behind it. */
class EnvelopeWriter {
  readonly #run: NatsRun
  readonly #producer: SlotProducer
  readonly #waiting: Stitched[] = []
  #full = false

  constructor(run: NatsRun) {
    this.#run = run
    this.#producer = new SlotProducer(run.ring)
  }

  put(stitched: readonly Stitched[]): void {
    for (const one of stitched) this.#waiting.push(one)
    this.#write()
  }

  /** The top of a book, which is no message of the feed. */
  putTop(body: Uint8Array): void {
    this.#waiting.push({ envelope: TOP_ENVELOPE, body, facts: undefined })
    this.#run.counts[SUBSCRIBER.lastTops] += 1
    this.#write()
  }

  /** A last value, before which newer ones were skipped. */
  putValue(run: number, reached: number, sequence: number, body: Uint8Array): void {
    this.#putSkipped(run, reached, sequence, body)
  }

  putSkip(run: number, reached: number, next: number): void {
    if (next > reached) this.#putSkipped(run, reached, next, new Uint8Array(0))
  }

  /** Settles when all is in the ring, or nobody waits any more. */
  async drained(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#run.handlerGone()) {
      this.#write()
      if (this.#waiting.length === 0) return
      const { spaceBell } = this.#producer
      spaceBell.arm()
      if (this.#producer.claim(1) > 0) spaceBell.disarm()
      else await spaceBell.waitAsync(ROOM_MS)
    }
  }

  #putSkipped(run: number, reached: number, first: number, body: Uint8Array): void {
    const envelope = {
      event: ENVELOPE_EVENT.none,
      skip: 0,
      run,
      reached,
      first,
      missing: [],
      skipped: first - reached,
    }
    this.#waiting.push({ envelope, body, facts: undefined })
    this.#run.counts[SUBSCRIBER.lastValues] += body.length > 0 ? 1 : 0
    this.#write()
  }

  #write(): void {
    let written = 0
    for (const one of this.#waiting) {
      if (this.#producer.claim(1) === 0) {
        if (!this.#full) this.#producer.countFull()
        this.#full = true
        break
      }
      this.#full = false
      this.#writeOne(one)
      written += 1
    }
    if (written === 0) return
    this.#waiting.splice(0, written)
    this.#run.handlerBell.ring()
  }

  #writeOne({ envelope, body, facts }: Stitched): void {
    const producer = this.#producer
    const index = producer.claimedIndex
    writeEnvelope(producer.bytes, producer.slotOffset(index), envelope)
    const room = producer.layout.slotBytes - ENVELOPE_BYTES
    const fitting = body.length <= room ? body : body.subarray(0, room)
    producer.copy(index, fitting, ENVELOPE_BYTES)
    producer.setLength(index, ENVELOPE_BYTES + fitting.length)
    const received = facts?.firstReceivedNs ?? ''
    if (received.length > NS_DIGITS) {
      const seconds = Number(received.slice(0, -NS_DIGITS))
      producer.setReceived(index, seconds, Number(received.slice(-NS_DIGITS)) % NS_PER_SECOND)
    }
    producer.publish(1)
  }
}

function noteStitching(counts: Float64Array, { counts: stitched, run }: Stitcher): void {
  counts[SUBSCRIBER.duplicates] = stitched.duplicates
  counts[SUBSCRIBER.holesFilled] = stitched.holesFilled
  counts[SUBSCRIBER.holesLeft] = stitched.holesLeft
  counts[SUBSCRIBER.healed] = stitched.healed
  counts[SUBSCRIBER.run] = Number.isNaN(run) ? 0 : run
}

/** Whether a batch came before the time from which on batches are wanted. */
function timeFilter(from: NatsFrom): (facts: BatchFacts) => boolean {
  if (from.kind !== 'time') return () => false
  const wanted = BigInt(from.ns)
  let begun = false
  return ({ firstReceivedNs }) => {
    begun ||= firstReceivedNs !== '' && BigInt(firstReceivedNs) >= wanted
    return !begun
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
