import type { SuspectCause } from '../../src/book/index.js'
import type { MarketEvent, Side } from './market-event.js'

interface Order {
  readonly id: bigint
  readonly side: Side
  readonly price: number
  quantity: number
}

export interface ReferenceLevel {
  readonly price: number
  readonly quantity: number
  readonly orders: readonly { readonly id: bigint; readonly quantity: number }[]
}

type LevelEvent = Extract<MarketEvent, { kind: 'level' }>

/**
 * A book as naive as can be: all orders in one list in the order of their priority, price levels in maps.
 * Slow, and shares no idea with what it judges.
 */
export class ReferenceBook {
  orders: Order[] = []
  readonly quantities: Readonly<Record<Side, Map<number, number>>> = {
    bid: new Map(),
    ask: new Map(),
  }
  /** Whether any message has named its instrument. */
  known = false
  touched = false
  ownCause: SuspectCause | undefined
  unknownOrders = 0
  overExecuted = 0
  crossings = 0
  crossed = false
  trades = 0
  volume = 0
  lastTrade: { price: number; quantity: number } | undefined
  status: string | null = null
  #parts: LevelEvent[] = []

  /** @returns whether the book's levels are what they are for all to see: an event is complete */
  apply(event: MarketEvent): boolean {
    this.known = true
    switch (event.kind) {
      case 'add':
        this.touched = true
        this.#add(event.id, event.side, event.price, event.quantity)
        break
      case 'execute':
        this.touched = true
        this.#execute(event.id, event.quantity, event.price, event.printable)
        break
      case 'cancel':
        this.touched = true
        this.#take(event.id, event.quantity)
        break
      case 'delete':
        this.touched = true
        this.#take(event.id, Number.POSITIVE_INFINITY)
        break
      case 'replace': {
        this.touched = true
        const old = this.#find(event.id)
        if (old === undefined) {
          this.#unknown()
          break
        }
        this.#drop(old)
        this.#add(event.newId, old.side, event.price, event.quantity)
        break
      }
      case 'modify': {
        this.touched = true
        const old = this.#find(event.id)
        if (old === undefined) {
          this.#unknown()
        } else if (event.keepsPriority && old.price === event.price) {
          old.quantity = event.quantity
        } else {
          this.#drop(old)
          this.#add(event.id, old.side, event.price, event.quantity)
        }
        break
      }
      case 'clear':
        this.touched = true
        this.empty()
        break
      case 'level':
        this.touched = true
        this.#parts.push(event)
        if (!event.complete) return false
        for (const part of this.#parts) this.#set(part)
        this.#parts = []
        break
      case 'quote':
        this.touched = true
        this.#quote('bid', event.bid, event.bidQuantity)
        this.#quote('ask', event.ask, event.askQuantity)
        this.ownCause = undefined
        break
      case 'trade':
        this.#trade(event.price, event.quantity)
        return true
      case 'status':
        this.status = event.code
        return true
      default:
        return true
    }
    this.#lookForCrossing()
    return true
  }

  /** Empties the book, as a clear or a new day does. */
  empty(): void {
    this.orders = []
    this.quantities.bid.clear()
    this.quantities.ask.clear()
    this.#parts = []
    this.ownCause = undefined
    this.touched = this.known
    this.crossed = false
  }

  /** Levels of a side, best first. */
  levels(side: Side): ReferenceLevel[] {
    const byPrice = new Map<number, { id: bigint; quantity: number }[]>()
    for (const order of this.orders) {
      if (order.side !== side) continue
      const queue = byPrice.get(order.price)
      if (queue === undefined) byPrice.set(order.price, [order])
      else queue.push(order)
    }
    const levels = [...byPrice].map(([price, orders]) => ({
      price,
      quantity: orders.reduce((sum, { quantity }) => sum + quantity, 0),
      orders,
    }))
    for (const [price, quantity] of this.quantities[side])
      levels.push({ price, quantity, orders: [] })
    return levels.sort((a, b) => (side === 'bid' ? b.price - a.price : a.price - b.price))
  }

  #best(side: Side): number | undefined {
    let best: number | undefined
    const look = (price: number): void => {
      if (best === undefined || (side === 'bid' ? price > best : price < best)) best = price
    }
    for (const order of this.orders) if (order.side === side) look(order.price)
    for (const price of this.quantities[side].keys()) look(price)
    return best
  }

  #find(id: bigint): Order | undefined {
    return this.orders.find((order) => order.id === id)
  }

  #drop(order: Order): void {
    this.orders = this.orders.filter((other) => other !== order)
  }

  #add(id: bigint, side: Side, price: number, quantity: number): void {
    const known = this.#find(id)
    if (known !== undefined) {
      this.ownCause ??= 'unknown-order'
      this.#drop(known)
    }
    this.orders.push({ id, side, price, quantity })
  }

  #execute(id: bigint, quantity: number, price: number | null, printable: boolean): void {
    const order = this.#find(id)
    if (printable) {
      const at = price ?? order?.price
      if (at === undefined) {
        this.trades++
        this.volume += quantity
      } else {
        this.#trade(at, quantity)
      }
    }
    this.#take(id, quantity)
  }

  #take(id: bigint, quantity: number): void {
    const order = this.#find(id)
    if (order === undefined) {
      this.#unknown()
      return
    }
    if (quantity !== Number.POSITIVE_INFINITY && quantity > order.quantity) {
      this.overExecuted++
      this.ownCause ??= 'over-executed'
    }
    order.quantity -= quantity
    if (order.quantity <= 0) this.#drop(order)
  }

  #unknown(): void {
    this.unknownOrders++
    this.ownCause ??= 'unknown-order'
  }

  #set({ side, price, quantity }: LevelEvent): void {
    if (quantity > 0) this.quantities[side].set(price, quantity)
    else if (!this.quantities[side].delete(price)) this.#unknown()
  }

  #quote(side: Side, price: number, quantity: number): void {
    this.quantities[side].clear()
    if (quantity > 0) this.quantities[side].set(price, quantity)
  }

  #trade(price: number, quantity: number): void {
    this.trades++
    this.volume += quantity
    this.lastTrade = { price, quantity }
  }

  #lookForCrossing(): void {
    const bid = this.#best('bid')
    const ask = this.#best('ask')
    const crossed = bid !== undefined && ask !== undefined && bid > ask
    if (crossed && !this.crossed) this.crossings++
    this.crossed = crossed
  }
}
