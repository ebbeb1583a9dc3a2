import type { HandleLoop } from '../../handle/loop/handle-loop.js'
import type { MessageReader } from '../../handle/message-reader.js'
import { currentCpu } from '../../native/affinity.js'
import type { ParkIdle } from '../../ring/idle-strategy.js'
import type { Agent } from '../thread/duty-cycle.js'

/** How long a parked handler sleeps at most: gaps grow old and totals complete without a datagram. */
export const PARK_MS = 10
/** The same while an answer to a request is awaited, which rings no bell. */
const WAITING_PARK_MS = 1

/**
 * The turns of a handler's thread that parks between messages. One thread.
 *
 * It looks again for a while before it sleeps, since what comes next is often near; but not on a core that a
 * receiver is pinned to, where nothing comes before it sleeps.
 */
export class ParkingAgent implements Agent {
  readonly #loop: HandleLoop
  readonly #reader: MessageReader
  readonly #park: ParkIdle
  readonly #spinTurns: number
  /** Of one kind however many there are: an array's map would depend on how it came about. */
  readonly #receiverCpus: Int32Array

  /** @param receiverCpus where receivers are pinned, none where CPUs are not known */
  constructor(
    loop: HandleLoop,
    reader: MessageReader,
    park: ParkIdle,
    receiverCpus: readonly number[],
  ) {
    this.#loop = loop
    this.#reader = reader
    this.#park = park
    this.#spinTurns = park.spinTurns
    this.#receiverCpus = Int32Array.from(receiverCpus)
  }

  doWork(): number {
    const work = this.#loop.doWork()
    if (work > 0) return work
    const park = this.#park
    park.timeoutMs = this.#reader.left() === 'gaps' ? WAITING_PARK_MS : PARK_MS
    park.spinTurns = this.#isOnReceiversCore() ? 0 : this.#spinTurns
    return 0
  }

  #isOnReceiversCore(): boolean {
    const cpus = this.#receiverCpus
    return cpus.length > 0 && cpus.includes(currentCpu())
  }
}
