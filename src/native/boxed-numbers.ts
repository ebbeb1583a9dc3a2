/**
 * Numbers that V8 keeps as heap objects, made once.
 *
 * An address does not fit V8's 31- or 32-bit small integers. Computed, or loaded from a field or an
 * array of doubles, it is boxed anew for every call into native code: 16 bytes of garbage each time. An
 * array that also holds something else than numbers keeps each box, and hands out the same one.
 */
export class BoxedNumbers {
  readonly #values: readonly unknown[]

  constructor(values: readonly number[]) {
    this.#values = [...values, 'not a number']
  }

  /** One of the numbers; `index` must be within them. */
  at(index: number): number {
    return this.#values[index] as number
  }
}
