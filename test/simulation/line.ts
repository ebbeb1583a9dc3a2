import type { ResponseFraming } from '../../src/retransmit/response-framing.js'
import type { Agenda } from './agenda.js'
import type { Datagram, Held } from './datagram.js'
import type { Random } from './random.js'
import type { ReceiveQueue } from './receive-queue.js'
import type { LineScenario } from './scenario.js'

/** Messages that begin a stream. */
const BEGINNING_MESSAGES = 64

/** The beginning of a stream that comes as late as its end looks like a new beginning, and may be one. */
function isBeginning({ held }: Datagram): boolean {
  if (held === undefined) return false
  // A wrap to the first number on the wire is one too.
  const first = held.sequence >= 2 ** 32 ? 2 ** 32 : held.stream.first
  return held.sequence - first < BEGINNING_MESSAGES
}

/** A way from the publisher to the reading side, with the faults of its scenario. */
export class Line {
  readonly queue: ReceiveQueue
  readonly #framing: ResponseFraming
  readonly #scenario: LineScenario
  readonly #agenda: Agenda
  readonly #random: Random
  #burstLeft = 0

  constructor(
    framing: ResponseFraming,
    scenario: LineScenario,
    queue: ReceiveQueue,
    agenda: Agenda,
    random: Random,
  ) {
    this.#framing = framing
    this.#scenario = scenario
    this.queue = queue
    this.#agenda = agenda
    this.#random = random
  }

  /** @param progress the part of all datagrams that has been sent */
  send(datagram: Datagram, nowNs: number, progress: number): void {
    const { lossChance, deadFrom, deadUntil, burstChance, burstMost } = this.#scenario
    const random = this.#random
    if (random.chance(burstChance)) this.#burstLeft = random.whole(1, burstMost)
    const inBurst = this.#burstLeft > 0
    if (inBurst) this.#burstLeft--
    const dead = progress >= deadFrom && (progress < deadUntil || deadUntil === 1) && deadFrom < 1
    if (random.chance(lossChance) || inBurst || dead) return
    const { copyChance, copiesMost } = this.#scenario
    const copies = random.chance(copyChance) ? random.whole(1, copiesMost) : 0
    for (let i = 0; i <= copies; i++) this.#bring(datagram, nowNs)
  }

  /** Brings what the publisher never sent. */
  bring(payload: Uint8Array, dueNs: number, forged?: Held): void {
    const datagram = { payload, held: undefined, ...(forged === undefined ? {} : { forged }) }
    this.#agenda.at(dueNs, () => this.queue.arrive(datagram, dueNs))
  }

  #bring(datagram: Datagram, nowNs: number): void {
    const { delayNs, jitterNs, overtakenChance, overtakenNs, damageChance } = this.#scenario
    const random = this.#random
    let onWayNs = delayNs + jitterNs * random.unit()
    if (random.chance(overtakenChance) && !isBeginning(datagram)) {
      onWayNs += overtakenNs * random.unit()
    }
    const damaged = random.chance(damageChance)
    const payload = damaged ? this.#damage(datagram.payload) : Uint8Array.from(datagram.payload)
    const dueNs = nowNs + onWayNs
    // What lies behind the blocks of MoldUDP64 is no damage; behind an end of session it is.
    const longer = payload.length > datagram.payload.length && this.#framing === 'moldudp64'
    const trails = longer && datagram.held?.kind !== 'end'
    const held = damaged && !trails ? undefined : datagram.held
    this.#agenda.at(dueNs, () => this.queue.arrive({ payload, held }, dueNs))
  }

  /** Another length than the header or the messages say, so that no framing can take it. */
  #damage(payload: Uint8Array): Uint8Array {
    const longer = this.#random.chance(0.3)
    if (longer) {
      const result = new Uint8Array(payload.length + 1)
      result.set(payload)
      return result
    }
    const length = this.#random.whole(0, payload.length - 1)
    // A whole number of raw messages would be a datagram again.
    return payload.slice(0, this.#framing === 'raw' && length % 29 === 0 ? length + 1 : length)
  }
}
