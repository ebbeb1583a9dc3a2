import type { ResponseFraming } from '../../src/retransmit/response-framing.js'
import type { Agenda } from './agenda.js'
import { type Datagram, writeDatagram } from './datagram.js'
import type { RivalScenario } from './scenario.js'

/** The stream of another publisher on the same group and port. */
export const RIVAL = 2000

/** Another publisher that shares the feed's group and port; it loses nothing and numbers on its own. */
export class Rival {
  readonly #framing: ResponseFraming
  readonly #scenario: RivalScenario
  readonly #agenda: Agenda
  readonly #send: (datagram: Datagram) => void
  readonly #isOver: () => boolean
  #sent = 0

  constructor(
    framing: ResponseFraming,
    scenario: RivalScenario,
    agenda: Agenda,
    send: (datagram: Datagram) => void,
    isOver: () => boolean,
  ) {
    this.#isOver = isOver
    this.#framing = framing
    this.#scenario = scenario
    this.#agenda = agenda
    this.#send = send
  }

  /** Begins once the feed's own publisher has come so far. */
  consider(progress: number, session: string, nowNs: number): void {
    if (this.#sent > 0 || progress < this.#scenario.from) return
    this.#sendNext(session, nowNs)
  }

  #sendNext(session: string, nowNs: number): void {
    const { sameSession, firstSequence, intervalNs, datagrams } = this.#scenario
    const stream = { index: RIVAL, session: sameSession ? session : '777', first: firstSequence }
    const sequence = firstSequence + this.#sent++
    const payload = writeDatagram(this.#framing, { stream, sequence, count: 1, kind: 'messages' })
    this.#send({ payload, held: undefined })
    // What still speaks when the feed is over would be taken for what comes next.
    this.#agenda.at(nowNs + intervalNs, () => {
      if (this.#sent < datagrams && !this.#isOver()) this.#sendNext(session, nowNs + intervalNs)
    })
  }
}
