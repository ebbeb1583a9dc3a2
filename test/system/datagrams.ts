import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { MARKET_DATA_BYTES } from '../../src/index.js'

/** Native messages with these sequences, and a time stamp of now, in one datagram. */
export function rawDatagram(firstSequence: number, count = 1): Buffer {
  const bytes = Buffer.alloc(MARKET_DATA_BYTES * count)
  for (let i = 0; i < count; i++) {
    const at = MARKET_DATA_BYTES * i
    bytes.writeBigUInt64LE(BigInt(Date.now()) * 1_000_000n, at)
    bytes.writeBigInt64LE(100_250_000_000n, at + 8)
    bytes.writeUInt32LE((firstSequence + i) >>> 0, at + 16)
    bytes.writeUInt32LE(7, at + 20)
    bytes.writeUInt32LE(100, at + 24)
    bytes.writeUInt8(1, at + 28)
  }
  return bytes
}

/** A socket of the test's own. */
export interface TestSocket {
  readonly socket: Socket
  readonly port: number
  /** Settles when the kernel has taken the datagram. */
  send(payload: Uint8Array, port: number, address?: string): Promise<void>
}

/** Binds a UDP socket that is closed with the test. Port 0 lets the kernel choose. */
export async function openSocket(
  t: TestContext,
  port = 0,
  address = '127.0.0.1',
): Promise<TestSocket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.on('error', () => {})
  t.after(() => closeSocket(socket))
  socket.bind(port, address)
  await once(socket, 'listening')
  return {
    socket,
    port: socket.address().port,
    send: (payload, to, host = address) =>
      new Promise((resolve, reject) => {
        socket.send(payload, to, host, (error) => (error ? reject(error) : resolve()))
      }),
  }
}

/** Whether nobody holds a port of 127.0.0.1 at this moment. */
export async function portIsFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    await closeSocket(socket)
  }
}

async function closeSocket(socket: Socket): Promise<void> {
  try {
    const closed = once(socket, 'close')
    socket.close()
    await closed
  } catch {
    // It was closed before.
  }
}
