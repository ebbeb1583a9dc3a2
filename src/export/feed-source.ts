import { loadProtocol } from '../codec/load-protocol.js'
import type { Protocol } from '../codec/protocols.js'
import { MarketDay } from '../codec/value/market-day.js'
import type { EndedBy } from '../foundation/ended-by.js'
import { NS_PER_SECOND } from '../foundation/units.js'
import type { Feed } from '../run/feed/feed.js'
import type { MessageBatch } from '../run/feed/feed-iterator.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import type { CaptureFraming } from '../run/options/capture-options.js'
import type { NatsOptions } from '../run/options/nats-options.js'
import type { ReceiveOptions } from '../run/options/receive-options.js'
import { receive } from '../run/receive.js'
import type { CaptureFramingName } from '../wire/framing.js'
import type { DecodeProgress, DecodeSource, SourceFacts } from './decode-source.js'
import type { MessageTally } from './message-tally.js'
import { PeakCounter } from './peaks.js'

/** What of a live feed is the user's to say. */
export interface FeedSourceOptions
  extends Pick<
      ReceiveOptions,
      'count' | 'durationMs' | 'idleExitMs' | 'firstWithinMs' | 'session' | 'signal' | 'onWarning'
    >,
    NatsOptions {
  readonly url: string
  readonly framing: CaptureFraming | undefined
  readonly protocol: string
  /** `YYYY-MM-DD`, of times of day; undefined: today, at the exchange. */
  readonly date: string | undefined
  /** Told as soon as it is bound: nothing that is sent from then on is too early. */
  readonly onReady: ((url: string, framing: CaptureFramingName) => void) | undefined
}

const NS = BigInt(NS_PER_SECOND)

/** Messages of a live feed, through the reading side of `receive`: in order, each once, with its gaps known. */
export class FeedSource implements DecodeSource {
  readonly live = true
  readonly name: string
  readonly framing: CaptureFramingName
  readonly protocol: Protocol | undefined
  readonly day: MarketDay | undefined
  readonly received = true
  readonly progress: DecodeProgress = { consumedBytes: Number.NaN, totalBytes: Number.NaN }
  readonly #feed: Feed
  readonly #batches: AsyncIterator<MessageBatch>
  readonly #peaks = new PeakCounter()
  #batch: MessageBatch | undefined
  #receivedNs = Number.NaN
  #firstNs: bigint | null = null
  #lastNs: bigint | null = null
  #report: ReceiveReport | undefined

  private constructor(
    feed: Feed,
    batches: AsyncIterator<MessageBatch>,
    batch: MessageBatch | undefined,
    protocol: Protocol | undefined,
    date: string | undefined,
  ) {
    this.#feed = feed
    this.#batches = batches
    this.#batch = batch
    this.protocol = protocol
    this.name = feed.endpoints.join(' and ')
    this.framing = feed.stats().framing
    const zone = protocol?.timeZone ?? null
    if (zone !== null) {
      this.day =
        date === undefined
          ? MarketDay.at(BigInt(Date.now()) * 1_000_000n, zone)
          : new MarketDay(date, zone)
    }
  }

  /**
   * Binds the endpoint, and waits for the first message.
   *
   * @throws {TickwireError} what `receive` throws
   */
  static async open(options: FeedSourceOptions): Promise<FeedSource> {
    const { url, protocol, date, onReady, framing, ...rest } = options
    const feed = (await receive({
      ...rest,
      endpoint: url,
      protocol,
      cpu: null,
      ...(framing === undefined ? {} : { framing }),
    })) as Feed
    try {
      onReady?.(feed.endpoints.join(' and '), feed.stats().framing)
      const batches = feed[Symbol.asyncIterator]()
      let batch: MessageBatch | undefined
      for (;;) {
        const { done, value } = await batches.next()
        batch = done === true ? undefined : value
        if (batch === undefined || batch.next()) break
      }
      const { protocol: planned } = feed.stats()
      const name = planned === 'auto' ? (batch?.protocol ?? 'none') : planned
      const known = name === 'none' ? undefined : await loadProtocol(name)
      return new FeedSource(feed, batches, batch, known, date)
    } catch (error) {
      await feed.stop().catch(() => {})
      throw error
    }
  }

  async run(tally: MessageTally, drained: () => Promise<void>): Promise<EndedBy> {
    // The message that it was opened with is the first.
    let waiting = this.#batch !== undefined
    for (;;) {
      const batch = this.#batch
      if (batch !== undefined) {
        while (!tally.satisfied && (waiting || batch.next())) {
          waiting = false
          this.#take(tally, batch)
        }
        await drained()
        if (tally.satisfied) break
      }
      const { done, value } = await this.#batches.next()
      if (done === true) break
      this.#batch = value
    }
    await this.#batches.return?.()
    const { satisfied } = tally
    this.#report = satisfied ? await this.#feed.stop() : await this.#feed.finished
    return satisfied ? 'count' : (this.#report.endedBy ?? 'abort')
  }

  facts(): SourceFacts {
    const report = this.#report ?? this.#feed.stats()
    return {
      datagrams: report.datagrams,
      heartbeats: report.heartbeats,
      gaps: report.gaps,
      missing: report.ledger.lost.total,
      restarts: report.restarts,
      duplicates: report.ledger.duplicates,
      invalidDatagrams: report.invalidDatagrams,
      foreignDatagrams: report.foreignDatagrams,
      firstNs: this.#firstNs === null ? null : String(this.#firstNs),
      lastNs: this.#lastNs === null ? null : String(this.#lastNs),
      peaks: this.#peaks.peaks(),
      capture: null,
      ledger: report.ledger,
    }
  }

  warnings(): readonly string[] {
    return (this.#report ?? this.#feed.stats()).warnings
  }

  async close(): Promise<void> {
    await this.#feed.stop().catch(() => {})
  }

  #take(tally: MessageTally, batch: MessageBatch): void {
    const { receivedNs } = batch
    const known = !Number.isNaN(receivedNs)
    if (receivedNs !== this.#receivedNs) {
      this.#receivedNs = receivedNs
      const unixNs = known
        ? BigInt(this.#feed.epoch.unixSeconds) * NS + BigInt(Math.round(receivedNs))
        : null
      tally.head.receivedNs = unixNs
      this.#firstNs ??= unixNs
      this.#lastNs = unixNs ?? this.#lastNs
    }
    tally.head.sentNs = batch.sentUnixNs()
    if (known) this.#peaks.note(receivedNs, 1)
    const { bytes, offset, length } = batch.message
    tally.take(bytes, offset, length, batch.sequence)
  }
}
