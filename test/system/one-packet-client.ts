import type { TestSocket } from './datagrams.js'

/** A request that has drawn no response by then was lost. */
const LOST_MS = 200

/**
 * A client of MoldUDP64 as others have written it, which takes it that one packet answers a request: a
 * gap makes it request all that is missing, and so does every response after which something is missing
 * still. What comes ahead meanwhile it discards.
 */
export class OnePacketClient {
  /** Messages that came in their order. */
  received = 0
  requests = 0
  /** Datagrams of the line that the client never saw. */
  dropped = 0
  readonly #socket: TestSocket
  readonly #requestSocket: TestSocket
  readonly #serverPort: number
  readonly #lossPercent: number
  #random: number
  #session: Uint8Array = new Uint8Array(10)
  #expected = 1
  /** What is known to have been sent: the sequence after the newest. */
  #end = 1
  #requestedMs = Number.NEGATIVE_INFINITY

  constructor(
    line: TestSocket,
    requests: TestSocket,
    serverPort: number,
    lossPercent: number,
    seed: number,
  ) {
    this.#socket = line
    this.#requestSocket = requests
    this.#serverPort = serverPort
    this.#lossPercent = lossPercent
    this.#random = seed
    this.#socket.socket.on('message', (datagram) => {
      if (this.#isLost()) this.dropped++
      else if (this.#take(datagram) && performance.now() - this.#requestedMs > LOST_MS) {
        this.#request()
      }
    })
    this.#requestSocket.socket.on('message', (datagram) => {
      if (this.#take(datagram)) this.#request()
    })
  }

  /** Returns whether something is missing. */
  #take(datagram: Buffer): boolean {
    this.#session = datagram.subarray(0, 10)
    const sequence = Number(datagram.readBigUInt64BE(10))
    const wireCount = datagram.readUInt16BE(18)
    const count = wireCount === 0xffff ? 0 : wireCount
    this.#end = Math.max(this.#end, sequence + count)
    const fresh = sequence + count - this.#expected
    if (sequence <= this.#expected && fresh > 0) {
      this.#expected += fresh
      this.received += fresh
    }
    if (this.#expected >= this.#end) this.#requestedMs = Number.NEGATIVE_INFINITY
    return this.#expected < this.#end
  }

  #request(): void {
    this.requests++
    this.#requestedMs = performance.now()
    const bytes = Buffer.alloc(20)
    bytes.set(this.#session)
    bytes.writeBigUInt64BE(BigInt(this.#expected), 10)
    bytes.writeUInt16BE(Math.min(0xfffe, this.#end - this.#expected), 18)
    this.#requestSocket.socket.send(bytes, this.#serverPort, '127.0.0.1')
  }

  #isLost(): boolean {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0
    return this.#random / 2 ** 32 < this.#lossPercent / 100
  }
}
