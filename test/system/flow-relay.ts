import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

/**
 * A network between a sender and a receiver that loses in both directions, so messages, setups and
 * statuses alike. Seeded.
 */
export class FlowRelay {
  readonly url: string
  forwarded = 0
  lost = 0
  readonly #loss: number
  #state: number

  private constructor(port: number, seed: number, loss: number) {
    this.url = `udp://127.0.0.1:${port}`
    this.#state = seed
    this.#loss = loss
  }

  /** Opens a relay to a port of 127.0.0.1; closed with the test. */
  static async open(t: TestContext, toPort: number, seed: number, loss: number) {
    const front = await bound(t)
    const back = await bound(t)
    const relay = new FlowRelay(front.address().port, seed, loss)
    let senderPort = 0
    front.on('message', (payload, { port }) => {
      senderPort = port
      relay.#pass(() => back.send(payload, toPort, '127.0.0.1'))
    })
    back.on('message', (payload) => {
      relay.#pass(() => front.send(payload, senderPort, '127.0.0.1'))
    })
    t.diagnostic(`relay: seed ${seed}, loss ${loss}`)
    return relay
  }

  #pass(send: () => void): void {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    if ((this.#state >>> 0) / 2 ** 32 < this.#loss) this.lost += 1
    else {
      this.forwarded += 1
      send()
    }
  }
}

async function bound(t: TestContext): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4194304 })
  socket.on('error', () => {})
  t.after(() => socket.close())
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}
