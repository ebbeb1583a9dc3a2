/** What an IEX-TP datagram is built from. Sizes are those of the messages unless given. */
export interface IexTpParts {
  readonly sequence: bigint
  readonly messages: readonly Uint8Array[]
  readonly session?: number
  readonly count?: number
  readonly payloadBytes?: number
  readonly version?: number
}

/** An IEX-TP datagram, written independently of the reader under test. */
export function iexTpDatagram(parts: IexTpParts): Uint8Array {
  const blocks = parts.messages.map((message) => {
    const header = Buffer.alloc(2)
    header.writeUInt16LE(message.length)
    return Buffer.concat([header, message])
  })
  const payload = Buffer.concat(blocks)
  const header = Buffer.alloc(40)
  header.writeUInt8(parts.version ?? 1, 0)
  header.writeUInt16LE(0x8003, 2)
  header.writeUInt32LE(1, 4)
  header.writeUInt32LE(parts.session ?? 0, 8)
  header.writeUInt16LE(parts.payloadBytes ?? payload.length, 12)
  header.writeUInt16LE(parts.count ?? parts.messages.length, 14)
  header.writeBigInt64LE(BigInt.asIntN(64, parts.sequence), 24)
  return Uint8Array.from(Buffer.concat([header, payload]))
}

/** `count` native messages whose sequences follow each other from `firstSequence`, modulo 2^32. */
export function rawDatagram(firstSequence: number, count: number): Uint8Array {
  const datagram = Buffer.alloc(count * 29)
  for (let index = 0; index < count; index++) {
    datagram.writeUInt32LE((firstSequence + index) % 2 ** 32, index * 29 + 16)
  }
  return Uint8Array.from(datagram)
}

/** What a MoldUDP64 datagram is built from. The count is that of the messages unless given. */
export interface MoldParts {
  /** Up to ten characters, each a byte. */
  readonly session?: string
  readonly sequence: bigint
  readonly messages: readonly Uint8Array[]
  readonly count?: number
}

/** A MoldUDP64 datagram, written independently of the reader under test. */
export function moldDatagram(parts: MoldParts): Uint8Array {
  const blocks = parts.messages.map((message) => {
    const header = Buffer.alloc(2)
    header.writeUInt16BE(message.length)
    return Buffer.concat([header, message])
  })
  const header = Buffer.alloc(20)
  header.write((parts.session ?? 'TEST').padEnd(10), 'latin1')
  header.writeBigUInt64BE(parts.sequence, 10)
  header.writeUInt16BE(parts.count ?? parts.messages.length, 18)
  return Uint8Array.from(Buffer.concat([header, ...blocks]))
}

/** A datagram as a reader sees it: undefined stands for one that must be refused. */
export interface Reading {
  readonly sequence: number
  /** Undefined where the number is the framing's own choice. */
  readonly session: number | undefined
  /** The ten bytes that name the session in a request, as latin1. */
  readonly sessionName: string
  readonly endOfSession?: boolean
  /** Where each message lies, from the start of the datagram. */
  readonly messages: readonly { readonly start: number; readonly length: number }[]
}

/** What the native framing's rules make of `datagram`, the slow and obvious way. */
export function readRaw(datagram: Uint8Array): Reading | undefined {
  const buffer = Buffer.from(datagram)
  if (buffer.length === 0 || buffer.length % 29 !== 0) return undefined
  const messages: { start: number; length: number }[] = []
  const sequences: bigint[] = []
  for (let start = 0; start < buffer.length; start += 29) {
    messages.push({ start, length: 29 })
    sequences.push(BigInt(buffer.readUInt32LE(start + 16)))
  }
  const [first = 0n] = sequences
  const inOrder = sequences.every((sequence, index) => {
    return sequence === (first + BigInt(index)) % 2n ** 32n
  })
  return inOrder
    ? { sequence: Number(first), session: 0, sessionName: ' '.repeat(10), messages }
    : undefined
}

/** What the rules of IEX-TP make of `datagram`, the slow and obvious way. */
export function readIexTp(datagram: Uint8Array): Reading | undefined {
  const buffer = Buffer.from(datagram)
  if (buffer.length < 40 || buffer[0] !== 1) return undefined
  if (buffer.readUInt16LE(12) !== buffer.length - 40) return undefined
  const count = buffer.readUInt16LE(14)
  const sequence = buffer.readBigInt64LE(24)
  if (sequence < 0n || sequence + BigInt(count) > 2n ** 53n - 1n) return undefined
  const messages: { start: number; length: number }[] = []
  let rest = buffer.subarray(40)
  while (rest.length >= 2) {
    const length = rest.readUInt16LE(0)
    if (rest.length < 2 + length) return undefined
    messages.push({ start: buffer.length - rest.length + 2, length })
    rest = rest.subarray(2 + length)
  }
  if (rest.length !== 0 || messages.length !== count) return undefined
  const session = buffer.readUInt32LE(8)
  const sessionName = String(session).padEnd(10)
  return { sequence: Number(sequence), session, sessionName, messages }
}

/** What the rules of MoldUDP64 make of `datagram`, the slow and obvious way. */
export function readMold(datagram: Uint8Array): Reading | undefined {
  const buffer = Buffer.from(datagram)
  if (buffer.length < 20 && buffer.length !== 18) return undefined
  const wireCount = buffer.length === 18 ? 0 : buffer.readUInt16BE(18)
  const endOfSession = wireCount === 0xffff
  const count = endOfSession ? 0 : wireCount
  const sequence = buffer.readBigUInt64BE(10)
  if (sequence < 1n && count > 0) return undefined
  if (sequence + BigInt(count) > 2n ** 53n - 1n) return undefined
  if (endOfSession && buffer.length > 20) return undefined
  // A setup of flow control has bytes behind a header that counts nothing.
  if (wireCount === 0 && buffer.length > 20 && buffer.toString('latin1', 0, 4) === 'TWFC')
    return undefined
  const messages: { start: number; length: number }[] = []
  let rest = buffer.subarray(Math.min(20, buffer.length))
  while (messages.length < count) {
    if (rest.length < 2) return undefined
    const length = rest.readUInt16BE(0)
    if (rest.length < 2 + length) return undefined
    messages.push({ start: buffer.length - rest.length + 2, length })
    rest = rest.subarray(2 + length)
  }
  const sessionName = buffer.toString('latin1', 0, 10)
  return { sequence: Number(sequence), session: undefined, sessionName, endOfSession, messages }
}

/** What an MDP 3.0 packet is built from: SBE messages, header included. */
export interface Mdp3Parts {
  readonly sequence: number
  readonly sentNs?: bigint
  readonly messages: readonly Uint8Array[]
}

/** An MDP 3.0 packet, written independently of the reader under test. */
export function mdp3Datagram({ sequence, sentNs = 0n, messages }: Mdp3Parts): Uint8Array {
  const header = Buffer.alloc(12)
  header.writeUInt32LE(sequence, 0)
  header.writeBigUInt64LE(sentNs, 4)
  const sized = messages.map((message) => {
    const size = Buffer.alloc(2)
    size.writeUInt16LE(2 + message.length)
    return Buffer.concat([size, message])
  })
  return Uint8Array.from(Buffer.concat([header, ...sized]))
}

/** What the rules of MDP 3.0 make of `datagram`, the slow and obvious way. */
export function readMdp3(datagram: Uint8Array): Reading | undefined {
  const buffer = Buffer.from(datagram)
  if (buffer.length <= 12) return undefined
  const messages: { start: number; length: number }[] = []
  let rest = buffer.subarray(12)
  while (rest.length > 0) {
    if (rest.length < 10) return undefined
    const size = rest.readUInt16LE(0)
    if (size < 10 || size > rest.length) return undefined
    messages.push({ start: buffer.length - rest.length + 2, length: size - 2 })
    rest = rest.subarray(size)
  }
  const sequence = buffer.readUInt32LE(0)
  return { sequence, session: 0, sessionName: ' '.repeat(10), messages }
}
