/** An order that rests in the made-up market. */
export interface Order {
  readonly instrument: number
  readonly side: 'bid' | 'ask'
  /** Changes when it is replaced, as ITCH has it. */
  id: number
  /** Stays when it is modified, as DEEP+ has it. */
  readonly firstId: number
  /** In steps of 0.0001. */
  price: number
  shares: number
  /** Where it is in the instrument's list of live orders. */
  index: number
}

/** Orders of one side at one price, the oldest first. */
export interface Level {
  readonly price: number
  readonly orders: Order[]
  shares: number
}

/** One side of an instrument's book: levels with the best at the end. */
export class SideOfBook {
  readonly levels: Level[] = []
  readonly #sign: number

  constructor(side: 'bid' | 'ask') {
    this.#sign = side === 'bid' ? 1 : -1
  }

  get best(): Level | undefined {
    return this.levels.at(-1)
  }

  /** The shares at a price; 0 where there is no level. */
  sharesAt(price: number): number {
    const at = this.#find(price)
    const level = this.levels[at]
    return level?.price === price ? level.shares : 0
  }

  add(order: Order): void {
    const at = this.#find(order.price)
    let level = this.levels[at]
    if (level?.price !== order.price) {
      level = { price: order.price, orders: [], shares: 0 }
      this.levels.splice(at, 0, level)
    }
    level.orders.push(order)
    level.shares += order.shares
  }

  /** Takes shares from an order, and the order away when none is left. */
  reduce(order: Order, shares: number): void {
    const at = this.#find(order.price)
    const level = this.levels[at]
    if (level === undefined) return
    level.shares -= shares
    order.shares -= shares
    if (order.shares > 0) return
    level.orders.splice(level.orders.indexOf(order), 1)
    if (level.orders.length === 0) this.levels.splice(at, 1)
  }

  /** Where the level of a price is or would be. */
  #find(price: number): number {
    let low = 0
    let high = this.levels.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const level = this.levels[middle]
      if (level !== undefined && (level.price - price) * this.#sign < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
