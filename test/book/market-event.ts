import type { BookProtocol } from '../../src/book/index.js'

export type Side = 'bid' | 'ask'

/** What a publisher can say, whatever the protocol. Prices are whole numbers in the feed's unit. */
export type MarketEvent =
  | { readonly kind: 'directory' | 'clear'; readonly instrument: number }
  | {
      readonly kind: 'add'
      readonly instrument: number
      readonly side: Side
      readonly id: bigint
      readonly quantity: number
      readonly price: number
    }
  | {
      readonly kind: 'execute'
      readonly instrument: number
      readonly id: bigint
      readonly quantity: number
      /** null: at the order's price. */
      readonly price: number | null
      readonly printable: boolean
    }
  | {
      readonly kind: 'cancel'
      readonly instrument: number
      readonly id: bigint
      readonly quantity: number
    }
  | { readonly kind: 'delete'; readonly instrument: number; readonly id: bigint }
  | {
      readonly kind: 'replace'
      readonly instrument: number
      readonly id: bigint
      readonly newId: bigint
      readonly quantity: number
      readonly price: number
    }
  | {
      readonly kind: 'modify'
      readonly instrument: number
      readonly id: bigint
      readonly quantity: number
      readonly price: number
      readonly keepsPriority: boolean
    }
  | {
      readonly kind: 'level'
      readonly instrument: number
      readonly side: Side
      readonly price: number
      readonly quantity: number
      readonly complete: boolean
    }
  | {
      readonly kind: 'quote'
      readonly instrument: number
      readonly bid: number
      readonly bidQuantity: number
      readonly ask: number
      readonly askQuantity: number
    }
  | {
      readonly kind: 'trade'
      readonly instrument: number
      readonly quantity: number
      readonly price: number
    }
  | { readonly kind: 'status'; readonly instrument: number; readonly code: string }
  | { readonly kind: 'start-of-day' | 'noise' }

/** Protocols that have orders. */
export function hasOrders(protocol: BookProtocol): boolean {
  return protocol === 'itch50' || protocol === 'deepplus10'
}

/** The symbol of an instrument: short and long ones, and characters that exchanges use. */
export function symbolOf(instrument: number): string {
  const letters = ['A', 'BRK.B', 'ZXZZT', 'SPY', 'TEST=', 'LONGNAME', 'B+', 'QQQ-'][instrument % 8]
  return instrument < 8 ? (letters ?? '') : `${(letters ?? '').slice(0, 3)}${instrument}`
}
