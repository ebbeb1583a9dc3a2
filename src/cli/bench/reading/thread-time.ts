import { NS_PER_SECOND } from '../../../foundation/units.js'
import { BoxedNumbers } from '../../../native/boxed-numbers.js'
import { CLOCK_THREAD_CPUTIME_ID } from '../../../native/constants.js'
import { libc } from '../../../native/libc.js'

/** Processor time of the calling thread: what others on the same core take is not in it. Linux only. */
export class ThreadTime {
  readonly #words = new Uint32Array(new SharedArrayBuffer(16))
  readonly #libc = libc()
  readonly #address = new BoxedNumbers([libc().address(new Uint8Array(this.#words.buffer))])

  /** Nanoseconds that passed between the last two calls of `read`. A field: a result would be boxed. */
  elapsedNs = Number.NaN
  #ns = Number.NaN

  read(): void {
    this.#libc.clock_gettime(CLOCK_THREAD_CPUTIME_ID, this.#address.at(0))
    const ns = this.#words[0] * NS_PER_SECOND + this.#words[2]
    this.elapsedNs = ns - this.#ns
    this.#ns = ns
  }
}
