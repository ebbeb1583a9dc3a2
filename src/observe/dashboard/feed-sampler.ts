import { booksRunReport } from '../../account/book-counters.js'
import { BRIDGE } from '../../account/bridge-counters.js'
import { FEED, FEED_LINE, feedLineCounters } from '../../account/feed-counters.js'
import { LINE } from '../../account/line-counters.js'
import { LOSS_LOG_BYTES, readLossLog } from '../../account/loss-log.js'
import type { TopReader } from '../../account/top-section.js'
import type { FeedState } from '../../handle/state/feed-state.js'
import { lineName } from '../../run/feed/feed-alarm.js'
import type { ReceiveFacts } from '../../run/feed/receive-report.js'
import { bookCountersOf, topReaders } from '../../run/memory/feed-books.js'
import { feedStateOf, lineCountersOf } from '../../run/memory/feed-data.js'
import {
  countersOf,
  openCounters,
  type RunCounters,
  sectionOf,
} from '../../run/memory/run-counters.js'
import { LOSS_REASONS } from '../../sequence/gap-table.js'
import { TRACK } from '../../sequence/tracker-state.js'
import { isLineUp } from '../metrics/line-up.js'
import { SettledLedger } from '../metrics/settled-ledger.js'
import { Interval } from './interval.js'
import type {
  Sample,
  SampledBooks,
  SampledBridge,
  SampledCard,
  SampledLedger,
  SampledLine,
  SampledLoss,
} from './sample.js'

/** Samples of a feed, from its counters. For one thread. */
export class FeedSampler {
  readonly card: SampledCard
  readonly #facts: ReceiveFacts
  readonly #state: FeedState
  readonly #lines: readonly Float64Array[]
  readonly #ledger: SettledLedger
  readonly #latency: Interval
  readonly #leads: readonly Interval[]
  readonly #counters: RunCounters
  readonly #books: Float64Array | null
  readonly #bridge: Float64Array | null
  readonly #tops: readonly TopReader[]
  #lossesSeen = 0
  #lossCounted = 0

  constructor(counters: RunCounters, facts: ReceiveFacts) {
    const { plan, transport } = facts
    const data = { counters, plan }
    this.#counters = counters
    this.#facts = facts
    this.#state = feedStateOf(data)
    this.#lines = plan.endpoints.map((_, line) => lineCountersOf(data, line))
    this.#ledger = new SettledLedger(this.#state, plan.endpoints.length, transport !== 'portable')
    this.#books = plan.books === null ? null : bookCountersOf(data)
    this.#bridge = plan.handler.kind === 'outlet' ? countersOf(counters, 'bridge') : null
    this.#tops = topReaders(data)
    this.#latency = new Interval(this.#state.latency)
    this.#leads = this.#state.leads.map((lead) => new Interval(lead))
    const { urls } = facts.facts
    this.card = {
      command: 'receive',
      feed: plan.name ?? urls[0] ?? '',
      transport,
      framing: plan.framing,
      lines: plan.endpoints.map((_, i) => ({ name: lineName(i), endpoint: urls[i] ?? '' })),
      ringSlots: transport === 'capture' ? null : plan.slots,
      bridge: this.#bridge !== null,
    }
  }

  get stale(): boolean {
    return this.#state.counters[FEED.stale] === 1
  }

  read(): Omit<Sample, 'at' | 'state'> {
    // Of a recording, times say nothing of this machine.
    const timed = this.#facts.transport !== 'capture'
    const { summary, heat } = this.#latency.read()
    return {
      ledger: this.#readLedger(),
      sent: null,
      lines: this.#lines.map((_, line) => this.#readLine(line)),
      latencyNs: timed ? summary : null,
      heat: timed ? heat : [],
      losses: this.#readLosses(),
      books: this.#readBooks(),
      bridge: this.#readBridge(),
      tops: this.#tops.map((top) => top.read()).filter((top) => top !== undefined),
    }
  }

  #readBooks(): SampledBooks | null {
    if (this.#books === null) return null
    const { instruments, suspect } = booksRunReport(this.#books, Number.NaN)
    return { instruments, suspect }
  }

  #readBridge(): SampledBridge | null {
    const counts = this.#bridge
    if (counts === null) return null
    return {
      connected: counts[BRIDGE.connected] === 1,
      batches: counts[BRIDGE.batches],
      acknowledged: counts[BRIDGE.acknowledged],
      messages: counts[BRIDGE.messages],
      notPublished: counts[BRIDGE.notPublished],
      backlogBytes: counts[BRIDGE.backlogBytes],
      spillBytes: counts[BRIDGE.spillBytes],
    }
  }

  #readLedger(): SampledLedger {
    const { counters, tracker } = this.#state
    return {
      ...this.#ledger.read(),
      pending: counters[FEED.pending],
      gaps: tracker[TRACK.gaps],
      gapsOpen: this.#ledger.openGaps.size,
      requests: this.#facts.plan.recover === undefined ? null : counters[FEED.requests],
    }
  }

  #readLine(line: number): SampledLine {
    const { transport } = this.#facts
    const counters = this.#lines[line] ?? new Float64Array(0)
    const ring = transport === 'socket' || transport === 'portable'
    // 0: nobody has looked, or can.
    const told = transport === 'socket' && counters[LINE.bufferGranted] > 0
    return {
      up: isLineUp(this.#state, counters, line, this.#facts),
      datagrams: counters[LINE.datagrams],
      kernelDrops: transport === 'portable' ? null : counters[LINE.kernelDrops],
      first: feedLineCounters(this.#state.counters, line)[FEED_LINE.firstToArrive],
      ringUsed: ring ? counters[LINE.ringUsed] : null,
      ringHighWater: ring ? counters[LINE.ringHighWater] : null,
      bufferUsed: told ? counters[LINE.bufferUsed] : null,
      bufferBytes: told ? counters[LINE.bufferGranted] : null,
      leadNs: this.#leads[line]?.read().summary?.p50 ?? null,
    }
  }

  /** The rows that are new, and how far the newest one of before has grown. */
  #readLosses(): SampledLoss[] {
    const { offset } = sectionOf(this.#counters, 'losses')
    const copy = openCounters(this.#counters).slice(offset, offset + LOSS_LOG_BYTES)
    const { rows, rowsEver } = readLossLog(copy, 0)
    const firstKept = rowsEver - rows.length
    const seen = this.#lossesSeen
    const epochMs = this.#facts.epoch.unixSeconds * 1000
    const losses = rows
      .map((row, i) => ({ row, index: firstKept + i }))
      .filter(({ index }) => index >= seen - 1)
      .map(({ row, index }) => ({
        line: row.line < 0 ? null : row.line,
        cause: LOSS_REASONS[row.cause] ?? 'network',
        count: index === seen - 1 ? row.count - this.#lossCounted : row.count,
        firstSequence: row.firstSequence,
        lastSequence: row.lastSequence,
        at: epochMs + row.lastNs / 1e6,
      }))
    this.#lossesSeen = rowsEver
    this.#lossCounted = rows.at(-1)?.count ?? 0
    return losses.filter(({ count }) => count > 0)
  }
}
