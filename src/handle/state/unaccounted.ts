import { FEED } from '../../account/feed-counters.js'
import { LOSS_REASONS } from '../../sequence/gap-table.js'
import { TRACK } from '../../sequence/tracker-state.js'
import type { FeedState } from './feed-state.js'

/**
 * The invariant of the account: `expected = delivered + undelivered + skipped + lost + pending + waiting`.
 *
 * @param waiting messages in open gaps, and those that are held back behind them
 * @returns expected messages that are none of these; 0 between datagrams
 */
export function unaccounted(state: FeedState, waiting: number): number {
  const counts = state.counters
  const track = state.tracker
  let lost = 0
  for (let reason = 0; reason < LOSS_REASONS.length; reason++) lost += track[TRACK.lost + reason]
  const handed = counts[FEED.delivered] + counts[FEED.undelivered] + counts[FEED.skipped]
  return track[TRACK.expected] - handed - lost - counts[FEED.pending] - waiting
}
