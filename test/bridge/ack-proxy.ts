import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** What becomes of the acknowledgement of a batch. */
export type Trick = 'late' | 'twice' | 'never' | 'close'

const LATE_MS = 1500
const CRLF = '\r\n'
/** Every so many acknowledgements a trick is played; for `never` and `late` often enough to matter. */
const EVERY = 5

/**
 * Stands between a bridge and a NATS server and spoils what the server answers about stored batches, of
 * which it knows nothing beyond the protocol's frames: `MSG SUBJECT SID BYTES`, a line end, the payload.
 */
export class AckProxy {
  played = 0
  /** Ends it, and all connections through it. */
  close: () => void = () => {}
  readonly port: number
  readonly #trick: Trick
  #seen = 0
  #behaves = false

  private constructor(port: number, trick: Trick) {
    this.port = port
    this.#trick = trick
  }

  static async open(t: TestContext, serverPort: number, trick: Trick): Promise<AckProxy> {
    const sockets = new Set<Socket>()
    const listener = createServer()
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const address = listener.address()
    if (address === null || typeof address === 'string') throw new Error('a port was given')
    const proxy = new AckProxy(address.port, trick)
    listener.on('connection', (client) => {
      const server = connect(serverPort, '127.0.0.1')
      for (const socket of [client, server]) {
        sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          client.destroy()
          server.destroy()
        })
      }
      client.pipe(server)
      proxy.#spoil(server, client)
    })
    proxy.close = () => {
      listener.close()
      for (const socket of sockets) socket.destroy()
    }
    t.after(() => proxy.close())
    return proxy
  }

  url(stream: string): string {
    return `nats://127.0.0.1:${this.port}/${stream}`
  }

  /** From now on everything is passed on. */
  behave(): void {
    this.#behaves = true
  }

  /** Passes on what a server says, frame by frame. */
  #spoil(server: Socket, client: Socket): void {
    let held = Buffer.alloc(0)
    server.on('data', (chunk) => {
      held = Buffer.concat([held, chunk])
      for (;;) {
        const end = held.indexOf(CRLF)
        if (end < 0) return
        const line = held.toString('latin1', 0, end)
        const [kind = '', ...words] = line.split(' ')
        const payload = /^H?MSG$/.test(kind) ? Number(words.at(-1)) + CRLF.length : 0
        const bytes = end + CRLF.length + payload
        if (held.length < bytes) return
        const frame = Buffer.from(held.subarray(0, bytes))
        held = held.subarray(bytes)
        if (kind === 'MSG' && isAcknowledgement(frame)) this.#pass(frame, client)
        else client.write(frame)
      }
    })
  }

  #pass(frame: Buffer, client: Socket): void {
    this.#seen += 1
    if (this.#behaves || this.#seen % EVERY !== 0) {
      client.write(frame)
      return
    }
    this.played += 1
    if (this.#trick === 'twice') client.write(Buffer.concat([frame, frame]))
    else if (this.#trick === 'close') client.destroy()
    else if (this.#trick === 'late') setTimeout(() => client.write(frame), LATE_MS)
  }
}

/** What a stream says of a message that it has stored, and of nothing else. */
function isAcknowledgement(frame: Buffer): boolean {
  const text = frame.toString('latin1')
  return /\{"stream":"[^"]+", ?"seq":\d+/.test(text) && !text.includes('"config"')
}
