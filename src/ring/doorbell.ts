/**
 * Wakes one sleeper, and costs its ringers one load while nobody sleeps.
 *
 * The word is 1 while the sleeper sleeps or is about to. JavaScript atomics are sequentially
 * consistent, so this order loses no wake-up:
 *
 * ```
 * sleeper: arm (store 1) -> look for work again -> wait while 1 -> disarm (store 0)
 * ringer:  publish work  -> load; if 1: store 0 and notify
 * ```
 *
 * One thread sleeps on a doorbell; any thread may ring it. `Atomics.notify` takes a process-wide
 * lock, hence the flag.
 */
export class Doorbell {
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #index: number

  /** @param byteOffset of the flag, a multiple of 4 */
  constructor(buffer: SharedArrayBuffer, byteOffset: number) {
    this.#words = new Int32Array(buffer)
    this.#index = byteOffset / 4
  }

  /** Wakes the sleeper if there is one, and tells whether there was. Any thread. */
  ring(): boolean {
    if (Atomics.load(this.#words, this.#index) === 0) return false
    Atomics.store(this.#words, this.#index, 0)
    this.wake()
    return true
  }

  /** Says that the sleeper is about to sleep. It must look for work once more before it waits. */
  arm(): void {
    Atomics.store(this.#words, this.#index, 1)
  }

  disarm(): void {
    Atomics.store(this.#words, this.#index, 0)
  }

  /** Sleeps until the bell rings or the time is over. Not on a browser's or the caller's main thread. */
  wait(timeoutMs: number): void {
    this.sleep(timeoutMs)
    this.disarm()
  }

  /** As `wait`, without blocking the event loop. */
  async waitAsync(timeoutMs: number): Promise<void> {
    const result = Atomics.waitAsync(this.#words, this.#index, 1, timeoutMs)
    if (result.async) {
      // Such a wait alone keeps no process alive: one whose threads have ended would exit in its midst.
      const alive = setTimeout(() => {}, timeoutMs)
      await result.value
      clearTimeout(alive)
    }
    this.disarm()
  }

  /** How a sleeper is woken, once its flag says that it need not sleep. */
  protected wake(): void {
    Atomics.notify(this.#words, this.#index)
  }

  /** How it sleeps: it returns at once if it was woken since it was armed. */
  protected sleep(timeoutMs: number): void {
    Atomics.wait(this.#words, this.#index, 1, timeoutMs)
  }
}
