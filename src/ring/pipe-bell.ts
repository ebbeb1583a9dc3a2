import { BoxedNumbers } from '../native/boxed-numbers.js'
import { POLLIN } from '../native/constants.js'
import { libc } from '../native/libc.js'
import type { WakePipe } from '../native/wake-pipe.js'
import { Doorbell } from './doorbell.js'

/** More than are ever left: each ringing leaves one, and each sleep takes all. */
const SCRAP_BYTES = 64

/**
 * A doorbell whose sleeper sleeps on a pipe, for threads that share too few cores.
 *
 * What wakes the sleeper decides where it runs then. `Atomics.notify` ends in a futex, and the kernel puts
 * whoever it wakes back on the core it was on, even if another thread spins there and keeps that core for a
 * whole time slice. A write to a pipe is a synchronous wake-up (WF_SYNC): the writer says by it that it is
 * about to give its core away. So the kernel takes a core that is idle, and if there is none the ringer's,
 * which has to give it away then (sched_yield(2)).
 *
 * A byte that was left by a ringer whom the sleeper did not wait for lets one later sleep end at once.
 */
export class PipeBell extends Doorbell {
  readonly #libc = libc()
  readonly #scrap = new Uint8Array(new SharedArrayBuffer(SCRAP_BYTES))
  /** pollfd: fd i32 @0, events i16 @4, revents i16 @6. */
  readonly #pollfd = new Int32Array(new SharedArrayBuffer(8))
  readonly #addresses: BoxedNumbers
  readonly #pipe: WakePipe

  /** @param byteOffset of the flag, a multiple of 4 */
  constructor(buffer: SharedArrayBuffer, byteOffset: number, pipe: WakePipe) {
    super(buffer, byteOffset)
    this.#pipe = pipe
    this.#pollfd[0] = pipe.readEnd
    this.#pollfd[1] = POLLIN
    this.#addresses = new BoxedNumbers([
      this.#libc.address(this.#scrap),
      this.#libc.address(new Uint8Array(this.#pollfd.buffer)),
    ])
  }

  protected override wake(): void {
    // A pipe that is full wakes as well.
    this.#libc.write(this.#pipe.writeEnd, this.#addresses.at(0), 1)
  }

  protected override sleep(timeoutMs: number): void {
    if (this.#libc.poll(this.#addresses.at(1), 1, timeoutMs) <= 0) return
    this.#libc.read(this.#pipe.readEnd, this.#addresses.at(0), SCRAP_BYTES)
  }
}
