import { RETRANSMISSION } from '../../account/retransmission-counters.js'
import { LINE_SENT, SENT, type SendState } from '../../account/send-counters.js'
import { lineName } from '../../run/feed/feed-alarm.js'
import { countersOf, type RunCounters } from '../../run/memory/run-counters.js'
import {
  retransmissionCountersOf,
  SENDER_THREAD,
  sendStateOf,
} from '../../run/memory/send-counters.js'
import type { SendFacts, SendReport } from '../../run/transmission/send-report.js'
import type { Labels, MetricsText } from './metrics-text.js'
import { textHistogram } from './text-histogram.js'
import { writeThreads } from './thread-metrics.js'

/** The metrics of a sender, from its counters. For one thread. */
export class SendMetrics {
  /** A sender has nothing that it waits for. */
  readonly stale = false
  readonly #facts: SendFacts
  readonly #state: SendState
  readonly #thread: Float64Array
  readonly #requests: Float64Array
  readonly #feed: Labels

  constructor(counters: RunCounters, facts: SendFacts) {
    this.#facts = facts
    this.#state = sendStateOf(counters, facts.endpoints.length)
    this.#thread = countersOf(counters, `thread ${SENDER_THREAD}`)
    this.#requests = retransmissionCountersOf(counters)
    this.#feed = { feed: facts.endpoints[0] ?? '' }
  }

  /** @param final the run's report once it is over: what only its end tells */
  write(text: MetricsText, final: SendReport | undefined): void {
    const feed = this.#feed
    const { plan } = this.#facts
    const { counters, lines, paceError } = this.#state
    const refused = plan === null ? SENT.refusedDatagrams : SENT.refusedMessages
    const each = (index: number) => {
      lines.forEach((line, i) => {
        text.value({ ...feed, line: lineName(i) }, line[index])
      })
    }
    text
      .counter(
        'tickwire_sent_messages_total',
        'Messages that the kernel took on one line at least.',
      )
      .value(feed, plan === null ? null : counters[SENT.messages])
    text
      .counter(
        'tickwire_send_refused_total',
        'Messages that the kernel took on no line; datagrams, where messages are not known.',
      )
      .value(feed, counters[refused])
    text
      .counter('tickwire_sent_bytes_total', 'UDP payload that the kernel took.')
      .value(feed, counters[SENT.payloadBytes])
    text.gauge('tickwire_line_info', 'The endpoint of a line; always 1.')
    this.#facts.endpoints.forEach((endpoint, i) => {
      text.value({ ...feed, line: lineName(i), endpoint }, 1)
    })
    text.counter(
      'tickwire_sent_datagrams_total',
      'Datagrams with messages that the kernel took, by line.',
    )
    each(LINE_SENT.datagrams)
    text.counter(
      'tickwire_send_undeliverable_total',
      'Datagrams that the kernel took, and of which it told later that they never left.',
    )
    each(LINE_SENT.undeliverable)
    text.counter(
      'tickwire_send_unreachable_total',
      'Times that a destination answered that nobody listens there.',
    )
    each(LINE_SENT.unreachable)
    text
      .histogram('tickwire_pace_error_seconds', 'How late datagrams left against the schedule.')
      .distribution(feed, textHistogram(paceError.snapshot()))
    this.#writeRetransmission(text)
    writeThreads(text, [[SENDER_THREAD, this.#thread]], { sender: final?.garbageCollections })
  }

  #writeRetransmission(text: MetricsText): void {
    const counts = this.#facts.retransmitEndpoint === null ? undefined : this.#requests
    text
      .counter(
        'tickwire_retransmission_requests_total',
        'Datagrams that came to the retransmission server.',
      )
      .value(this.#feed, counts?.[RETRANSMISSION.requests])
    text
      .counter('tickwire_retransmission_messages_total', 'Messages that it sent again.')
      .value(this.#feed, counts?.[RETRANSMISSION.messages])
  }
}
