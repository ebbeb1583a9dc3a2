import { ConflatingReader } from '../behind/conflating-reader.js'
import { SkippingReader } from '../behind/skipping-reader.js'
import type { BehindPolicy } from '../behind-policy.js'
import type { MessageReader } from '../message-reader.js'
import { FeedReader } from '../reader/feed-reader.js'
import type { FeedReaderOptions } from '../reader/feed-reader-options.js'

/** The reader of a feed that does as the policy says when its handler is behind. */
export function createMessageReader(
  options: FeedReaderOptions,
  { when, limit, messages }: BehindPolicy,
): MessageReader {
  if (when === 'conflate') return new ConflatingReader(options, limit, messages)
  if (when === 'skip-oldest') return new SkippingReader(options, limit)
  return new FeedReader(options)
}
