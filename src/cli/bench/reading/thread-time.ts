import { NS_PER_SECOND } from '../../../foundation/units.js'
import { CLOCK_THREAD_CPUTIME_ID } from '../../../native/constants.js'
import { libc } from '../../../native/libc.js'

/** Processor time of the calling thread: what others on the same core take is not in it. Linux only. */
export class ThreadTime {
  readonly #words = new Uint32Array(new SharedArrayBuffer(16))
  readonly #address = libc().address(new Uint8Array(this.#words.buffer))

  /** Nanoseconds since the thread began. */
  readNs(): number {
    libc().clock_gettime(CLOCK_THREAD_CPUTIME_ID, this.#address)
    return this.#words[0] * NS_PER_SECOND + this.#words[2]
  }
}
