import type { ReceiveFacts, ReceiveReport } from '../../run/feed/receive-report.js'
import type { RunCounters } from '../../run/memory/run-counters.js'
import type { SendFacts, SendReport } from '../../run/transmission/send-report.js'
import { MetricFamilies, type MetricFamily } from './metric-families.js'
import { ReceiveMetrics } from './receive-metrics.js'
import { SendMetrics } from './send-metrics.js'

/** Whether a run does what it is for. */
export interface Health {
  readonly healthy: boolean
  readonly state: 'ok' | 'stale' | 'ended'
}

/** The metrics of a run, whatever it is. For one thread. */
export class RunMetrics {
  readonly #families = new MetricFamilies()
  readonly #feed: ReceiveMetrics | undefined
  readonly #sender: SendMetrics | undefined
  #received: ReceiveReport | undefined
  #sent: SendReport | undefined
  /** Whether the figures are the run's last ones. */
  ended = false

  constructor(counters: RunCounters, facts: ReceiveFacts | SendFacts) {
    if (facts.command === 'receive') this.#feed = new ReceiveMetrics(counters, facts)
    else this.#sender = new SendMetrics(counters, facts)
  }

  /** The run is over, and its counters stand still. */
  end(report: ReceiveReport | SendReport | null): void {
    this.ended = true
    if (report?.command === 'receive') this.#received = report
    if (report?.command === 'send') this.#sent = report
  }

  /** Those of this moment. */
  read(): readonly MetricFamily[] {
    this.#feed?.write(this.#families, this.#received)
    this.#sender?.write(this.#families, this.#sent)
    return this.#families.take()
  }

  health(): Health {
    if (this.ended) return { healthy: false, state: 'ended' }
    return this.#feed?.stale === true
      ? { healthy: false, state: 'stale' }
      : { healthy: true, state: 'ok' }
  }
}
