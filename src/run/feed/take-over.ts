import { setImmediate as nextTurn } from 'node:timers/promises'
import { closeAccount } from '../handling/close-account.js'
import { createTakeOverReader } from '../handling/create-reader.js'
import { type FeedData, slotSources } from '../memory/feed-data.js'
import { ControlBlock } from '../thread/control-block.js'

/** Closes the account of a feed in the place of its handler's thread, which is gone. */
export async function takeOver(feed: FeedData): Promise<void> {
  const control = new ControlBlock(feed.control)
  if (feed.single) for (const _ of feed.lines) control.noteLineClosed()
  // What was noted ends with the thread that noted it.
  const data = { ...feed, profile: null }
  const reader = createTakeOverReader(data, slotSources(data))
  // A mapped ring is gone with its thread, and so is what it had read of a recording.
  reader.takeOver(data.transport !== 'mapped' && data.transport !== 'capture')
  for (const _ of closeAccount(reader, control, data.lines.length)) await nextTurn()
}
