import type { ResponseFraming } from '../../src/retransmit/response-framing.js'
import type { Agenda } from './agenda.js'
import { type Datagram, type Held, type Stream, writeDatagram } from './datagram.js'
import type { Random } from './random.js'
import type { PublisherScenario } from './scenario.js'

const END_REPEAT_NS = 20e6

/** Who hears what is published. */
export interface Audience {
  /** Another stream begins; its messages follow. */
  onStream(stream: Stream): void
  /** Called before the datagram goes out. */
  onPublish(held: Held): void
  /** A datagram goes out on all lines, or on none if `nowhere`. */
  send(datagram: Datagram, nowhere: boolean): void
}

/** Publishes streams of datagrams, with heartbeats between them, as its scenario says. */
export class Publisher {
  /** Datagrams with messages, and the messages in all of them. */
  readonly total: number
  readonly messages: number
  sent = 0
  readonly #framing: ResponseFraming
  readonly #scenario: PublisherScenario
  readonly #agenda: Agenda
  readonly #random: Random
  readonly #audience: Audience
  /** Messages in each datagram. */
  readonly #counts: readonly number[]
  #stream: Stream
  #sequence: number
  /** Datagrams of the present stream that are to come, and which change comes behind them. */
  #left: number
  #change = 0
  #nowhereLeft = 0
  /** Datagrams of the present stream that were sent. */
  #ofStream = 0
  #lastNs = 0
  #over = false

  constructor(
    framing: ResponseFraming,
    scenario: PublisherScenario,
    agenda: Agenda,
    random: Random,
    audience: Audience,
  ) {
    this.#framing = framing
    this.#scenario = scenario
    this.#agenda = agenda
    this.#random = random
    this.#audience = audience
    this.#stream = { index: 0, session: '1', first: scenario.firstSequence }
    this.#sequence = scenario.firstSequence
    const { changes, datagrams } = scenario
    this.total = changes.reduce((sum, change) => sum + change.datagrams, datagrams)
    this.#left = changes[0]?.datagrams ?? datagrams
    this.#counts = Array.from({ length: this.total }, () => random.whole(1, scenario.messagesMost))
    this.messages = this.#counts.reduce((sum, count) => sum + count, 0)
  }

  /** The part of all datagrams that has been sent. */
  get progress(): number {
    return this.sent / this.total
  }

  start(nowNs: number): void {
    this.#audience.onStream(this.#stream)
    this.#agenda.at(nowNs, () => this.#publish(nowNs))
    this.#watchSilence(nowNs)
  }

  #publish(nowNs: number): void {
    const { burstMost, intervalNs, pauseChance, pauseNs } = this.#scenario
    const burst = this.#random.whole(1, burstMost)
    for (let i = 0; i < burst && this.#left > 0; i++) this.#sendMessages(nowNs)
    const pause = this.#random.chance(pauseChance) ? pauseNs : 0
    if (this.#left > 0) this.#later(nowNs + intervalNs * burst + pause)
    else if (this.#change < this.#scenario.changes.length) this.#beginAnew(nowNs)
    else this.#end(nowNs, this.#scenario.ends)
  }

  #later(dueNs: number): void {
    this.#agenda.at(dueNs, () => this.#publish(dueNs))
  }

  #sendMessages(nowNs: number): void {
    const count = this.#counts[this.sent] ?? 1
    const { nowhereChance, nowhereMost, tailLost, beginLost } = this.#scenario
    const begins = this.#stream.index > 0 && this.#ofStream++ < beginLost
    if (this.#random.chance(nowhereChance)) this.#nowhereLeft = this.#random.whole(1, nowhereMost)
    const tail = this.sent >= this.total - tailLost
    const nowhere = this.#nowhereLeft > 0 || tail || begins
    if (this.#nowhereLeft > 0) this.#nowhereLeft--
    this.#left--
    this.sent++
    this.#lastNs = nowNs
    this.#send({ stream: this.#stream, sequence: this.#sequence, count, kind: 'messages' }, nowhere)
    this.#sequence += count
  }

  #send(held: Held, nowhere: boolean): void {
    this.#audience.onPublish(held)
    this.#audience.send({ payload: writeDatagram(this.#framing, held), held }, nowhere)
  }

  /** A heartbeat after some silence, until the last stream is over. */
  #watchSilence(nowNs: number): void {
    const { heartbeatNs } = this.#scenario
    if (heartbeatNs === Number.POSITIVE_INFINITY || this.#over) return
    const dueNs = Math.max(nowNs, this.#lastNs + heartbeatNs)
    this.#agenda.at(dueNs, () => {
      if (dueNs - this.#lastNs >= heartbeatNs && !this.#over) {
        this.#lastNs = dueNs
        this.#signal('heartbeat')
      }
      this.#watchSilence(dueNs + 1)
    })
  }

  #signal(kind: 'heartbeat' | 'end'): void {
    this.#send({ stream: this.#stream, sequence: this.#sequence, count: 0, kind }, false)
  }

  #beginAnew(nowNs: number): void {
    const change = this.#scenario.changes[this.#change++]
    if (change === undefined) return
    const next = this.#scenario.changes[this.#change]
    const dueNs = nowNs + change.pauseNs
    this.#agenda.at(dueNs, () => {
      const { index, session } = this.#stream
      const first = this.#framing === 'raw' ? 0 : 1
      const name = change.sameSession ? session : String(Number(session) + 1)
      this.#stream = { index: index + 1, session: name, first }
      this.#sequence = first
      this.#ofStream = 0
      this.#left = next?.datagrams ?? this.#scenario.datagrams
      this.#audience.onStream(this.#stream)
      this.#publish(dueNs)
    })
  }

  /** Says the end, or that nothing more comes, for some time. */
  #end(nowNs: number, times: number): void {
    this.#over = true
    const beats = this.#scenario.heartbeatNs !== Number.POSITIVE_INFINITY
    if (times > 0) this.#signal('end')
    else if (beats) this.#signal('heartbeat')
    if (times <= 1 && (times === 1 || !beats)) return
    if (times === 0) {
      // Two heartbeats more, so that one may be lost.
      for (const nth of [1, 2]) {
        this.#agenda.at(nowNs + nth * END_REPEAT_NS, () => this.#signal('heartbeat'))
      }
      return
    }
    const dueNs = nowNs + END_REPEAT_NS
    this.#agenda.at(dueNs, () => this.#end(dueNs, times - 1))
  }
}
