import type { HandleLoop } from '../../handle/loop/handle-loop.js'
import type { MessageReader } from '../../handle/message-reader.js'
import type { ParkIdle } from '../../ring/idle-strategy.js'
import type { Agent } from '../thread/duty-cycle.js'

/** How long a parked handler sleeps at most: gaps grow old and totals complete without a datagram. */
export const PARK_MS = 10
/** The same while an answer to a request is awaited, which rings no bell. */
const WAITING_PARK_MS = 1

/** The turns of a handler's thread that parks between messages. One thread. */
export class ParkingAgent implements Agent {
  readonly #loop: HandleLoop
  readonly #reader: MessageReader
  readonly #park: ParkIdle

  constructor(loop: HandleLoop, reader: MessageReader, park: ParkIdle) {
    this.#loop = loop
    this.#reader = reader
    this.#park = park
  }

  doWork(): number {
    const work = this.#loop.doWork()
    if (work === 0)
      this.#park.timeoutMs = this.#reader.left() === 'gaps' ? WAITING_PARK_MS : PARK_MS
    return work
  }
}
