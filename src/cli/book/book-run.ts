import { badOption, TickwireError } from '../../foundation/errors.js'
import { nearest } from '../../foundation/nearest.js'
import { BookView, bookLines } from '../../observe/book-view.js'
import { LiveDisplay } from '../../observe/live-display.js'
import type { Flags } from '../command.js'
import type { Output } from '../output.js'
import { openBookFeed } from './book-endpoint.js'
import type { BookFeed } from './book-feed.js'
import { type BOOK_FLAGS, DEFAULT_DEPTH } from './book-flags.js'
import { resumeAt } from './book-index.js'
import { type BookReport, bookReport } from './book-report.js'
import { Moment } from './moment.js'
import { TAPE_ROWS, TradeTape } from './trade-tape.js'

/** A failure beside which there is a report of what came before. */
class BookFailure extends TickwireError {
  readonly report: object

  constructor(cause: TickwireError, report: object) {
    super(cause.code, cause.what, cause.remedy, { cause })
    this.report = report
  }
}

/** `tickwire book`. */
export async function runBook(
  endpoint: string,
  flags: Flags<typeof BOOK_FLAGS>,
  output: Output,
): Promise<void> {
  const { instrument, depth = DEFAULT_DEPTH, at, atSequence } = flags
  if (instrument === undefined) {
    throw badOption('No instrument was named', 'Name one with --instrument.')
  }
  if (at !== undefined && atSequence !== undefined) {
    throw badOption('at and atSequence were both given', 'Give one of them.')
  }
  const moment = at === undefined ? undefined : new Moment(at)
  const startMs = performance.now()
  const { durationMs, idleExitMs } = flags
  const { protocol = 'auto', framing, session, date } = flags
  const asOf = moment ?? atSequence
  const resume =
    asOf === undefined ? undefined : resumeAt(endpoint, asOf, { protocol, framing, session, date })
  const feed = await openBookFeed(endpoint, flags, output, { durationMs, idleExitMs }, resume)
  const checkpoint =
    resume === undefined
      ? null
      : {
          sequence: resume.checkpoint.sequence,
          messages: resume.messages,
          atNs: resume.checkpoint.lastNs,
        }
  const report = () => ({
    ...bookReport(feed, instrument, depth, (performance.now() - startMs) / 1000),
    fromCheckpoint: checkpoint,
  })
  output.say(`receiving ${feed.books.protocol} from ${feed.endpoints.join(' and ')}; Ctrl-C stops`)
  const tape = new TradeTape(instrument)
  const display = showLive(report, tape, depth, output)
  try {
    await play(feed, tape, moment, atSequence, resume !== undefined)
  } finally {
    display?.stop()
    output.display = undefined
  }
  const final = await close(feed, report)
  if (feed.books.get(instrument) === undefined) output.warn(unheard(feed, instrument))
  output.report(final, () => bookLines(final, output.colors))
}

/**
 * Applies messages up to the moment, the sequence, or the end.
 *
 * @param isLastRun whether it is known that the publisher does not begin again
 */
async function play(
  feed: BookFeed,
  tape: TradeTape,
  moment: Moment | undefined,
  atSequence = Number.POSITIVE_INFINITY,
  isLastRun = false,
): Promise<void> {
  feed.endAfter(atSequence)
  let endNs = moment === undefined ? Number.POSITIVE_INFINITY : Number.NaN
  while (await feed.wait()) {
    while (feed.next()) {
      if (Number.isNaN(endNs) && moment !== undefined) endNs = endOf(feed, moment)
      if (feed.timeNs > endNs) return
      if (feed.sequence > atSequence) {
        if (isLastRun) return
        feed.skip()
      } else tape.note(feed.books, feed.apply())
    }
  }
}

/** A moment on the clock of the feed's messages; NaN while they have none. */
function endOf(feed: BookFeed, moment: Moment): number {
  if (Number.isNaN(feed.timeNs)) return Number.NaN
  if (feed.hasTimeOfDay) return Number(moment.ofDayNs())
  const now = feed.unixNs(feed.timeNs)
  return feed.timeNs + Number(moment.unixNs(now) - now)
}

function showLive(report: () => BookReport, tape: TradeTape, depth: number, output: Output) {
  if (output.json || !process.stdout.isTTY) return undefined
  const shown = () => ({ ...report(), tape: tape.trades })
  const view = new BookView(shown, depth, TAPE_ROWS, output.colors)
  const display = new LiveDisplay(process.stdout, view)
  output.display = display
  return display
}

/** @throws {BookFailure} with the report, if the feed went wrong */
async function close(feed: BookFeed, report: () => BookReport): Promise<object & BookReport> {
  try {
    const { endedBy, warnings, capture } = (await feed.close()) as unknown as {
      endedBy: unknown
      warnings: unknown
      capture?: unknown
    }
    return { ...report(), ...(capture ? { capture } : {}), ...{ endedBy, warnings } }
  } catch (error) {
    if (error instanceof TickwireError) throw new BookFailure(error, report())
    throw error
  }
}

function unheard({ books }: BookFeed, instrument: string): string {
  const symbols = Array.from({ length: books.instrumentCount }, (_, i) => books.at(i).instrument)
  const like = nearest(
    instrument,
    symbols.filter((symbol) => symbol !== ''),
  )
  const hint = like === undefined ? '' : ` Did you mean ${like}?`
  return `No message has named ${instrument}, of ${books.instrumentCount} instruments.${hint}`
}
