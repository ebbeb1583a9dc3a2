import type { BookSnapshot } from '../../book/index.js'
import type { EndedBy } from '../../foundation/ended-by.js'
import { isCaptureUrl } from '../../transport/feed-url.js'
import { isNatsUrl } from '../../transport/nats/nats-url.js'
import type { Flags } from '../command.js'
import type { Output } from '../output.js'
import { STREAM_FLAGS } from '../stream-flags.js'
import { openBookFeed } from './book-endpoint.js'
import type { BookFeed } from './book-feed.js'
import type { DIFF_FLAGS } from './book-flags.js'

/** Levels of a side that are told of books that differ. */
const SHOWN_LEVELS = 10
const EXIT_DIFFERENT = 1

type DiffFlags = Flags<typeof DIFF_FLAGS>

interface Difference {
  readonly sequence: number
  readonly instrument: string
  /** null where that side has not heard of the instrument. */
  readonly a: BookSnapshot | null
  readonly b: BookSnapshot | null
}

/** What `tickwire diff` tells. */
interface DiffReport {
  readonly command: 'diff'
  readonly protocol: string
  readonly instruments: number
  /** That both have brought, up to the difference or the end. */
  readonly messages: number
  readonly firstDifference: Difference | null
  /** `abort` where the first difference ended it. */
  readonly endedBy: EndedBy
}

/** `tickwire diff`: exit code 1 if any book differs. */
export async function runDiff(
  a: string,
  b: string,
  flags: DiffFlags,
  output: Output,
): Promise<void> {
  const one = await openBookFeed(a, flagsFor(a, b, flags), output, endOf(a, flags))
  const protocol = one.books.protocol
  const other = { ...flagsFor(b, a, flags), protocol }
  const two = await openBookFeed(b, other, output, endOf(b, flags))
  output.say(`comparing the books of ${a} and ${b}; Ctrl-C stops`)
  const pair = new Pair(one, two)
  const difference = await pair.firstDifference()
  const ends = [(await one.close()).endedBy, (await two.close()).endedBy]
  const report: DiffReport = {
    command: 'diff',
    protocol: one.books.protocol,
    instruments: Math.max(one.books.instrumentCount, two.books.instrumentCount),
    messages: pair.messages,
    firstDifference: difference,
    endedBy: difference === null ? endOfBoth(ends) : 'abort',
  }
  if (difference !== null) process.exitCode = EXIT_DIFFERENT
  output.report(report, () => lines(report))
}

/** What ended the feed that did not come to its end, if there is one. */
function endOfBoth(ends: readonly (EndedBy | null)[]): EndedBy {
  return ends.find((endedBy) => endedBy !== null && endedBy !== 'end-of-file') ?? 'end-of-file'
}

/** What is said of a stream is not meant for a recording beside it. */
function flagsFor(endpoint: string, other: string, flags: DiffFlags): DiffFlags {
  if (isNatsUrl(endpoint) || !isNatsUrl(other)) return flags
  const own = Object.entries(flags).filter(([name]) => !(name in STREAM_FLAGS))
  return Object.fromEntries(own) as DiffFlags
}

/** A recording ends by itself. */
function endOf(endpoint: string, { durationMs, idleExitMs }: DiffFlags) {
  return isCaptureUrl(endpoint) ? {} : { durationMs, idleExitMs }
}

/** Two feeds, played side by side by sequence. */
class Pair {
  messages = 0
  readonly #a: BookFeed
  readonly #b: BookFeed
  /** Symbols whose books the messages since the last comparison have changed. */
  readonly #changed = new Set<string>()

  constructor(a: BookFeed, b: BookFeed) {
    this.#a = a
    this.#b = b
  }

  async firstDifference(): Promise<Difference | null> {
    const a = this.#a
    const b = this.#b
    let hasA = await advance(a)
    let hasB = await advance(b)
    while (hasA || hasB) {
      const order = hasA && hasB ? compare(a, b) : hasA ? -1 : 1
      const sequence = order <= 0 ? a.sequence : b.sequence
      if (order <= 0) this.#apply(a)
      if (order >= 0) this.#apply(b)
      if (order === 0) this.messages++
      const found = this.#compareChanged(sequence)
      if (found !== null) return found
      if (order <= 0) hasA = a.next() || (await advance(a))
      if (order >= 0) hasB = b.next() || (await advance(b))
    }
    return null
  }

  #apply(feed: BookFeed): void {
    const index = feed.apply()
    if (index >= 0) this.#changed.add(feed.books.at(index).instrument)
  }

  #compareChanged(sequence: number): Difference | null {
    if (this.#changed.size === 0) return null
    for (const instrument of this.#changed) {
      const a = this.#a.books.get(instrument)
      const b = this.#b.books.get(instrument)
      const empty = this.#a.books.emptyHash
      if ((a?.hash ?? empty) === (b?.hash ?? empty)) continue
      return {
        ...{ sequence, instrument },
        a: a?.toObject(SHOWN_LEVELS) ?? null,
        b: b?.toObject(SHOWN_LEVELS) ?? null,
      }
    }
    this.#changed.clear()
    return null
  }
}

/** Waits for the next message; false at the end. */
async function advance(feed: BookFeed): Promise<boolean> {
  while (await feed.wait()) if (feed.next()) return true
  return false
}

/** Which comes first: by the publisher's run, then by sequence. */
function compare(a: BookFeed, b: BookFeed): number {
  return a.run === b.run ? a.sequence - b.sequence : a.run - b.run
}

function lines({ instruments, messages, firstDifference }: DiffReport): string[] {
  if (firstDifference === null) {
    return [`No book differs: ${instruments} instruments, ${messages} messages of both.`]
  }
  const { sequence, instrument, a, b } = firstDifference
  return [
    `The book of ${instrument} differs after message ${sequence}.`,
    `  a  ${sideText(a)}`,
    `  b  ${sideText(b)}`,
  ]
}

function sideText(book: BookSnapshot | null): string {
  if (book === null) return 'has not heard of it'
  const [bid] = book.bids
  const [ask] = book.asks
  const best = `${bid?.quantity ?? 0} at ${bid?.price ?? '-'} / ${ask?.quantity ?? 0} at ${ask?.price ?? '-'}`
  return `${book.state}, best ${best}, hash ${book.hash}`
}
