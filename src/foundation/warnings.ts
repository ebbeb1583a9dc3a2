/**
 * The warnings of a run: each kind is said once, at once, and kept for the report. For the thread that
 * starts a run.
 */
export class Warnings {
  readonly #said: string[] = []
  readonly #kinds = new Set<string>()
  readonly #listener: ((warning: string) => void) | undefined

  /** @param listener must not throw */
  constructor(listener: ((warning: string) => void) | undefined) {
    this.#listener = listener
  }

  /** All that was said, in its order. */
  get all(): readonly string[] {
    return this.#said
  }

  /** Keeps for the report what was told in another way. */
  note(warning: string): void {
    if (this.#kinds.has(warning)) return
    this.#kinds.add(warning)
    this.#said.push(warning)
  }

  /** @param kind what is said once, where the text has numbers that change */
  say(warning: string, kind: string = warning): void {
    if (this.#kinds.has(kind)) return
    this.#kinds.add(kind)
    this.#said.push(warning)
    this.#listener?.(warning)
  }
}
