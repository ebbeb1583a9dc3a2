import assert from 'node:assert/strict'
import type { ResponseFraming } from '../../src/retransmit/response-framing.js'
import { readIexTp, readRaw } from '../wire/datagrams.js'

/** A request as its 20 bytes say it. */
export interface Request {
  readonly session: string
  readonly sequence: bigint
  readonly count: number
}

/** A reply, read independently of what wrote it. */
export interface Reply {
  readonly bytes: Buffer
  /** Undefined in raw. */
  readonly session: string | number | undefined
  readonly sequence: number
  readonly messages: readonly Buffer[]
}

/** A request of MoldUDP64, written independently of the server that reads it. */
export function requestBytes({ session, sequence, count }: Request): Buffer {
  const bytes = Buffer.alloc(20)
  bytes.write(session.padEnd(10, ' '), 0, 10, 'latin1')
  bytes.writeBigUInt64BE(sequence, 10)
  bytes.writeUInt16BE(count, 18)
  return bytes
}

/** Reads a reply, which has to be whole and to hold a message. */
export function readReply(framing: ResponseFraming, datagram: Uint8Array): Reply {
  const bytes = Buffer.from(datagram)
  if (framing === 'moldudp64') return readMold(bytes)
  const reading = framing === 'raw' ? readRaw(bytes) : readIexTp(bytes)
  assert.ok(reading !== undefined, `a ${framing} reply that is none: ${bytes.toString('hex')}`)
  assert.ok(reading.messages.length > 0)
  return {
    bytes,
    session: framing === 'raw' ? undefined : reading.session,
    sequence: reading.sequence,
    messages: reading.messages.map(({ start, length }) => bytes.subarray(start, start + length)),
  }
}

function readMold(bytes: Buffer): Reply {
  const messages: Buffer[] = []
  let at = 20
  while (at < bytes.length) {
    const length = bytes.readUInt16BE(at)
    assert.ok(at + 2 + length <= bytes.length, 'a block ends within the datagram')
    messages.push(bytes.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  assert.equal(bytes.readUInt16BE(18), messages.length)
  assert.ok(messages.length > 0)
  return {
    bytes,
    session: bytes.toString('latin1', 0, 10).trimEnd(),
    sequence: Number(bytes.readBigUInt64BE(10)),
    messages,
  }
}
