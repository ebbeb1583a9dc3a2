import { type Held, writeDatagram } from './datagram.js'
import type { Line } from './line.js'
import type { Random } from './random.js'
import type { RequestServer } from './request-server.js'
import type { Scenario, Spoof } from './scenario.js'

/** The reading side believes a jump up to here without a witness. */
const PLAUSIBLE_JUMP = 2 ** 20
/** A stream that the publisher never began. */
export const MADE_UP = 1000

/** Sends datagrams that are in order by themselves and that the publisher never sent. */
export class Spoofer {
  readonly #scenario: Scenario
  readonly #random: Random
  readonly #lines: readonly Line[]
  readonly #server: RequestServer | undefined
  #sessions = 0

  constructor(
    scenario: Scenario,
    random: Random,
    lines: readonly Line[],
    server: RequestServer | undefined,
  ) {
    this.#scenario = scenario
    this.#random = random
    this.#lines = lines
    this.#server = server
  }

  /**
   * Maybe sends something, seeing what the publisher has just sent. Not to be asked before the reading
   * side has seen a datagram: what comes first of all is believed, there is nothing to doubt it by.
   */
  consider(held: Held, nowNs: number): void {
    const { spoofs, spoofChance, framing } = this.#scenario
    const [first, ...others] = spoofs
    if (first === undefined || !this.#random.chance(spoofChance)) return
    const kind = this.#random.pick([first, ...others])
    if (framing === 'raw' && (kind === 'session' || kind === 'far-heartbeat')) return
    const payload = writeDatagram(framing, this.#invent(kind, held))
    const dueNs = nowNs + this.#random.unit() * 1e6
    // On one line alone: who has both can make up whatever is wanted.
    if (kind === 'answer') this.#server?.bring(payload, dueNs)
    else this.#lines[this.#scenario.seed % this.#lines.length]?.bring(payload, dueNs)
  }

  #invent(kind: Spoof, held: Held): Held {
    const random = this.#random
    const { stream } = held
    const forged = { ...stream, index: MADE_UP }
    const count = random.whole(1, 3)
    const farNs = this.#scenario.framing === 'raw' ? 2 ** 30 : 2 ** 45
    const far = held.sequence + random.whole(2 * PLAUSIBLE_JUMP, farNs)
    switch (kind) {
      case 'far':
        return { stream: forged, sequence: far, count, kind: 'messages' }
      case 'far-heartbeat':
        return { stream: forged, sequence: far, count: 0, kind: 'heartbeat' }
      case 'session': {
        const session = { ...forged, session: String(MADE_UP + this.#sessions++) }
        const sequence = random.pick([1, held.sequence, far])
        return { stream: session, sequence, count, kind: 'messages' }
      }
      case 'first':
        return { stream, sequence: stream.first, count: 1, kind: 'messages' }
      case 'near': {
        const sequence = held.sequence + random.whole(10, 1000)
        return { stream: forged, sequence, count, kind: 'messages' }
      }
      case 'answer':
        return { stream: forged, sequence: far, count, kind: 'messages' }
    }
  }
}
