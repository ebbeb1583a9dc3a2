import type { Doorbell } from './doorbell.js'

/**
 * How a hot loop waits when a turn found nothing to do. One per loop.
 *
 * @see SpinIdle for a thread that has a core of its own
 * @see ParkIdle for a thread that has to share
 */
export interface IdleStrategy {
  /** Called after every turn with how much the turn did. */
  idle(workCount: number): void
}

/** Never waits. Lowest latency; burns the whole core. */
export class SpinIdle implements IdleStrategy {
  idle(_workCount: number): void {}
}

/**
 * Spins for some turns, then sleeps on a doorbell until it rings or the time is over.
 *
 * Between arming the bell and sleeping lies one more turn, which finds whatever was published before
 * the ringer could see that the bell was armed.
 */
export class ParkIdle implements IdleStrategy {
  readonly #bell: Doorbell
  /** How long it sleeps at most. */
  timeoutMs: number
  /** How often it looks again before it is about to sleep. */
  spinTurns: number
  #idleTurns = 0
  #armed = false

  constructor(bell: Doorbell, spinTurns: number, timeoutMs: number) {
    this.#bell = bell
    this.spinTurns = spinTurns
    this.timeoutMs = timeoutMs
  }

  idle(workCount: number): void {
    if (workCount > 0) {
      this.#idleTurns = 0
      if (this.#armed) {
        this.#armed = false
        this.#bell.disarm()
      }
      return
    }
    if (this.#armed) {
      this.#armed = false
      this.#bell.wait(this.timeoutMs)
    } else if (this.#idleTurns < this.spinTurns) {
      this.#idleTurns++
    } else {
      this.#armed = true
      this.#bell.arm()
    }
  }
}
