import { FEED, FEED_LINE, feedLineCounters, LINE_STATE } from '../../account/feed-counters.js'
import { LINE } from '../../account/line-counters.js'
import type { FeedState } from '../../handle/state/feed-state.js'
import type { ReceiveFacts } from '../../run/feed/receive-report.js'

/**
 * Whether a line brings something: it has, it has not fallen silent, the interface of its group is there,
 * and the feed is not stale.
 *
 * @param received what the line's receiver has counted
 */
export function isLineUp(
  state: FeedState,
  received: Float64Array,
  line: number,
  { facts }: ReceiveFacts,
): boolean {
  const seen = feedLineCounters(state.counters, line)
  const joined = facts.bound[line]?.joined ?? null
  const deaf = joined !== null && received[LINE.interfaceIndex] === 0
  const silent = seen[FEED_LINE.state] === LINE_STATE.silent || seen[FEED_LINE.lastNs] === 0
  return !(deaf || silent || state.counters[FEED.stale] === 1)
}
