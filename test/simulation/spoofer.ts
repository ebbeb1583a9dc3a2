import { FLOW_SETUP_BYTES, FlowSetup } from '../../src/wire/flow-setup.js'
import { type Held, type Stream, writeDatagram } from './datagram.js'
import type { Line } from './line.js'
import type { Random } from './random.js'
import type { RequestServer } from './request-server.js'
import type { Scenario, Spoof } from './scenario.js'

/** Near and far begin here. */
const PLAUSIBLE_JUMP = 2 ** 20
/** So far ahead nothing is believed that has no witness. */
export const FAR_AHEAD = 2 * PLAUSIBLE_JUMP
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

  /** Sends a datagram far behind the feed's, before the first of it. */
  precede(stream: Stream, nowNs: number): void {
    const forged = { ...stream, index: MADE_UP }
    const sequence = this.#random.whole(0, stream.first - 2 * 4096)
    const invented: Held = { stream: forged, sequence, count: 1, kind: 'messages' }
    this.#lines[0]?.bring(writeDatagram(this.#scenario.framing, invented), nowNs, invented)
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
    const headed = kind.endsWith('heartbeat') || kind === 'session'
    if (framing === 'raw' && headed) return
    if (framing !== 'raw' && kind === 'setup') return
    const dueNs = nowNs + this.#random.unit() * 1e6
    // On one line alone: who has both can make up whatever is wanted.
    const line = this.#lines[this.#scenario.seed % this.#lines.length]
    if (kind === 'junk') {
      line?.bring(this.#junk(), dueNs)
      return
    }
    const invented = this.#invent(kind, held)
    const payload = kind === 'setup' ? setupOf(invented) : writeDatagram(framing, invented)
    if (kind === 'answer') this.#server?.bring(payload, dueNs)
    else line?.bring(payload, dueNs, invented)
  }

  /** Octets that no framing reads: of no length that one has, and of no version. */
  #junk(): Uint8Array {
    return new Uint8Array(this.#random.whole(1, 17)).fill(this.#random.whole(2, 255))
  }

  #invent(kind: Spoof, held: Held): Held {
    const random = this.#random
    const { stream } = held
    const forged = { ...stream, index: MADE_UP }
    const count = random.whole(1, 3)
    const farNs = this.#scenario.framing === 'raw' ? 2 ** 30 : 2 ** 45
    const far = held.sequence + random.whole(FAR_AHEAD, farNs)
    const ahead = held.sequence + Math.round(random.logarithmic(1, PLAUSIBLE_JUMP))
    switch (kind) {
      case 'ahead':
        return { stream: forged, sequence: ahead, count, kind: 'messages' }
      case 'ahead-heartbeat':
      case 'setup':
        return { stream: forged, sequence: ahead, count: 0, kind: 'heartbeat' }
      case 'old-heartbeat': {
        const sequence = random.whole(stream.first, held.sequence)
        return { stream: forged, sequence, count: 0, kind: 'heartbeat' }
      }
      case 'junk':
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

/** The same as a setup of flow control says it. */
function setupOf({ sequence }: Held): Uint8Array {
  const payload = new Uint8Array(FLOW_SETUP_BYTES)
  const setup = new FlowSetup()
  setup.sequence = sequence % 2 ** 32
  setup.write(new DataView(payload.buffer), 0)
  return payload
}
