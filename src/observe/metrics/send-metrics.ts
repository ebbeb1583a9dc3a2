import { RETRANSMISSION } from '../../account/retransmission-counters.js'
import { LINE_SENT, SENT, type SendState } from '../../account/send-counters.js'
import { lineName } from '../../run/feed/feed-alarm.js'
import { countersOf, type RunCounters } from '../../run/memory/run-counters.js'
import {
  RETRANSMISSION_THREAD,
  retransmissionCountersOf,
  SENDER_THREAD,
  sendStateOf,
} from '../../run/memory/send-counters.js'
import type { SendFacts, SendReport } from '../../run/transmission/send-report.js'
import type { Labels, MetricFamilies } from './metric-families.js'
import { textHistogram } from './text-histogram.js'
import { collectionsOf, writeThreads } from './thread-metrics.js'

/** The metrics of a sender, from its counters. For one thread. */
export class SendMetrics {
  /** A sender has nothing that it waits for. */
  readonly stale = false
  readonly #facts: SendFacts
  readonly #state: SendState
  readonly #threads: readonly (readonly [string, Float64Array])[]
  readonly #requests: Float64Array
  readonly #feed: Labels

  constructor(counters: RunCounters, facts: SendFacts) {
    this.#facts = facts
    this.#state = sendStateOf(counters, facts.endpoints.length)
    const names =
      facts.retransmitEndpoint === null ? [SENDER_THREAD] : [SENDER_THREAD, RETRANSMISSION_THREAD]
    this.#threads = names.map((name) => [name, countersOf(counters, `thread ${name}`)])
    this.#requests = retransmissionCountersOf(counters)
    this.#feed = { feed: facts.name ?? facts.endpoints[0] ?? '' }
  }

  /** @param final the run's report once it is over: what only its end tells */
  write(families: MetricFamilies, final: SendReport | undefined): void {
    const feed = this.#feed
    const { plan } = this.#facts
    const { counters, lines, paceError } = this.#state
    const refused = plan === null ? SENT.refusedDatagrams : SENT.refusedMessages
    const each = (index: number) => {
      lines.forEach((line, i) => {
        families.value({ ...feed, line: lineName(i) }, line[index])
      })
    }
    families
      .counter(
        'tickwire_sent_messages_total',
        'Messages that the kernel took on one line at least.',
      )
      .value(feed, plan === null ? null : counters[SENT.messages])
    families
      .counter(
        'tickwire_send_refused_total',
        'Messages that the kernel took on no line; datagrams, where messages are not known.',
      )
      .value(feed, counters[refused])
    families
      .counter('tickwire_sent_bytes_total', 'UDP payload that the kernel took.')
      .value(feed, counters[SENT.payloadBytes])
    families.gauge('tickwire_line_info', 'The endpoint of a line; always 1.')
    this.#facts.endpoints.forEach((endpoint, i) => {
      families.value({ ...feed, line: lineName(i), endpoint }, 1)
    })
    families.counter(
      'tickwire_sent_datagrams_total',
      'Datagrams with messages that the kernel took, by line.',
    )
    each(LINE_SENT.datagrams)
    families.counter(
      'tickwire_send_undeliverable_total',
      'Datagrams that the kernel took, and of which it told later that they never left.',
    )
    each(LINE_SENT.undeliverable)
    families.counter(
      'tickwire_send_unreachable_total',
      'Times that a destination answered that nobody listens there.',
    )
    each(LINE_SENT.unreachable)
    families
      .histogram('tickwire_pace_error_seconds', 'How late datagrams left against the schedule.')
      .distribution(feed, textHistogram(paceError.snapshot()))
    this.#writeRetransmission(families)
    const threads = this.#threads
    writeThreads(families, threads, {
      sender: collectionsOf(threads, /^sender/) ?? final?.garbageCollections,
    })
  }

  #writeRetransmission(families: MetricFamilies): void {
    const counts = this.#facts.retransmitEndpoint === null ? undefined : this.#requests
    families
      .counter(
        'tickwire_retransmission_requests_total',
        'Datagrams that came to the retransmission server.',
      )
      .value(this.#feed, counts?.[RETRANSMISSION.requests])
    families
      .counter('tickwire_retransmission_messages_total', 'Messages that it sent again.')
      .value(this.#feed, counts?.[RETRANSMISSION.messages])
  }
}
