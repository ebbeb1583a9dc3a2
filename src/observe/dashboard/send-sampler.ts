import { RETRANSMISSION } from '../../account/retransmission-counters.js'
import { LINE_SENT, SENT, type SendState } from '../../account/send-counters.js'
import { lineName } from '../../run/feed/feed-alarm.js'
import type { RunCounters } from '../../run/memory/run-counters.js'
import { retransmissionCountersOf, sendStateOf } from '../../run/memory/send-counters.js'
import type { SendFacts } from '../../run/transmission/send-report.js'
import { Interval } from './interval.js'
import type { Sample, SampledCard } from './sample.js'

/** Samples of a sender, from its counters. For one thread. */
export class SendSampler {
  readonly stale = false
  readonly card: SampledCard
  readonly #facts: SendFacts
  readonly #state: SendState
  readonly #requests: Float64Array
  readonly #pace: Interval

  constructor(counters: RunCounters, facts: SendFacts) {
    const { name, endpoints, plan, portable } = facts
    this.#facts = facts
    this.#state = sendStateOf(counters, endpoints.length)
    this.#requests = retransmissionCountersOf(counters)
    this.#pace = new Interval(this.#state.paceError)
    this.card = {
      command: 'send',
      feed: name ?? endpoints[0] ?? '',
      transport: portable ? 'portable' : 'socket',
      framing: plan?.framing ?? null,
      lines: endpoints.map((endpoint, i) => ({ name: lineName(i), endpoint })),
      ringSlots: null,
      bridge: false,
    }
  }

  read(): Omit<Sample, 'at' | 'state'> {
    const { plan, retransmitEndpoint } = this.#facts
    const { counters, lines } = this.#state
    const { summary, heat } = this.#pace.read()
    return {
      ledger: null,
      sent: {
        messages: plan === null ? null : counters[SENT.messages],
        datagrams: counters[SENT.datagrams],
        refused: counters[plan === null ? SENT.refusedDatagrams : SENT.refusedMessages],
        requests: retransmitEndpoint === null ? null : this.#requests[RETRANSMISSION.requests],
      },
      lines: lines.map((line) => ({
        up: true,
        datagrams: line[LINE_SENT.datagrams],
        first: 0,
        ...{ kernelDrops: null, ringUsed: null, ringHighWater: null },
        ...{ bufferUsed: null, bufferBytes: null, leadNs: null },
      })),
      latencyNs: summary,
      heat,
      ...{ losses: [], books: null, bridge: null, tops: [] },
    }
  }
}
