import { FEED } from '../../account/feed-counters.js'
import type { FeedState } from '../../handle/state/feed-state.js'
import { GapTable, LOSS, LOSS_REASONS, type LossReason } from '../../sequence/gap-table.js'
import { LINE_TRACK } from '../../sequence/line/line-state.js'
import { lineAt, TRACK } from '../../sequence/tracker-state.js'

/** The part of a ledger that is final. expected = delivered + skipped + all that is lost. */
export interface Settled {
  readonly expected: number
  readonly delivered: number
  readonly skipped: number
  /** Null where nobody can know. */
  readonly lost: Readonly<Record<LossReason, number | null>>
  readonly recovered: number
  /** Not final: what gaps miss that may still be filled, and what is lost to a cause that may change. */
  readonly missing: number
}

/**
 * Reads of a feed's account what is final, so that each figure only grows, in a report that does not: there
 * a gap that is open counts as the network's until it is filled.
 *
 * A feed with one line may blame the kernel at its end for what the network seemed to have lost: as many
 * messages as the kernel's unexplained drops stand for. So many of the network's losses are kept back. If
 * it blames the kernel for still more, of what was told as the network's before, then it stays the
 * network's here.
 */
export class SettledLedger {
  readonly #state: FeedState
  readonly #lineCount: number
  readonly #kernelTells: boolean
  #network = 0

  /** @param kernelTells whether the transport has the kernel's drop count */
  constructor(state: FeedState, lineCount: number, kernelTells: boolean) {
    this.#state = state
    this.#lineCount = lineCount
    this.#kernelTells = kernelTells
  }

  /** Any thread; figures may be a moment old. */
  read(): Settled {
    const { counters, tracker } = this.#state
    const lost = (reason: LossReason) => tracker[TRACK.lost + LOSS[reason]]
    // Without the run in hand: where it stands is told by three numbers, which change one by one.
    const delivered = counters[FEED.delivered]
    const skipped = counters[FEED.skipped]
    const network = lost('network')
    const unsettled = this.#lineCount > 1 ? 0 : Math.min(network, this.#unexplainedDrops())
    this.#network = Math.max(this.#network, network - unsettled)
    const kernel = lost('kernel') - Math.max(0, this.#network - network)
    const parts = {
      ring: lost('ring'),
      invalid: lost('invalid'),
      kernel: this.#kernelTells ? kernel : null,
      network: this.#network,
      cutOff: lost('cutOff') + counters[FEED.undelivered],
      unrecovered: lost('unrecovered'),
    }
    const total = LOSS_REASONS.reduce((sum, reason) => sum + (parts[reason] ?? 0), 0)
    return {
      expected: delivered + skipped + total,
      delivered,
      skipped,
      lost: parts,
      recovered: tracker[TRACK.recovered],
      missing: this.openGaps.missing + Math.max(0, network - this.#network),
    }
  }

  get openGaps(): GapTable {
    return new GapTable(this.#state.tracker.subarray(TRACK.table))
  }

  /** Messages that the kernel's drops stand for at most that have explained no gap. */
  #unexplainedDrops(): number {
    const { tracker } = this.#state
    const perDatagram = Math.max(1, tracker[TRACK.maxPerDatagram])
    return tracker[lineAt(0) + LINE_TRACK.kernelPool] * perDatagram
  }
}
