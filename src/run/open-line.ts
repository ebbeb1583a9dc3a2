import { LINE, lineCounters } from '../account/line-counters.js'
import { ReceiveLoop } from '../receive/receive-loop.js'
import { type OpenedLine, openReceiveSocket } from '../transport/socket-line.js'
import { createFraming } from '../wire/create-framing.js'
import { ControlBlock } from './control-block.js'
import type { BoundLine, FeedData } from './feed-threads.js'

/** Datagrams that the kernel can hold per granted byte: each takes some hundred bytes at least. */
const SMALLEST_TRUESIZE_BYTES = 256

/** The loop of one line, with its socket opened in the calling thread. */
export function openLine(
  data: FeedData,
  line: number,
): { readonly loop: ReceiveLoop; readonly opened: OpenedLine; close(): void } {
  const { plan, placement } = data
  const control = new ControlBlock(data.control)
  const counters = lineCounters(data.lines[line].counters, 0)
  const opened = openReceiveSocket(plan.endpoints[line], plan.receiveBufferBytes, plan.gro)
  const loop = new ReceiveLoop({
    socket: opened.socket,
    ring: data.lines[line].ring,
    handlerBell: control.handlerBell,
    counters,
    whenFull: plan.whenFull,
    framing: createFraming(plan.framing),
    spinTurns: placement.receiverSpinTurns,
  })
  const close = () => {
    const limit = plan.slots + Math.ceil(opened.grantedBufferBytes / SMALLEST_TRUESIZE_BYTES)
    const inline = plan.handlerThread === 'inline'
    if (!control.handlerGone) loop.drain(limit, () => !inline && !control.handlerGone)
    else loop.readDrops()
    counters[LINE.closed] = 1
    control.noteLineClosed()
    opened.socket.close()
  }
  return { loop, opened, close }
}

/** What the starter of the thread is told of a line. */
export function boundLine(opened: OpenedLine): BoundLine {
  const { port, grantedBufferBytes, coalesces } = opened
  return { port, grantedBufferBytes, coalesces }
}
