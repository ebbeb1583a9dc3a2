import { TextWriter, textSectionBytes } from '../../account/text-section.js'
import { AF_INET, AF_INET6 } from '../../native/constants.js'
import { SOCKET_ADDRESS_ROOM_BYTES } from '../../native/socket-address.js'
import type { DatagramSource } from '../../transport/datagram-source.js'
import type { Framing } from '../../wire/framing.js'
import { MOLD_SESSION_BYTES } from '../../wire/moldudp64.js'

/** Streams with their senders that are told apart; more are not named. */
const MOST = 12
const TEXT_BYTES = 2048
/** Where IEX-TP has protocol (u16), channel and session (u32 each), one behind the other. */
const IEX_PROTOCOL = 2
const IEX_CHANNEL = 4
const IEX_SESSION = 8
const IEX_IDENTITY_END = 12
const SPREAD = 0x9e3779b1

export const OTHER_STREAMS_BYTES = textSectionBytes(TEXT_BYTES)

/** Of whom a stream is: the feed's own, another on its lines, or of the answers to requests. */
export type StreamRole = 'own' | 'other' | 'answer'

/** A stream with one of its senders, as the report names it. */
export interface NamedStream {
  readonly role: StreamRole
  /** What its datagrams call it; empty where the framing has no sessions. */
  readonly stream: string
  /** Address and port; null: the transport does not tell, or not yet. */
  readonly source: string | null
}

/**
 * Names the streams that share a feed's lines, and who sends them, once somebody else than the feed's
 * publisher is heard. It writes a text only when it hears of one for the first time, and remembers few: no
 * allocation for the datagrams of streams that it knows. One thread.
 */
export class OtherStreams {
  /** Whether others were heard, so that the feed's own stream is to be named beside them. */
  curious = false
  readonly #framing: Framing
  readonly #writer: TextWriter
  readonly #known: NamedStream[] = []
  readonly #keys = new Int32Array(MOST)
  readonly #sender = new DataView(new ArrayBuffer(SOCKET_ADDRESS_ROOM_BYTES))

  /** @param byteOffset where OTHER_STREAMS_BYTES begin in `buffer` */
  constructor(framing: Framing, buffer: ArrayBufferLike, byteOffset: number) {
    this.#framing = framing
    this.#writer = new TextWriter(buffer, byteOffset, OTHER_STREAMS_BYTES)
  }

  /** What the source has opened is of such a stream; its header begins at `offset`. */
  note(role: StreamRole, source: DatagramSource, offset: number, length: number): void {
    if (this.#known.length === MOST) {
      this.curious = false
      return
    }
    if (role === 'other' && !this.curious && this.#known.length === 0) {
      this.curious = true
      source.tellSenders()
    }
    const told = source.copySender(this.#sender)
    const key = this.#keyOf(role, source.bytes, offset, length, told)
    for (let i = 0; i < this.#known.length; i++) if (this.#keys[i] === key) return
    this.#keys[this.#known.length] = key
    this.#known.push({
      role,
      stream: streamText(this.#framing.name, source.bytes, offset, length),
      source: told ? addressText(this.#sender) : null,
    })
    // Its senders are known: the feed itself is looked at no longer.
    if (role === 'own' && told) this.curious = false
    this.#writer.write(JSON.stringify(this.#known))
  }

  #keyOf(role: StreamRole, bytes: DataView, offset: number, length: number, told: boolean): number {
    let key = role === 'own' ? 1 : role === 'other' ? 2 : 3
    const [from, to] = IDENTITY[this.#framing.name] ?? NOTHING
    for (let at = from; at < Math.min(to, length); at++) {
      key = Math.imul(key ^ bytes.getUint8(offset + at), SPREAD)
      key ^= key >>> 15
    }
    if (!told) return key
    for (let at = 0; at < SOCKET_ADDRESS_ROOM_BYTES; at += 4) {
      key = Math.imul(key ^ this.#sender.getInt32(at), SPREAD)
      key ^= key >>> 15
    }
    return key
  }
}

const NOTHING: readonly [number, number] = [0, 0]
/** Which bytes of a datagram name its stream. */
const IDENTITY: Readonly<Record<string, readonly [number, number]>> = {
  moldudp64: [0, MOLD_SESSION_BYTES],
  'iex-tp': [IEX_PROTOCOL, IEX_IDENTITY_END],
}

function streamText(framing: string, bytes: DataView, offset: number, length: number): string {
  const [, end] = IDENTITY[framing] ?? NOTHING
  if (end === 0 || length < end) return ''
  if (framing === 'iex-tp') {
    const protocol = bytes.getUint16(offset + IEX_PROTOCOL, true).toString(16)
    const channel = bytes.getUint32(offset + IEX_CHANNEL, true)
    const session = bytes.getUint32(offset + IEX_SESSION, true)
    return `session ${session} (protocol 0x${protocol}, channel ${channel})`
  }
  let name = ''
  for (let at = 0; at < end; at++) {
    const octet = bytes.getUint8(offset + at)
    name += octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '?'
  }
  return `session ${name.trimEnd()}`
}

/** A socket address as an endpoint has it. */
function addressText(name: DataView): string | null {
  const family = name.getUint16(0, true)
  const port = name.getUint16(2)
  if (family === AF_INET) {
    const octets = [4, 5, 6, 7].map((at) => name.getUint8(at))
    return `${octets.join('.')}:${port}`
  }
  if (family !== AF_INET6) return null
  const groups = Array.from({ length: 8 }, (_, i) => name.getUint16(8 + 2 * i).toString(16))
  // One run of zeros in two colons: the URL parser has the rule for which.
  const { hostname } = new URL(`http://[${groups.join(':')}]`)
  return `${hostname}:${port}`
}
