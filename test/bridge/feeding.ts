import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Bridge, type BridgeOptions, bridge } from '../../src/bridge/index.js'
import { until } from '../kit/until.js'
import { rawDatagram, type TestSocket } from '../system/datagrams.js'

/** How long a busy machine may take until a subscriber has all. */
export const LONG_MS = 120_000

/** A bridge that ends with its test, and does not wait for acknowledgements for long. */
export async function startBridge(
  t: TestContext,
  to: string,
  options: Partial<BridgeOptions> = {},
): Promise<Bridge> {
  const running = await bridge({
    to,
    endpoint: 'udp://127.0.0.1:0',
    cpu: null,
    idle: 'park',
    counters: 'off',
    ackWaitMs: 500,
    ...options,
  })
  t.after(() => running.stop().catch(() => {}))
  return running
}

/** Sends messages from one sequence on, slowly enough for a machine with something else to do. */
export async function say(
  socket: TestSocket,
  ports: readonly number[],
  first: number,
  count: number,
) {
  for (let at = first; at < first + count; at += 10) {
    const datagram = rawDatagram(at, Math.min(10, first + count - at))
    for (const port of ports) await socket.send(datagram, port)
    if (at % 100 === 0) await sleep(1)
  }
}

/** Waits until a bridge has received so many messages. */
export const delivered = (running: Bridge, count: number) =>
  until(`the bridge has ${count} messages`, () => running.stats().delivered >= count)
