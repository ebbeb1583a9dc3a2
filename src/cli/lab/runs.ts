import { allowedCpus } from '../../native/affinity.js'
import type { Feed } from '../../run/feed/feed.js'
import type { ReceiveReport } from '../../run/feed/receive-report.js'
import type { ReceiveOptions } from '../../run/options/receive-options.js'
import { receive } from '../../run/receive.js'
import { measureBacklog } from '../../tune/capacity.js'
import {
  LAB_SLOTS,
  type LabPrediction,
  type LabTraffic,
  labTrace,
  predictEfficiency,
} from '../../tune/lab-traffic.js'
import { traceOfProfile } from '../../tune/profile-trace.js'
import type { Trace } from '../../tune/trace.js'
import { lookAtRun, profileOf } from '../tune/ring-run.js'
import { sendTrace } from './lab-sender.js'

/** When all is sent, this long until a run that still misses something counts as over. */
const SETTLE_MS = 3000
/** Room for one message, and a ring that hardly ever fills. */
const SLOT_BYTES = 64
const MEASURING_SLOTS = 65_536

/** Which thread runs where; null: it is not pinned. */
export interface LabPlacement {
  readonly receiver: number | null
  readonly sender: number | null
  readonly handler: number | null
}

/** What one ring size did. */
export interface LabRow extends LabPrediction {
  /** 100 x delivered / sent; null if it was stopped before. */
  readonly observedEfficiencyPercent: number | null
  /** Computed from that run's own arrivals and services, which are never quite the measured ones. */
  readonly predictedForRunPercent: number | null
  readonly lostAtRing: number | null
  /** Lost before the ring, where the prediction does not look. */
  readonly lostInKernel: number | null
}

/** The pass that all is predicted from. */
export interface LabMeasurement {
  readonly messages: number
  readonly lost: number
  /** The smallest ring that would have lost nothing. */
  readonly zeroLossSlots: number
  readonly meanServiceNs: number
}

/** The same traffic again and again: once to measure, then once for each size. */
export class Lab {
  readonly traffic: LabTraffic
  readonly placement: LabPlacement
  readonly #trace: Trace
  readonly #signal: AbortSignal

  constructor(traffic: LabTraffic, signal: AbortSignal) {
    this.traffic = traffic
    this.placement = placeLab()
    this.#trace = labTrace(traffic)
    this.#signal = signal
  }

  /** One measured pass, and what it says of each size. */
  async measure(): Promise<{ measured: LabMeasurement; predictions: LabPrediction[] }> {
    const { feed, report } = await this.#run({ slots: MEASURING_SLOTS, whenFull: 'wait' })
    const profile = profileOf(feed)
    const { trace } = traceOfProfile(profile, profile.lines[0])
    const { servicesNs, length } = trace
    return {
      measured: {
        messages: report.ledger.expected,
        lost: report.ledger.lost.total,
        zeroLossSlots: measureBacklog(trace).zeroLossSlots,
        meanServiceNs: servicesNs.reduce((sum, service) => sum + service, 0) / length,
      },
      predictions: predictEfficiency(trace, LAB_SLOTS),
    }
  }

  /** What a ring of that size really does. */
  async observe(prediction: LabPrediction): Promise<LabRow> {
    if (this.#signal.aborted) return { ...prediction, ...NOT_OBSERVED }
    const { slots } = prediction
    const { feed, report } = await this.#run({ slots, whenFull: 'drop-newest' })
    if (this.#signal.aborted) return { ...prediction, ...NOT_OBSERVED }
    const { ledger, delivered } = report
    const found = lookAtRun(feed, report)
    const own = found?.predictedLossPercent ?? null
    return {
      ...prediction,
      observedEfficiencyPercent: (100 * delivered) / this.traffic.count,
      predictedForRunPercent: own === null ? null : 100 - own,
      lostAtRing: ledger.lost.ring,
      lostInKernel: ledger.lost.kernel,
    }
  }

  async #run(options: ReceiveOptions): Promise<{ feed: Feed; report: ReceiveReport }> {
    const { count, serviceNs } = this.traffic
    const { receiver, sender, handler } = this.placement
    const feed = await receive({
      ...options,
      endpoints: 'udp://127.0.0.1:0',
      slotBytes: SLOT_BYTES,
      handler: null,
      workNs: serviceNs,
      count,
      cpu: receiver,
      handlerCpu: handler,
      profile: true,
      profileRecords: 2 * count,
      signal: this.#signal,
    })
    try {
      await sendTrace(this.#trace, feed.endpoints[0], sender, this.#signal)
      // What was discarded is counted too, so that a run mostly ends by itself.
      const timer = setTimeout(() => feed.stop().catch(() => {}), SETTLE_MS)
      const report = await feed.finished
      clearTimeout(timer)
      return { feed, report }
    } finally {
      await feed.stop()
    }
  }
}

const NOT_OBSERVED = {
  observedEfficiencyPercent: null,
  predictedForRunPercent: null,
  lostAtRing: null,
  lostInKernel: null,
} as const

/**
 * The receiver must always get to its socket at once, or the ring is not what loses: it has a core of its
 * own. The sender sleeps most of the time, so that the handler can share its core where there are two.
 */
function placeLab(): LabPlacement {
  const [receiver = null, sender = null, handler = sender] = allowedCpus()
  return { receiver, sender, handler }
}
