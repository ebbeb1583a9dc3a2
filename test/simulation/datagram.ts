import type { ResponseFraming } from '../../src/retransmit/response-framing.js'
import { HEADER_BYTES, messageBytes, writeMessage } from './content.js'

/** A run of the publisher's numbers: a session, or one restarted under the same name. */
export interface Stream {
  readonly index: number
  /** The name that is in the headers; raw has none. */
  readonly session: string
  /** The sequence of its first message. */
  readonly first: number
}

/** What a datagram holds, if nothing on its way has changed it. */
export interface Held {
  readonly stream: Stream
  /** Of the first message; of the next one that will be sent if there is none. */
  readonly sequence: number
  readonly count: number
  readonly kind: 'messages' | 'heartbeat' | 'end'
}

/** A datagram on its way. */
export interface Datagram {
  readonly payload: Uint8Array
  /** What the publisher put into it; undefined: it is not what the publisher sent. */
  readonly held: Held | undefined
  /** What somebody else made up, that looks like a datagram of the feed. */
  readonly forged?: Held
}

const IEX_VERSION = 1
const IEX_TOPS = 0x8003
const END_OF_SESSION = 0xffff

/** Ten characters, as they are in headers and requests. */
export function sessionName(framing: ResponseFraming, session: string): string {
  return (framing === 'raw' ? '' : session).padEnd(10)
}

/** Writes a datagram as its framing wants it, independently of what reads it. */
export function writeDatagram(framing: ResponseFraming, held: Held): Uint8Array {
  const { stream, sequence, count, kind } = held
  const blockHeader = framing === 'raw' ? 0 : 2
  let length = HEADER_BYTES[framing]
  for (let i = 0; i < count; i++) {
    length += blockHeader + messageBytes(framing, stream.index, sequence + i)
  }
  const payload = new Uint8Array(length)
  const view = new DataView(payload.buffer)
  let at = HEADER_BYTES[framing]
  for (let i = 0; i < count; i++) {
    const size = writeMessage(framing, view, at + blockHeader, stream.index, sequence + i)
    if (blockHeader > 0) view.setUint16(at, size, framing === 'iex-tp')
    at += blockHeader + size
  }
  if (framing === 'moldudp64') {
    const name = sessionName(framing, stream.session)
    for (let i = 0; i < name.length; i++) payload[i] = name.charCodeAt(i)
    view.setBigUint64(10, BigInt(sequence))
    view.setUint16(18, kind === 'end' ? END_OF_SESSION : count)
  } else if (framing === 'iex-tp') {
    writeIexHeader(view, stream, sequence, count)
  }
  return payload
}

/** The header that answers of a store are made from, if the framing needs one. */
export function storedHeader(framing: ResponseFraming, stream: Stream): Uint8Array | undefined {
  if (framing !== 'iex-tp') return undefined
  const header = new Uint8Array(HEADER_BYTES[framing])
  writeIexHeader(new DataView(header.buffer), stream, 0, 0)
  return header
}

function writeIexHeader(view: DataView, stream: Stream, sequence: number, count: number): void {
  view.setUint8(0, IEX_VERSION)
  view.setUint16(2, IEX_TOPS, true)
  view.setUint32(4, 1, true)
  view.setUint32(8, Number(stream.session), true)
  view.setUint16(12, view.byteLength - HEADER_BYTES['iex-tp'], true)
  view.setUint16(14, count, true)
  view.setBigInt64(24, BigInt(sequence), true)
}
