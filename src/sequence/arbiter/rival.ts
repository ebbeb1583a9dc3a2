import { ZERO_NS } from '../../foundation/units.js'
import { RIVAL_DATAGRAMS, RIVAL_MEMORY_NS } from '../tracker-limits.js'
import { TRACK } from '../tracker-state.js'

/**
 * A second stream on the feed's lines, which alternates with the feed's own: two publishers that share a
 * group and port, or two that number the same session. Works on the tracker's memory; one thread, no
 * allocation.
 */
export class Rival {
  /** When a datagram that is noted came, and of which session it is. Fields: as arguments they would be boxed. */
  nowNs = ZERO_NS
  session = Number.NaN
  readonly #state: Float64Array

  constructor(state: Float64Array) {
    this.#state = state
  }

  /** A datagram came that is of another stream, or says something else under a sequence that came. */
  note(line: number): void {
    const s = this.#state
    const { nowNs } = this
    if (nowNs - s[TRACK.rivalNs] > RIVAL_MEMORY_NS) s[TRACK.rivalDatagrams] = 0
    s[TRACK.rivalDatagrams] += 1
    s[TRACK.oddDatagrams] += 1
    s[TRACK.rivalNs] = nowNs
    s[TRACK.rivalSession] = this.session
    s[TRACK.rivalLine] = line
  }

  /** Whether there is one: a few odd datagrams are none. */
  isThere(nowNs: number): boolean {
    const s = this.#state
    return s[TRACK.rivalDatagrams] >= RIVAL_DATAGRAMS && nowNs - s[TRACK.rivalNs] <= RIVAL_MEMORY_NS
  }
}
