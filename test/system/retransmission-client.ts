import { once } from 'node:events'
import type { ResponseFraming } from '../../src/retransmit/response-framing.js'
import {
  type Reply,
  type Request,
  readReply,
  requestBytes,
} from '../retransmit/retransmission-datagrams.js'
import type { TestSocket } from './datagrams.js'

/** A reply that has not come by then was lost, or never sent: the test fails instead of waiting. */
const REPLY_LIMIT_MS = 10_000

/** A client that asks a server on 127.0.0.1, one request at a time. */
export class RetransmissionClient {
  readonly #socket: TestSocket
  readonly #port: number
  readonly #framing: ResponseFraming

  constructor(socket: TestSocket, port: number, framing: ResponseFraming) {
    this.#socket = socket
    this.#port = port
    this.#framing = framing
  }

  async send(request: Uint8Array): Promise<void> {
    await this.#socket.send(request, this.#port)
  }

  /** The first reply. */
  async ask(request: Request): Promise<Reply> {
    const signal = AbortSignal.timeout(REPLY_LIMIT_MS)
    const arrived = once(this.#socket.socket, 'message', { signal }) as Promise<[Buffer]>
    await this.send(requestBytes(request))
    return readReply(this.#framing, (await arrived)[0])
  }

  /** All messages of a range, each request for what is missing yet. */
  async fetch(session: string, first: number, count: number): Promise<Buffer[]> {
    const messages: Buffer[] = []
    while (messages.length < count) {
      const sequence = BigInt(first + messages.length)
      // Few enough for one reply, so that none comes late and is taken for the next one's.
      const wanted = Math.min(8, count - messages.length)
      messages.push(...(await this.ask({ session, sequence, count: wanted })).messages)
    }
    return messages
  }
}
