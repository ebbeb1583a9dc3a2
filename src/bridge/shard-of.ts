import { protocolOfIexTp } from '../codec/protocol-names.js'
import { PROTOCOLS } from '../codec/protocols.js'
import { MARKET_DATA_OFFSETS } from '../wire/market-data-view.js'

/** Protocols whose messages say which instrument they are about. */
export const SHARD_PROTOCOLS = ['native', 'itch50', 'tops16', 'deep10', 'deepplus10'] as const
type ShardProtocol = (typeof SHARD_PROTOCOLS)[number]

/** What a message is in all shards for: it is about no instrument, or nobody knows about which. */
export const ALL_SHARDS = -1

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193
const INSTRUMENT_BYTES = 4
/** ITCH: of each message, behind its type. */
const LOCATE_AT = 1
const LOCATE_BYTES = 2

/** In which shard a message is; ALL_SHARDS: in each. */
export type ShardOf = (bytes: DataView, offset: number, length: number) => number

/**
 * Says for a feed's messages in which of so many shards they are: FNV-1a (32 bits) over the instrument as it lies
 * in the message, modulo the number of shards. The instrument is the four bytes of `native`'s number, the stock locate
 * of `itch50`, the eight bytes of the symbol of IEX's protocols with its blanks.
 *
 * @param iexNumber of the protocol in the header, where its name is `auto`
 * @returns undefined for a protocol of whose messages nobody knows what they are about
 */
export function shardRule(
  protocol: string,
  iexNumber: number,
  shards: number,
): ShardOf | undefined {
  const name = protocol === 'auto' ? protocolOfIexTp(iexNumber) : protocol
  const known = SHARD_PROTOCOLS.find((one) => one === name)
  return known === undefined ? undefined : ruleOf(known, shards)
}

function ruleOf(protocol: ShardProtocol, shards: number): ShardOf {
  if (protocol === 'native') {
    const at = MARKET_DATA_OFFSETS.instrument
    return (bytes, offset) => hash(bytes, offset + at, INSTRUMENT_BYTES) % shards
  }
  if (protocol === 'itch50') {
    return (bytes, offset, length) => {
      if (length < LOCATE_AT + LOCATE_BYTES) return ALL_SHARDS
      if (bytes.getUint16(offset + LOCATE_AT) === 0) return ALL_SHARDS
      return hash(bytes, offset + LOCATE_AT, LOCATE_BYTES) % shards
    }
  }
  const symbols = symbolsOf(protocol)
  return (bytes, offset, length) => {
    const symbol = length === 0 ? undefined : symbols.get(bytes.getUint8(offset))
    if (symbol === undefined || length < symbol.offset + symbol.length) return ALL_SHARDS
    return hash(bytes, offset + symbol.offset, symbol.length) % shards
  }
}

/** Where the symbol is, by the code in a message's first byte. */
function symbolsOf(protocol: Exclude<ShardProtocol, 'native' | 'itch50'>) {
  const symbols = new Map<number, { readonly offset: number; readonly length: number }>()
  for (const message of PROTOCOLS[protocol].table.messages) {
    const symbol = message.fields.find((field) => field.name === 'symbol')
    if (symbol === undefined) continue
    symbols.set(String(message.code).charCodeAt(0), {
      offset: symbol.offset,
      length: symbol.length ?? 0,
    })
  }
  return symbols
}

function hash(bytes: DataView, offset: number, length: number): number {
  let value = FNV_OFFSET
  for (let i = 0; i < length; i++) {
    value = Math.imul(value ^ bytes.getUint8(offset + i), FNV_PRIME)
  }
  return value >>> 0
}
