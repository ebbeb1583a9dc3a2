/** No event of a publisher has more level changes; what says that it has is not believed. */
const MAX_PARTS = 4096

/** Level changes of events that are not complete. Confined to one thread; allocates nothing. */
export class EventParts {
  /** Of the part to be added, or that was read. */
  price = Number.NaN
  quantity = Number.NaN
  /** Parts that wait. */
  count = 0

  readonly #prices = new Float64Array(MAX_PARTS)
  readonly #quantities = new Float64Array(MAX_PARTS)
  readonly #instruments = new Int32Array(MAX_PARTS)
  readonly #sides = new Uint8Array(MAX_PARTS)

  clear(): void {
    this.count = 0
  }

  /** Adds a part, described by the fields too. @returns false if there is no room */
  add(instrument: number, side: number): boolean {
    if (this.count === MAX_PARTS) return false
    this.#prices[this.count] = this.price
    this.#quantities[this.count] = this.quantity
    this.#instruments[this.count] = instrument
    this.#sides[this.count] = side
    this.count++
    return true
  }

  instrumentOf(index: number): number {
    return this.#instruments[index]
  }

  sideOf(index: number): number {
    return this.#sides[index]
  }

  /** Takes price and quantity of a part into the fields. */
  read(index: number): void {
    this.price = this.#prices[index]
    this.quantity = this.#quantities[index]
  }

  /** Removes the parts of one instrument; the others keep their order. */
  remove(instrument: number): void {
    let kept = 0
    for (let i = 0; i < this.count; i++) {
      if (this.#instruments[i] === instrument) continue
      this.#prices[kept] = this.#prices[i]
      this.#quantities[kept] = this.#quantities[i]
      this.#instruments[kept] = this.#instruments[i]
      this.#sides[kept] = this.#sides[i]
      kept++
    }
    this.count = kept
  }
}
