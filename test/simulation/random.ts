/** A small fast generator, sfc32 (Chris Doty-Humphrey, PractRand): the same seed, the same numbers. */
export class Random {
  #a = 0
  #b: number
  #c: number
  #counter = 1

  /** @param stream tells generators of the same seed apart, so that one fault does not move another */
  constructor(seed: number, stream = 0) {
    this.#b = seed | 0
    this.#c = (Math.floor(seed / 2 ** 32) ^ Math.imul(stream + 1, 0x9e3779b1)) | 0
    for (let i = 0; i < 12; i++) this.#next32()
  }

  /** From 0 up to, and without, 1. */
  unit(): number {
    return this.#next32() / 2 ** 32
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1))
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** A number from `low` to `high` whose logarithm is evenly spread. */
  logarithmic(low: number, high: number): number {
    return low * (high / low) ** this.unit()
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.whole(0, choices.length - 1)] ?? choices[0]
  }

  #next32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    this.#c |= 0
    return sum >>> 0
  }
}
