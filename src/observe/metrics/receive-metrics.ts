import { BOOKS, SUSPECT_CAUSES } from '../../account/book-counters.js'
import { FEED, LATENCY_FROM } from '../../account/feed-counters.js'
import { LINE } from '../../account/line-counters.js'
import { recorderCounts } from '../../account/recorder-counters.js'
import { NS_PER_SECOND } from '../../foundation/units.js'
import type { FeedState } from '../../handle/state/feed-state.js'
import { lineName } from '../../run/feed/feed-alarm.js'
import type { ReceiveFacts, ReceiveReport } from '../../run/feed/receive-report.js'
import { bookCountersOf } from '../../run/memory/feed-books.js'
import {
  feedStateOf,
  lineCountersOf,
  recorderCountersOf,
  threadCountersOf,
  threadNames,
} from '../../run/memory/feed-data.js'
import { countersOf, type RunCounters } from '../../run/memory/run-counters.js'
import { LOSS_REASONS } from '../../sequence/gap-table.js'
import { TRACK } from '../../sequence/tracker-state.js'
import { isLineUp } from './line-up.js'
import type { Labels, MetricFamilies } from './metric-families.js'
import { SettledLedger } from './settled-ledger.js'
import { writeBridge, writeSubscriber } from './stream-metrics.js'
import { textHistogram } from './text-histogram.js'
import { collectionsOf, writeThreads } from './thread-metrics.js'

const NONE = new Float64Array(0)

/** The metrics of a feed, from its counters. For one thread. */
export class ReceiveMetrics {
  readonly #facts: ReceiveFacts
  readonly #state: FeedState
  readonly #lines: readonly Float64Array[]
  readonly #threads: readonly (readonly [string, Float64Array])[]
  readonly #ledger: SettledLedger
  /** Null: the run builds none. */
  readonly #books: Float64Array | null
  readonly #feed: Labels
  /** Undefined: nothing is recorded. */
  readonly #recorder: Float64Array | undefined
  /** Undefined: the feed is not published to a stream, or not read from one. */
  readonly #bridge: Float64Array | undefined
  readonly #subscriber: Float64Array | undefined

  constructor(counters: RunCounters, facts: ReceiveFacts) {
    const data = { counters, plan: facts.plan }
    this.#facts = facts
    this.#state = feedStateOf(data)
    const lineCount = facts.plan.endpoints.length
    this.#lines = facts.plan.endpoints.map((_, line) => lineCountersOf(data, line))
    this.#threads = threadNames(facts.plan, facts.transport).map((name) => [
      name,
      threadCountersOf(data, name),
    ])
    this.#books = facts.plan.books === null ? null : bookCountersOf(data)
    this.#recorder = facts.plan.record === null ? undefined : recorderCountersOf(data)
    const { plan, transport } = facts
    this.#bridge = plan.handler.kind === 'outlet' ? countersOf(counters, 'bridge') : undefined
    this.#subscriber = transport === 'nats' ? countersOf(counters, 'subscriber') : undefined
    const kernelTells = facts.transport !== 'portable'
    this.#ledger = new SettledLedger(this.#state, lineCount, kernelTells)
    this.#feed = { feed: facts.plan.name ?? facts.facts.urls[0] ?? '' }
  }

  /** Whether nothing has come for too long. */
  get stale(): boolean {
    return this.#state.counters[FEED.stale] === 1
  }

  /** @param final the run's report once it is over: what only its end tells */
  write(families: MetricFamilies, final: ReceiveReport | undefined): void {
    this.#writeLedger(families)
    this.#writeLines(families)
    this.#writeRing(families)
    this.#writeLatency(families)
    this.#writeBooks(families)
    this.#writeRecorder(families)
    if (this.#bridge !== undefined) writeBridge(families, this.#feed, this.#bridge)
    if (this.#subscriber !== undefined) writeSubscriber(families, this.#feed, this.#subscriber)
    const { receiver, handler } = final?.garbageCollections ?? {}
    writeThreads(families, this.#threads, {
      receiver: collectionsOf(this.#threads, /^(receiver|feed)/) ?? receiver,
      handler: collectionsOf(this.#threads, /^(handler|feed)/) ?? handler,
    })
  }

  #writeRecorder(families: MetricFamilies): void {
    const counters = this.#recorder
    if (counters === undefined) return
    const feed = this.#feed
    const { recorded, bytes, notRecorded } = recorderCounts(counters)
    families
      .counter('tickwire_recorded_datagrams_total', 'Datagrams in recordings.')
      .value(feed, recorded)
    families
      .counter('tickwire_recorded_bytes_total', 'Bytes of recordings on the disk.')
      .value(feed, bytes)
    families.counter(
      'tickwire_not_recorded_datagrams_total',
      'Datagrams that came and are in no recording, by what kept them out.',
    )
    for (const [cause, count] of Object.entries(notRecorded))
      families.value({ ...feed, cause }, count)
  }

  #writeLedger(families: MetricFamilies): void {
    const feed = this.#feed
    const { expected, delivered, skipped, lost, recovered, missing } = this.#ledger.read()
    const { counters, tracker } = this.#state
    families
      .counter(
        'tickwire_messages_expected_total',
        'Messages sent, as sequences tell, that are accounted for: delivered, skipped or lost.',
      )
      .value(feed, expected)
    families
      .counter('tickwire_messages_delivered_total', 'Messages that the handler has got.')
      .value(feed, delivered)
    families
      .counter(
        'tickwire_messages_skipped_total',
        'Messages skipped because the handler was behind.',
      )
      .value(feed, skipped)
    families.counter('tickwire_messages_lost_total', 'Messages declared lost, by what lost them.')
    for (const cause of LOSS_REASONS) families.value({ ...feed, cause }, lost[cause])
    families
      .counter('tickwire_messages_recovered_total', 'Messages that were requested again and came.')
      .value(feed, recovered)
    families
      .gauge(
        'tickwire_messages_missing',
        'Messages in gaps that may still be filled, or that are lost to a cause that is not settled.',
      )
      .value(feed, missing)
    families
      .gauge('tickwire_gaps_open', 'Gaps that may still be filled.')
      .value(feed, this.#ledger.openGaps.size)
    families
      .counter('tickwire_gaps_total', 'Gaps that were seen, filled or not.')
      .value(feed, tracker[TRACK.gaps])
    const recovering = this.#facts.plan.recover !== undefined
    families
      .counter('tickwire_recovery_requests_total', 'Requests for missing messages that were sent.')
      .value(feed, recovering ? counters[FEED.requests] : null)
    families
      .gauge('tickwire_feed_stale', '1 while no line brings anything, not even a heartbeat.')
      .value(feed, counters[FEED.stale])
    families
      .counter('tickwire_stale_alarms_total', 'Times that the feed fell silent.')
      .value(feed, counters[FEED.staleAlarms])
    families
      .gauge('tickwire_messages_pending', 'Messages taken from the ring that wait for the handler.')
      .value(feed, counters[FEED.pending])
  }

  #writeLines(families: MetricFamilies): void {
    const { plan, transport, facts } = this.#facts
    const each = (write: (labels: Labels, line: number) => void) => {
      plan.endpoints.forEach((_, line) => {
        write(this.#line(line), line)
      })
    }
    const counter = (line: number, index: number) => this.#lines[line]?.[index]
    families.gauge('tickwire_line_info', 'The endpoint of a line; always 1.')
    each((labels, line) => {
      families.value({ ...labels, endpoint: facts.urls[line] ?? '' }, 1)
    })
    families.gauge('tickwire_line_up', '1 while a line brings something, 0 while it is silent.')
    each((labels, line) => {
      families.value(
        labels,
        isLineUp(this.#state, this.#lines[line] ?? NONE, line, this.#facts) ? 1 : 0,
      )
    })
    families.counter('tickwire_datagrams_total', 'Datagrams that came out of the kernel, by line.')
    each((labels, line) => {
      families.value(labels, counter(line, LINE.datagrams))
    })
    families.counter(
      'tickwire_kernel_drops_total',
      'Datagrams that the kernel dropped at the socket.',
    )
    each((labels, line) => {
      families.value(labels, transport === 'portable' ? null : counter(line, LINE.kernelDrops))
    })
    families.counter('tickwire_receive_errors_total', 'Receive calls that failed.')
    each((labels, line) => {
      families.value(labels, counter(line, LINE.receiveErrors))
    })
    families.gauge(
      'tickwire_receive_buffer_bytes',
      "Size of the socket's buffer, as the kernel counts.",
    )
    each((labels, line) => {
      const bound = facts.bound[line]
      families.value(labels, transport === 'socket' ? bound?.grantedBufferBytes : null)
    })
    families.gauge(
      'tickwire_receive_buffer_used_bytes',
      "What waits in the socket's buffer, as the kernel counts.",
    )
    each((labels, line) => {
      const told = transport === 'socket' && (counter(line, LINE.bufferGranted) ?? 0) > 0
      families.value(labels, told ? counter(line, LINE.bufferUsed) : null)
    })
  }

  /** The kernel's own ring does not tell, and a recording has none. */
  #writeRing(families: MetricFamilies): void {
    const { plan, transport } = this.#facts
    if (transport === 'capture') return
    const told = transport !== 'mapped'
    const each = (index: number) => {
      this.#lines.forEach((counters, line) => {
        families.value(this.#line(line), told ? counters[index] : null)
      })
    }
    families.gauge('tickwire_ring_slots', 'Capacity of the ring, in datagrams.')
    this.#lines.forEach((_, line) => {
      families.value(this.#line(line), plan.slots)
    })
    families.gauge('tickwire_ring_used_slots', 'Datagrams that wait in the ring.')
    each(LINE.ringUsed)
    families.gauge('tickwire_ring_high_water_slots', 'The most that ever waited in the ring.')
    each(LINE.ringHighWater)
    families.counter('tickwire_ring_full_total', 'Times that the ring was found full.')
    each(LINE.ringFullCount)
  }

  #writeLatency(families: MetricFamilies): void {
    const { counters, latency, recovery } = this.#state
    const timed =
      this.#facts.transport !== 'capture' && counters[FEED.latencyFrom] !== LATENCY_FROM.undecided
    families
      .histogram(
        'tickwire_latency_seconds',
        'From the sending of a message, or its reception by the kernel, to its delivery.',
      )
      .distribution(this.#feed, timed ? textHistogram(latency.snapshot()) : null)
    const recovering = this.#facts.plan.recover !== undefined
    families
      .histogram(
        'tickwire_recovery_seconds',
        'From the opening of a gap to the coming of a message that was requested.',
      )
      .distribution(this.#feed, recovering ? textHistogram(recovery.snapshot()) : null)
  }

  #writeBooks(families: MetricFamilies): void {
    const counts = this.#books
    const suspect = SUSPECT_CAUSES.map((cause, i) => ({ cause, books: counts?.[BOOKS.gap + i] }))
    families
      .gauge('tickwire_books', 'Books that exist.')
      .value(this.#feed, counts?.[BOOKS.instruments])
    families.gauge('tickwire_books_suspect', 'Books that are not to be trusted now, by cause.')
    for (const { cause, books } of suspect) families.value({ ...this.#feed, cause }, books)
    families.counter(
      'tickwire_books_suspect_seconds_total',
      'Time that books were suspect, added up over the books, by cause.',
    )
    SUSPECT_CAUSES.forEach((cause, i) => {
      const ns = counts?.[BOOKS.gapNs + i]
      families.value({ ...this.#feed, cause }, ns === undefined ? null : ns / NS_PER_SECOND)
    })
  }

  #line(line: number): Labels {
    return { ...this.#feed, line: lineName(line) }
  }
}
