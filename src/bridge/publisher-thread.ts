import { setTimeout as sleep } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import type { SessionEpoch } from '../foundation/clock.js'
import { createBookKeeper } from '../run/handling/create-book-keeper.js'
import { countersOf, type RunCounters } from '../run/memory/run-counters.js'
import type { BooksPlan } from '../run/options/books-plan.js'
import { threadMain } from '../run/thread/thread-port.js'
import { connectNats, type NatsClientOptions } from '../transport/nats/nats-client.js'
import {
  lastStream,
  lastSubject,
  type NatsAccess,
  type NatsEndpoint,
} from '../transport/nats/nats-url.js'
import { type StreamWish, setUpStream, streamInfo } from '../transport/nats/stream-setup.js'
import type { BatchFraming } from '../wire/bridged/batch-headers.js'
import { BookTops } from './book-tops.js'
import { FeedSubjects } from './feed-subjects.js'
import { LastValues } from './last-values.js'
import { Publisher } from './publisher.js'
import { Spill } from './spill.js'

/** Servers hold ids for two minutes unless they are told otherwise. */
const DEFAULT_WINDOW_MS = 120_000
const NS_PER_MS = 1e6
const CLOSE_MS = 2000

/** What the publishing thread is given. */
export interface PublisherData {
  readonly endpoint: NatsEndpoint
  readonly access: NatsAccess
  readonly connection: NatsClientOptions
  readonly feed: string
  readonly create: boolean
  /** Undefined: whether there are last values follows from whether the stream for them is there. */
  readonly last: boolean | undefined
  readonly stream: StreamWish
  /** Shards of instruments, each with a subject of its own. */
  readonly shards: number
  readonly spillFolder: string | undefined
  readonly ring: SharedArrayBuffer
  readonly maxInFlight: number
  readonly maxInFlightBytes: number
  readonly ackWaitMs: number
  readonly drainMs: number
}

/** What the stream, or the disk, holds of the feed already. */
export interface PublisherReady {
  /** Undefined: nothing. */
  readonly resume: { readonly session: string; readonly next: number } | undefined
}

/** What it is told when the feed is open. */
export interface PublisherOrder {
  readonly counters: RunCounters
  readonly epoch: SessionEpoch
  readonly framing: BatchFraming
  readonly protocol: string
  /** Null: no books are built. */
  readonly books: BooksPlan | null
}

/** Publishes a feed that another thread copies into a ring. */
const data = workerData as PublisherData
threadMain<PublisherReady, null>(async (port) => {
  port.prepared()
  const { endpoint, feed } = data
  const client = await connectNats(
    endpoint,
    data.access,
    `tickwire bridge ${feed}`,
    data.connection,
  )
  const { connection } = client
  try {
    const info = await setUpStream(client, endpoint.stream, data.stream, data.create)
    const withLast = await setUpLast()
    const spill = data.spillFolder === undefined ? undefined : new Spill(data.spillFolder, feed)
    const subjects = new FeedSubjects(client, endpoint.stream, feed, data.shards)
    await subjects.check()
    const stored = (await subjects.last())?.facts
    const waiting = spill?.last
    const last = waiting !== undefined && waiting.run >= (stored?.run ?? 0) ? waiting : stored
    const stop = port.order<null>('stop')
    const ordered = port.order<PublisherOrder>('start')
    port.ready({
      resume:
        last === undefined ? undefined : { session: last.session, next: last.first + last.count },
    })
    const order = await Promise.race([ordered, stop.then(() => undefined)])
    if (order === undefined) return
    const { epoch, framing, protocol } = order
    const counts = countersOf(order.counters, 'bridge')
    const bridge = `${connection.info?.client_id ?? 0}-${process.pid}-${Date.now().toString(36)}`
    const origin = { framing, protocol, bridge }
    subjects.describe(framing, protocol)
    const tops =
      order.books === null
        ? undefined
        : new BookTops(createBookKeeper(order, order.books), framing === 'iex-tp')
    const publisher = new Publisher({
      client,
      feed,
      subjects,
      origin,
      limits: {
        maxInFlight: data.maxInFlight,
        maxInFlightBytes: data.maxInFlightBytes,
        ackWaitMs: data.ackWaitMs,
        duplicateWindowMs: info.config.duplicate_window / NS_PER_MS || DEFAULT_WINDOW_MS,
      },
      counts,
      ring: data.ring,
      epoch,
      spill,
      tops,
      lastValues: withLast
        ? new LastValues(client, lastSubject(feed), counts, origin, epoch, tops)
        : undefined,
      drainMs: data.drainMs,
    })
    stop.then(() => publisher.stop())
    await publisher.run()
    port.done(null)
  } finally {
    await Promise.race([connection.close(), sleep(CLOSE_MS, undefined, { ref: false })])
  }

  /** Whether last values are published. */
  async function setUpLast(): Promise<boolean> {
    if (data.last === false) return false
    const name = lastStream(endpoint.stream)
    if (data.last === undefined && !data.create) {
      return (await streamInfo(client, name)) !== undefined
    }
    const wish: StreamWish = {
      subjects: [lastSubject(feed), `${lastSubject(feed)}.>`],
      storage: data.stream.storage,
      replicas: data.stream.replicas,
      retention: undefined,
      maxBytes: undefined,
      maxAgeMs: undefined,
      maxMessages: undefined,
      maxMessagesPerSubject: 1,
      duplicateWindowMs: undefined,
      description: 'The last values of the feeds that tickwire publishes',
    }
    await setUpStream(client, name, wish, data.create)
    return true
  }
})
