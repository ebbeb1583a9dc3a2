/** More than lies between two looks of a process that runs; the rest it did not run itself. */
const BETWEEN_LOOKS_MS = 200

/**
 * For how long a thread that could get on has not. Not counted is time in which it waited for a core, nor in which
 * nobody could look: a process that was stopped, or that got no core itself, knows of nothing meanwhile.
 */
export class Standstill {
  #progress = Number.NaN
  #atMs = 0
  #waitedMs = 0
  #stillMs = 0

  /**
   * @param progress another number whenever the thread gets on
   * @param waitedMs for how long it has waited for a core in all
   * @returns milliseconds
   */
  look(progress: number, nowMs: number, waitedMs: number): number {
    const passed = Math.min(nowMs - this.#atMs, BETWEEN_LOOKS_MS) - (waitedMs - this.#waitedMs)
    this.#stillMs = progress === this.#progress ? this.#stillMs + Math.max(0, passed) : 0
    this.#progress = progress
    this.#atMs = nowMs
    this.#waitedMs = waitedMs
    return this.#stillMs
  }
}
