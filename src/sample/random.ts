/**
 * A small fast generator, sfc32 (Chris Doty-Humphrey, PractRand): the same seed, the same numbers on
 * every machine.
 */
export class Random {
  #a = 0
  #b: number
  #c: number
  #counter = 1

  /** @param stream tells generators of one seed apart */
  constructor(seed: number, stream = 0) {
    this.#b = seed | 0
    this.#c = (Math.floor(seed / 2 ** 32) ^ Math.imul(stream + 1, 0x9e3779b1)) | 0
    for (let i = 0; i < 12; i++) this.#next32()
  }

  /** From 0 up to, and without, 1. */
  unit(): number {
    return this.#next32() / 2 ** 32
  }

  /** A whole number from 0 up to, and without, `count`. */
  below(count: number): number {
    return Math.floor(this.unit() * count)
  }

  /** A whole number from 0 on; each further one is `ratio` times as likely as the one before. */
  geometric(ratio: number): number {
    return Math.floor(Math.log(1 - this.unit()) / Math.log(ratio))
  }

  /** An interval between events that come `mean` apart on average, independently of each other. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit())
  }

  #next32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}
