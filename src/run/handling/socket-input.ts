import { LINE } from '../../account/line-counters.js'
import { readWrongChecksums } from '../../native/network-counters.js'
import { ReceiveLoop } from '../../receive/receive-loop.js'
import { openReceiveSocket } from '../../transport/socket-line.js'
import { createFraming } from '../../wire/create-framing.js'
import { type FeedData, lineCountersOf, slotSource } from '../memory/feed-data.js'
import { receiveProfile } from '../memory/profile-memories.js'
import { ControlBlock } from '../thread/control-block.js'
import type { LineInput } from './line-input.js'

/** The least that a datagram takes of the kernel's buffer: how many it can hold at most. */
const SMALLEST_TRUESIZE_BYTES = 256

/** A line that is received through a socket, opened in the calling thread. */
export function openSocketInput(data: FeedData, line: number): LineInput {
  const { plan, placement } = data
  const control = new ControlBlock(data.control)
  const { ring } = data.lines[line]
  const counters = lineCountersOf(data, line)
  const opened = openReceiveSocket(plan.endpoints[line], plan.receiveBufferBytes, {
    coalesce: plan.gro,
    busyPollUs: plan.busyPollUs,
  })
  const loop = new ReceiveLoop({
    socket: opened.socket,
    ring,
    handlerBell: control.handlerBell,
    counters,
    whenFull: plan.whenFull,
    framing: createFraming(plan.framing),
    allowedSources: plan.allowedSources[line],
    spinTurns: placement.receiverSpinTurns,
    sharesCore: placement.handlerSharesCore,
    profile: receiveProfile(data.profile, line, data.epoch),
    membership: opened.membership,
  })
  counters[LINE.interfaceIndex] = opened.joined === null ? 0 : (opened.membership?.index ?? 0)
  counters[LINE.checksumsBefore] = readWrongChecksums()
  counters[LINE.descriptor] = opened.socket.descriptor + 1
  const drainLimit = plan.slots + Math.ceil(opened.grantedBufferBytes / SMALLEST_TRUESIZE_BYTES)
  return {
    source: slotSource(data, line),
    bound: {
      port: opened.port,
      grantedBufferBytes: opened.grantedBufferBytes,
      coalesces: opened.coalesces,
      busyPolls: opened.busyPolls,
      joined: opened.joined,
    },
    doWork: () => loop.doWork(),
    close() {
      // A thread that handles too cannot wait for itself to make room.
      if (!control.handlerGone) {
        loop.drain(drainLimit, () => !data.single && !control.handlerGone)
        if (data.single) loop.throwAwayRest(drainLimit)
      }
      loop.readDrops()
      loop.leaveOut(readWrongChecksums())
      counters[LINE.descriptor] = 0
      counters[LINE.closed] = 1
      control.noteLineClosed()
      opened.socket.close()
    },
    readLastCounters() {},
    end() {},
  }
}
