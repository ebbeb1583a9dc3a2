import { once } from 'node:events'
import type { ReplyFraming } from '../../src/send/retransmission-server.js'
import {
  type Reply,
  type Request,
  readReply,
  requestBytes,
} from '../send/retransmission-datagrams.js'
import type { TestSocket } from './datagrams.js'

/** A client that asks a server on 127.0.0.1, one request at a time. */
export class RetransmissionClient {
  readonly #socket: TestSocket
  readonly #port: number
  readonly #framing: ReplyFraming

  constructor(socket: TestSocket, port: number, framing: ReplyFraming) {
    this.#socket = socket
    this.#port = port
    this.#framing = framing
  }

  async send(request: Uint8Array): Promise<void> {
    await this.#socket.send(request, this.#port)
  }

  /** The first reply. */
  async ask(request: Request): Promise<Reply> {
    const reply = once(this.#socket.socket, 'message') as Promise<[Buffer]>
    await this.send(requestBytes(request))
    return readReply(this.#framing, (await reply)[0])
  }

  /** All messages of a range, each request for what is missing yet. */
  async fetch(session: string, first: number, count: number): Promise<Buffer[]> {
    const messages: Buffer[] = []
    const socket = this.#socket.socket
    while (messages.length < count) {
      const sequence = BigInt(first + messages.length)
      // Few enough for one reply, so that none comes late and is taken for the next one's.
      const wanted = Math.min(8, count - messages.length)
      const arrived = once(socket, 'message') as Promise<[Buffer]>
      await this.send(requestBytes({ session, sequence, count: wanted }))
      messages.push(...readReply(this.#framing, (await arrived)[0]).messages)
    }
    return messages
  }
}
