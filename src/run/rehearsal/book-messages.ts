import type { BookProtocol } from '../../book/index.js'

/** Room for the longest message. */
export const BOOK_MESSAGE_ROOM = 64
const INSTRUMENTS = 24
const LIVE_ORDERS = 400
const MIDDLE = 500_000
const TICK = 100
const TICKS = 64
const EVENT_COMPLETE = 1

interface LiveOrder {
  readonly id: number
  readonly instrument: number
}

/**
 * Messages about books, as much like real ones as books need to take all their turns: adds, executions,
 * cancels, replaces, levels that come and go, trades, and now and then what contradicts a book.
 *
 * Offsets are those of NASDAQ TotalView-ITCH 5.0, IEX DEEP 1.0, DEEP+ 1.0 and TOPS 1.6. Not hot.
 */
export class BookMessages {
  readonly bytes: DataView
  readonly #protocol: BookProtocol
  readonly #at: number
  readonly #orders: LiveOrder[] = []
  #state = 1
  #nextId = 1

  /** @param at where in `bytes` a message begins */
  constructor(protocol: BookProtocol, bytes: DataView, at: number) {
    this.#protocol = protocol
    this.bytes = bytes
    this.#at = at
  }

  /** Writes the next message. @returns its length */
  write(): number {
    for (let i = 0; i < BOOK_MESSAGE_ROOM; i++) this.bytes.setUint8(this.#at + i, 0)
    switch (this.#protocol) {
      case 'itch50':
        return this.#itch()
      case 'deepplus10':
        return this.#deepPlus()
      case 'deep10':
        return this.#deep()
      case 'tops16':
        return this.#tops()
    }
  }

  #itch(): number {
    const at = this.#at
    const { bytes } = this
    const order = this.#anyOrder()
    const instrument = order?.instrument ?? this.#below(INSTRUMENTS)
    bytes.setUint16(at + 1, instrument + 1)
    bytes.setUint32(at + 7, this.#below(2 ** 31))
    const kind = this.#below(16)
    if (kind === 0) {
      bytes.setUint32(at + 20, 100)
      this.#symbol(at + 24, instrument)
      bytes.setUint32(at + 32, this.#price())
      return this.#typed('P', 44)
    }
    if (order === undefined || kind < 7) {
      const added = this.#add(this.#below(INSTRUMENTS))
      bytes.setUint16(at + 1, added.instrument + 1)
      bytes.setUint32(at + 15, added.id)
      bytes.setUint8(at + 19, this.#below(2) === 0 ? 0x42 : 0x53)
      bytes.setUint32(at + 20, 1 + this.#below(500))
      this.#symbol(at + 24, added.instrument)
      bytes.setUint32(at + 32, this.#price())
      return this.#typed(kind === 6 ? 'F' : 'A', kind === 6 ? 40 : 36)
    }
    bytes.setUint32(at + 15, order.id)
    if (kind < 9) {
      this.#remove(order)
      return this.#typed('D', 19)
    }
    if (kind === 9) {
      this.#remove(order)
      bytes.setUint32(at + 23, this.#add(order.instrument).id)
      bytes.setUint32(at + 27, 1 + this.#below(500))
      bytes.setUint32(at + 31, this.#price())
      return this.#typed('U', 35)
    }
    bytes.setUint32(at + 19, 1 + this.#below(100))
    if (kind === 10) return this.#typed('X', 23)
    if (kind < 15) return this.#typed('E', 31)
    bytes.setUint8(at + 31, this.#below(2) === 0 ? 0x59 : 0x4e)
    bytes.setUint32(at + 32, this.#price())
    return this.#typed('C', 36)
  }

  #deepPlus(): number {
    const at = this.#at
    const { bytes } = this
    const order = this.#anyOrder()
    const kind = this.#below(16)
    const instrument = order?.instrument ?? this.#below(INSTRUMENTS)
    this.#symbol(at + 10, instrument)
    if (kind === 0) return this.#trade()
    if (kind === 1 && this.#below(200) === 0) return this.#typed('C', 18)
    if (order === undefined || kind < 7) {
      const added = this.#add(this.#below(INSTRUMENTS))
      this.#symbol(at + 10, added.instrument)
      bytes.setUint8(at + 1, this.#below(2) === 0 ? 0x38 : 0x35)
      bytes.setUint32(at + 18, added.id, true)
      this.#sizeAndPrice(26, 30)
      return this.#typed('a', 38)
    }
    bytes.setUint32(at + 18, order.id, true)
    if (kind < 10) {
      this.#remove(order)
      return this.#typed('R', 26)
    }
    bytes.setUint8(at + 1, this.#below(2))
    this.#sizeAndPrice(26, 30)
    return kind < 12 ? this.#typed('M', 38) : this.#typed('L', 46)
  }

  #deep(): number {
    const at = this.#at
    this.#symbol(at + 10, this.#below(INSTRUMENTS))
    if (this.#below(16) === 0) return this.#trade()
    this.bytes.setUint8(at + 1, this.#below(6) === 0 ? 0 : EVENT_COMPLETE)
    this.#sizeAndPrice(18, 22)
    if (this.#below(3) === 0) this.bytes.setUint32(at + 18, 0, true)
    return this.#typed(this.#below(2) === 0 ? '8' : '5', 30)
  }

  #tops(): number {
    const at = this.#at
    this.#symbol(at + 10, this.#below(INSTRUMENTS))
    if (this.#below(16) === 0) return this.#trade()
    this.#sizeAndPrice(18, 22)
    this.#sizeAndPrice(38, 30)
    if (this.#below(8) === 0) this.bytes.setUint32(at + 18, 0, true)
    return this.#typed('Q', 42)
  }

  #trade(): number {
    this.#sizeAndPrice(18, 22)
    return this.#typed('T', 38)
  }

  #sizeAndPrice(size: number, price: number): void {
    this.bytes.setUint32(this.#at + size, 1 + this.#below(500), true)
    this.bytes.setUint32(this.#at + price, this.#price(), true)
  }

  #typed(type: string, length: number): number {
    this.bytes.setUint8(this.#at, type.charCodeAt(0))
    return length
  }

  #symbol(at: number, instrument: number): void {
    const text = `R${String(instrument).padStart(2, '0')}`.padEnd(8)
    for (let i = 0; i < text.length; i++) this.bytes.setUint8(at + i, text.charCodeAt(i))
  }

  #price(): number {
    return MIDDLE + TICK * this.#below(TICKS)
  }

  #add(instrument: number): LiveOrder {
    const order = { id: this.#nextId++, instrument }
    this.#orders.push(order)
    if (this.#orders.length > LIVE_ORDERS) this.#orders.shift()
    return order
  }

  #anyOrder(): LiveOrder | undefined {
    return this.#orders[this.#below(Math.max(1, this.#orders.length))]
  }

  #remove(order: LiveOrder): void {
    this.#orders.splice(this.#orders.indexOf(order), 1)
  }

  /** A number from 0 up to, and without, `bound`: xorshift, the same in every run. */
  #below(bound: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % bound
  }
}
