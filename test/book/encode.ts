import type { BookProtocol } from '../../src/book/index.js'
import { type MarketEvent, type Side, symbolOf } from './market-event.js'

/** Bytes that hold any message. */
export const MESSAGE_ROOM = 64

/** Writes events as the messages of a protocol; an encoder of the tests' own, from the specifications. */
export class Encoder {
  readonly bytes = new DataView(new ArrayBuffer(MESSAGE_ROOM))
  readonly #protocol: BookProtocol

  constructor(protocol: BookProtocol) {
    this.#protocol = protocol
  }

  /** Writes a message to the start of `bytes`. @returns its length */
  encode(event: MarketEvent, timeNs: number): number {
    return this.#protocol === 'itch50' ? this.#itch(event, timeNs) : this.#iex(event, timeNs)
  }

  #itch(event: MarketEvent, timeNs: number): number {
    const { bytes } = this
    const locate = 'instrument' in event ? event.instrument + 1 : 0
    bytes.setUint16(1, locate)
    bytes.setUint16(3, 0)
    bytes.setUint16(5, Math.floor(timeNs / 2 ** 32))
    bytes.setUint32(7, timeNs % 2 ** 32)
    switch (event.kind) {
      case 'directory':
        this.#symbol(11, event.instrument)
        return this.#typed('R', 39)
      case 'add': {
        const withMpid = event.id % 7n === 0n
        bytes.setBigUint64(11, event.id)
        this.#character(19, event.side === 'bid' ? 'B' : 'S')
        bytes.setUint32(20, event.quantity)
        this.#symbol(24, event.instrument)
        bytes.setUint32(32, event.price)
        if (withMpid) this.#text(36, 'MPID')
        return this.#typed(withMpid ? 'F' : 'A', withMpid ? 40 : 36)
      }
      case 'execute':
        bytes.setBigUint64(11, event.id)
        bytes.setUint32(19, event.quantity)
        bytes.setBigUint64(23, 1n)
        if (event.price === null) return this.#typed('E', 31)
        this.#character(31, event.printable ? 'Y' : 'N')
        bytes.setUint32(32, event.price)
        return this.#typed('C', 36)
      case 'cancel':
        bytes.setBigUint64(11, event.id)
        bytes.setUint32(19, event.quantity)
        return this.#typed('X', 23)
      case 'delete':
        bytes.setBigUint64(11, event.id)
        return this.#typed('D', 19)
      case 'replace':
        bytes.setBigUint64(11, event.id)
        bytes.setBigUint64(19, event.newId)
        bytes.setUint32(27, event.quantity)
        bytes.setUint32(31, event.price)
        return this.#typed('U', 35)
      case 'trade':
        bytes.setBigUint64(11, 0n)
        this.#character(19, 'B')
        bytes.setUint32(20, event.quantity)
        this.#symbol(24, event.instrument)
        bytes.setUint32(32, event.price)
        bytes.setBigUint64(36, 2n)
        return this.#typed('P', 44)
      case 'status':
        this.#symbol(11, event.instrument)
        this.#character(19, event.code)
        this.#text(20, '     ')
        return this.#typed('H', 25)
      case 'start-of-day':
        this.#character(11, 'O')
        return this.#typed('S', 12)
      case 'noise':
        bytes.setUint8(11, 0x31)
        return this.#typed('W', 12)
      default:
        throw new Error(`ITCH has no ${event.kind}`)
    }
  }

  #iex(event: MarketEvent, timeNs: number): number {
    const { bytes } = this
    bytes.setUint8(1, 0)
    bytes.setUint32(2, timeNs % 2 ** 32, true)
    bytes.setUint32(6, Math.floor(timeNs / 2 ** 32), true)
    if ('instrument' in event) this.#symbol(10, event.instrument)
    switch (event.kind) {
      case 'directory':
        return this.#typed('D', 31)
      case 'clear':
        return this.#typed('C', 18)
      case 'add':
        this.#character(1, iexSide(event.side))
        return this.#order('a', 38, event.id, event.quantity, event.price)
      case 'modify':
        bytes.setUint8(1, event.keepsPriority ? 1 : 0)
        return this.#order('M', 38, event.id, event.quantity, event.price)
      case 'execute':
        bytes.setBigUint64(38, 3n, true)
        return this.#order('L', 46, event.id, event.quantity, event.price ?? 0)
      case 'delete':
        bytes.setBigUint64(18, event.id, true)
        return this.#typed('R', 26)
      case 'level':
        bytes.setUint8(1, event.complete ? 1 : 0)
        bytes.setUint32(18, event.quantity, true)
        bytes.setBigInt64(22, BigInt(event.price), true)
        return this.#typed(iexSide(event.side), 30)
      case 'quote':
        bytes.setUint32(18, event.bidQuantity, true)
        bytes.setBigInt64(22, BigInt(event.bid), true)
        bytes.setBigInt64(30, BigInt(event.ask), true)
        bytes.setUint32(38, event.askQuantity, true)
        return this.#typed('Q', 42)
      case 'trade':
        bytes.setUint32(18, event.quantity, true)
        bytes.setBigInt64(22, BigInt(event.price), true)
        bytes.setBigInt64(30, 4n, true)
        return this.#typed('T', 38)
      case 'status':
        this.#character(1, event.code)
        this.#text(18, '    ')
        return this.#typed('H', 22)
      case 'start-of-day':
        this.#character(1, 'O')
        return this.#typed('S', 10)
      case 'noise':
        this.#character(1, 'O')
        this.#symbol(10, 0)
        return this.#typed('E', 18)
      default:
        throw new Error(`no feed of IEX has ${event.kind}`)
    }
  }

  #order(type: string, length: number, id: bigint, quantity: number, price: number): number {
    this.bytes.setBigUint64(18, id, true)
    this.bytes.setUint32(26, quantity, true)
    this.bytes.setBigInt64(30, BigInt(price), true)
    return this.#typed(type, length)
  }

  #typed(type: string, length: number): number {
    this.#character(0, type)
    return length
  }

  #character(at: number, character: string): void {
    this.bytes.setUint8(at, character.charCodeAt(0))
  }

  #symbol(at: number, instrument: number): void {
    this.#text(at, symbolOf(instrument).padEnd(8))
  }

  #text(at: number, text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes.setUint8(at + i, text.charCodeAt(i))
  }
}

function iexSide(side: Side): string {
  return side === 'bid' ? '8' : '5'
}
