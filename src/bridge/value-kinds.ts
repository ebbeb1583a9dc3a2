import { protocolOfIexTp } from '../codec/protocol-names.js'
import { PROTOCOLS } from '../codec/protocols.js'

/** A kind of message that is the last value of something until the next one comes. */
interface ValueKind {
  /** Where the instrument's symbol is in a message, of how many characters. */
  readonly symbolOffset: number
  readonly symbolLength: number
  /** What it is the last of. */
  readonly what: string
  readonly messageBytes: number
}

type Tabled = 'itch50' | 'tops16' | 'deep10' | 'deepplus10'

/**
 * Messages that stand for themselves. Orders and price levels do not: the best of them is known to who has
 * the whole book.
 */
const LAST_OF: Readonly<Record<Tabled, Readonly<Record<string, string>>>> = {
  itch50: { trade: 'trade' },
  tops16: { quoteUpdate: 'quote', tradeReport: 'trade' },
  deep10: { tradeReport: 'trade' },
  deepplus10: { trade: 'trade' },
}

const SYMBOLS = ['symbol', 'stock']

/** Kinds of a protocol by the code in a message's first byte. Empty: nothing in it is a last value. */
export type ValueKinds = ReadonlyMap<number, ValueKind>

const NOTHING: ValueKinds = new Map()

/** The kinds of a feed; `iexNumber` tells the protocol where it is not known by name. */
export function valueKinds(protocol: string, iexNumber: number): ValueKinds {
  const name = protocol === 'auto' ? protocolOfIexTp(iexNumber) : protocol
  return name !== undefined && name in LAST_OF ? tabled(name as Tabled) : NOTHING
}

function tabled(name: Tabled): ValueKinds {
  const kinds = new Map<number, ValueKind>()
  for (const message of PROTOCOLS[name].table.messages) {
    const what = LAST_OF[name][message.name]
    const symbol = message.fields.find((field) => SYMBOLS.includes(field.name))
    if (what === undefined || symbol === undefined) continue
    kinds.set(String(message.code).charCodeAt(0), {
      symbolOffset: symbol.offset,
      symbolLength: symbol.length ?? 0,
      what,
      messageBytes: message.length,
    })
  }
  return kinds
}
