import { IEX_TP_HEADER_BYTES, IEX_TP_VERSION } from './iex-tp-framing.js'
import { MARKET_DATA_BYTES } from './market-data-view.js'
import {
  MOLD_BLOCK_HEADER_BYTES,
  MOLD_COUNT_OFFSET,
  MOLD_END_OF_SESSION,
  MOLD_HEADER_BYTES,
  MOLD_SESSION_BYTES,
} from './moldudp64.js'

/** What a snap length left of a datagram. */
export interface CutDatagram {
  readonly bytes: Uint8Array
  /** Of the whole payload, as the UDP header says it. */
  readonly length: number
}

type Cuttable = 'iex-tp' | 'moldudp64' | 'raw'

const IEX_PAYLOAD_BYTES = 12
const RAW_SIDE = 28
const RAW_SIDE_MAX = 3

/** The most particular first. */
const SIGNS: readonly (readonly [Cuttable, (view: DataView, length: number) => boolean])[] = [
  ['iex-tp', looksLikeIexTp],
  ['moldudp64', looksLikeMold],
  ['raw', looksLikeRaw],
]

/**
 * The framing of datagrams that were all cut short, as far as their beginnings show it: IEX-TP by version and
 * length, MoldUDP64 by session, count and the lengths of the blocks that are left, raw by whole messages of which
 * the first is there. MDP 3.0 has no header that tells it.
 *
 * @returns undefined where not all of them look like one
 */
export function detectCutFraming(beginnings: readonly CutDatagram[]): Cuttable | undefined {
  if (beginnings.length === 0) return undefined
  return SIGNS.find(([, fits]) =>
    beginnings.every(({ bytes, length }) =>
      fits(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), length),
    ),
  )?.[0]
}

function looksLikeIexTp(view: DataView, length: number): boolean {
  return (
    view.byteLength >= IEX_PAYLOAD_BYTES + 2 &&
    view.getUint8(0) === IEX_TP_VERSION &&
    view.getUint16(IEX_PAYLOAD_BYTES, true) + IEX_TP_HEADER_BYTES === length
  )
}

function looksLikeMold(view: DataView, length: number): boolean {
  if (view.byteLength < MOLD_HEADER_BYTES || length < MOLD_HEADER_BYTES) return false
  for (let i = 0; i < MOLD_SESSION_BYTES; i++) {
    const character = view.getUint8(i)
    if (character < 0x20 || character > 0x7e) return false
  }
  const count = view.getUint16(MOLD_COUNT_OFFSET)
  if (count === 0 || count === MOLD_END_OF_SESSION) return length === MOLD_HEADER_BYTES
  let at = MOLD_HEADER_BYTES
  for (let i = 0; i < count && at + MOLD_BLOCK_HEADER_BYTES <= view.byteLength; i++) {
    at += MOLD_BLOCK_HEADER_BYTES + view.getUint16(at)
    const left = count - i - 1
    const room = length - at
    if (left === 0 ? room !== 0 : room < left * MOLD_BLOCK_HEADER_BYTES) return false
  }
  return true
}

function looksLikeRaw(view: DataView, length: number): boolean {
  return (
    length > 0 &&
    length % MARKET_DATA_BYTES === 0 &&
    view.byteLength > RAW_SIDE &&
    view.getUint8(RAW_SIDE) <= RAW_SIDE_MAX
  )
}
