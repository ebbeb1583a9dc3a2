import { FEED, FEED_LINE } from '../../account/feed-counters.js'
import type { ReaderLine } from './drop-reading.js'

/**
 * Gives back the slots that a dead thread had taken and not released; the one that it had open is not
 * looked at again. For the thread that takes over.
 *
 * @param lineCounts the feed's counters of each line
 */
export function releaseDeadSlots(
  lines: readonly ReaderLine[],
  lineCounts: readonly Float64Array[],
  counts: Float64Array,
): void {
  const openLine = counts[FEED.open] === 1 ? counts[FEED.openLine] : -1
  lines.forEach(({ source }, i) => {
    const line = lineCounts[i]
    if (i === openLine) line[FEED_LINE.handled] += 1
    const pending = line[FEED_LINE.handled] - line[FEED_LINE.released]
    if (pending === 0) return
    source.take(pending)
    source.close(0, pending)
    line[FEED_LINE.released] += pending
    source.release(pending)
  })
  counts[FEED.open] = 0
}
