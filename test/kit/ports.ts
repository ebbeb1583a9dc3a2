import { createSocket } from 'node:dgram'
import { type EventEmitter, once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that the kernel gives to whoever asks for any, so that nobody gets one meanwhile. */
const FIRST = 10_000
const PORTS = 20_000
/** A process looks in a row of its own first, since test files run at the same time. */
const ROW = 64
let next = process.pid * ROW

/** A port of 127.0.0.1 that is free for UDP and TCP, for what has to be named before it is bound. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (next++ % PORTS)
    const udp = createSocket('udp4')
    udp.bind(port, '127.0.0.1')
    if (!(await binds(udp))) continue
    if (await binds(createServer().listen(port, '127.0.0.1'))) return port
  }
}

/** Waits until it listens and closes it, or until it cannot. */
async function binds(holder: EventEmitter & { close(): unknown }): Promise<boolean> {
  try {
    await once(holder, 'listening')
  } catch {
    return false
  }
  const closed = once(holder, 'close')
  holder.close()
  await closed
  return true
}
