import type { BookProtocol } from '../../book/index.js'
import { badOption } from '../../foundation/errors.js'
import { natsOptionsOf } from '../../run/options/nats-options.js'
import { parseFeedUrl } from '../../transport/feed-url.js'
import type { Flags } from '../command.js'
import type { Output } from '../output.js'
import { stopSignal } from '../signals.js'
import { BookFeed, type BookFeedOptions, type BookResume } from './book-feed.js'
import type { BOOK_FEED_FLAGS } from './book-flags.js'

/**
 * Opens the books of an endpoint as flags describe it.
 *
 * @throws {TickwireError} whatever `receive` throws; TW_BAD_OPTION for a live line without a framing
 */
export async function openBookFeed(
  endpoint: string,
  { protocol = 'auto', framing, session, date, ...others }: Flags<typeof BOOK_FEED_FLAGS>,
  output: Output,
  more: Pick<BookFeedOptions, 'durationMs' | 'idleExitMs'> = {},
  resume?: BookResume,
): Promise<BookFeed> {
  const live = parseFeedUrl(endpoint).kind === 'udp'
  if (live && (framing === undefined || framing === 'auto')) {
    throw badOption(
      'The framing of a live line is not told by itself',
      'Name it with --framing: iex-tp or moldudp64.',
    )
  }
  return BookFeed.open(
    {
      ...more,
      ...natsOptionsOf(others),
      protocol: protocol as BookProtocol | 'auto',
      endpoints: [endpoint],
      framing: framing ?? 'auto',
      ...(session === undefined ? {} : { session }),
      ...(date === undefined ? {} : { date }),
      signal: stopSignal(),
      onWarning: (warning) => output.warn(warning),
    } as BookFeedOptions,
    resume,
  )
}
