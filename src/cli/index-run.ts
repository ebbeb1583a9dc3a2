import { BOOK_PROTOCOLS } from '../book/index.js'
import { badOption, TickwireError } from '../foundation/errors.js'
import { formatBytes, formatCount } from '../observe/format.js'
import type { LiveView } from '../observe/live-display.js'
import { oneOf } from '../run/options/declaration.js'
import { parseFeedUrl } from '../transport/feed-url.js'
import { openBookFeed } from './book/book-endpoint.js'
import type { BookFeed } from './book/book-feed.js'
import type { BOOK_FEED_FLAGS } from './book/book-flags.js'
import { writeBookIndex } from './book/book-index.js'
import type { Flags } from './command.js'
import { type Output, show } from './output.js'

/** Those of `decode` that say what a recording is. */
interface IndexFlags {
  readonly framing: string | undefined
  readonly protocol: string | undefined
  readonly session: string | undefined
  readonly date: string | undefined
}

/** `tickwire decode FILE --index`. */
export async function runIndex(
  endpoint: string,
  { protocol = 'auto', ...flags }: IndexFlags,
  output: Output,
): Promise<void> {
  const url = parseFeedUrl(endpoint)
  if (url.kind !== 'file' || url.path === '-') {
    throw badOption(`${endpoint} is no file`, 'Give the path of a recording.')
  }
  if (flags.date !== undefined) throw badOption('--index needs no date', 'Leave it out.')
  oneOf('protocol', protocol, ['auto', ...BOOK_PROTOCOLS])
  const options = { ...flags, protocol } as Flags<typeof BOOK_FEED_FLAGS>
  const feed = await openBookFeed(endpoint, options, output)
  let written: Awaited<ReturnType<typeof writeBookIndex>>
  try {
    const { session } = flags
    const work = writeBookIndex(feed, url.path, { session, to: url.to })
    written = await show(work, new IndexProgress(feed), output)
  } catch (error) {
    await feed.close().catch(() => {})
    throw error
  }
  const { endedBy, framing } = await feed.close()
  if (endedBy !== 'end-of-file') {
    throw new TickwireError(
      'TW_STOPPED',
      `The recording was not read to its end (${endedBy}), so that its index lacks what follows`,
      'Let it run to its end.',
    )
  }
  const report = {
    ...{ command: 'decode', framing, protocol: feed.books.protocol, messages: feed.messages },
    ...{ instruments: feed.books.instrumentCount, index: written, endedBy },
  }
  output.report(report, () => [
    `${formatCount(feed.messages)} messages of ${report.protocol}; ${written.file} has the books of ${formatCount(written.checkpoints)} moments, ${formatBytes(written.bytes)}`,
  ])
}

class IndexProgress implements LiveView {
  readonly #feed: BookFeed

  constructor(feed: BookFeed) {
    this.#feed = feed
  }

  lines(): readonly string[] {
    return [this.line()]
  }

  line(): string {
    const { messages, reading } = this.#feed
    return `${formatCount(messages)} messages, ${formatBytes(reading?.consumedBytes ?? 0)} read`
  }
}
