import { LINE } from '../../account/line-counters.js'
import { type MappedLine, openMappedLine } from '../../transport/mapped-line.js'
import { type FeedData, lineCountersOf } from '../memory/feed-data.js'
import { ControlBlock } from '../thread/control-block.js'
import type { LineInput } from './line-input.js'

/** Turns between two looks at the kernel's statistics: a system call each. */
const STATISTICS_TURNS = 1024

/** The mapped ring of a line; for the thread that will handle it. */
export function openLine({ plan, epoch }: FeedData, line: number): MappedLine {
  const allowed = plan.allowedSources[line]
  return openMappedLine(plan.endpoints[line], plan.slots, plan.slotBytes, epoch, allowed)
}

/**
 * A line that is read from the kernel's mapped ring, opened in the thread that handles it.
 *
 * @param kept of an earlier run: it is read on with, and stays open
 */
export function openMappedInput(data: FeedData, line: number, kept?: MappedLine): LineInput {
  const control = new ControlBlock(data.control)
  const counters = lineCountersOf(data, line)
  const mapped = kept?.renewed(data.plan.allowedSources[line]) ?? openLine(data, line)
  const { source } = mapped
  counters[LINE.descriptor] = mapped.descriptor + 1
  counters[LINE.interfaceIndex] = mapped.interfaceIndex
  let { interfaceIndex } = mapped
  let turns = 0
  const refresh = () => {
    counters[LINE.datagrams] = source.released
    // With frames waiting it is not known before which of them packets were dropped; the kernel marks
    // the first one after a drop, and the source looks then.
    if (source.isEmpty()) source.readDrops()
    counters[LINE.kernelDrops] = source.drops
    const index = counters[LINE.interfaceIndex]
    if (index === 0 || index === interfaceIndex || !mapped.tryMoveTo(index)) return
    interfaceIndex = index
    counters[LINE.joins] += 1
  }
  return {
    source,
    bound: {
      port: mapped.port,
      grantedBufferBytes: source.capacity * source.maxBytes,
      coalesces: true,
      busyPolls: false,
      joined: mapped.joined,
    },
    doWork() {
      if (++turns % STATISTICS_TURNS === 0) refresh()
      return 0
    },
    close() {
      source.stop()
      counters[LINE.closed] = 1
      control.noteLineClosed()
    },
    readLastCounters() {
      counters[LINE.datagrams] = source.released
      counters[LINE.kernelDrops] = source.readDrops()
    },
    end() {
      counters[LINE.descriptor] = 0
      if (kept === undefined) mapped.close()
    },
  }
}
