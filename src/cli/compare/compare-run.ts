import { badOption } from '../../foundation/errors.js'
import { OutputFile } from '../../foundation/output-file.js'
import { formatCount, formatNs, formatPercent } from '../../observe/format.js'
import type { LiveView } from '../../observe/live-display.js'
import type { Feed } from '../../run/feed/feed.js'
import { lineName } from '../../run/feed/feed-alarm.js'
import { receive } from '../../run/receive.js'
import { isCaptureUrl } from '../../transport/feed-url.js'
import type { Flags } from '../command.js'
import { type Output, show } from '../output.js'
import { stopSignal } from '../signals.js'
import type { COMPARE_FLAGS } from './compare-flags.js'
import { comparePage } from './compare-page.js'
import { type CompareReport, compareReport } from './compare-report.js'
import { LineMatcher } from './line-matcher.js'

const NS_PER_SECOND = 1e9
/** Batches of a recording that are read before it is asked which one is behind. */
const BATCHES = 16

/** `tickwire compare`. */
export async function runCompare(
  a: string,
  b: string,
  flags: Flags<typeof COMPARE_FLAGS>,
  output: Output,
): Promise<void> {
  const recorded = [a, b].map(isCaptureUrl)
  if (recorded[0] !== recorded[1]) {
    throw badOption(
      'One line is a recording and the other is live',
      'Give two recordings or two live lines: their times have nothing to do with each other.',
    )
  }
  // Opened before the run, so that a wrong path is known before there is something to lose.
  const file = flags.html === undefined ? undefined : new OutputFile(flags.html)
  try {
    const matcher = new LineMatcher()
    const lines = await openLines([a, b], recorded[0] === true, matcher, flags, output)
    const [first] = lines
    const { transport, framing } = (first as Line).feed.stats()
    output.say(
      `receiving ${framing} on ${lines.map(({ endpoint }) => endpoint).join(' and ')} (transport ${transport}); Ctrl-C stops`,
    )
    await show(matchAll(lines, matcher, recorded[0] === true), new Progress(matcher), output)
    const reports = await Promise.all(lines.map(({ feed }) => feed.stop()))
    matcher.finish()
    const epoch = (first as Line).feed.epoch.unixSeconds
    const facts = reports.map(({ datagrams, ledger, warnings }, line) => ({
      ...{ endpoint: (lines[line] as Line).endpoint, datagrams, warnings },
      lostBy: ledger.lost,
    }))
    const report: CompareReport = {
      ...{ command: 'compare', framing, transport },
      ...compareReport(matcher, facts, epoch),
      endedBy: reports[0]?.endedBy ?? null,
      html: flags.html ?? null,
    }
    file?.write(comparePage(report, matcher, epoch))
    output.report(report, () => text(report))
  } finally {
    file?.discard()
  }
}

/** One of the two lines, read on the caller's thread. */
class Line {
  readonly endpoint: string
  readonly feed: Feed
  ended = false
  readonly #index: number
  readonly #matcher: LineMatcher
  readonly #batches: ReturnType<Feed[typeof Symbol.asyncIterator]>
  readonly #news: News
  /** From the feed's own epoch to that of the first line. */
  readonly #shiftNs: number

  constructor(feed: Feed, index: number, matcher: LineMatcher, news: News, epochSeconds: number) {
    this.endpoint = feed.endpoints[0] ?? ''
    this.feed = feed
    this.#index = index
    this.#matcher = matcher
    this.#news = news
    this.#shiftNs = (feed.epoch.unixSeconds - epochSeconds) * NS_PER_SECOND
    this.#batches = feed[Symbol.asyncIterator]()
  }

  /** Matches the messages that come next; false at the end. */
  async read(): Promise<boolean> {
    const { done, value: batch } = await this.#batches.next()
    const matcher = this.#matcher
    const line = this.#index
    if (done === true) {
      this.ended = true
      matcher.end(line)
      return false
    }
    while (batch.next()) {
      if (this.#news.restarted) {
        this.#news.restarted = false
        matcher.restart(line)
      }
      matcher.add(line, batch.sequence, batch.receivedNs + this.#shiftNs)
    }
    return true
  }
}

/** What a feed tells between two messages. */
interface News {
  restarted: boolean
}

async function openLines(
  urls: readonly string[],
  recorded: boolean,
  matcher: LineMatcher,
  flags: Flags<typeof COMPARE_FLAGS>,
  output: Output,
): Promise<Line[]> {
  const { html: _, framing = recorded ? 'auto' : 'raw', ...options } = flags
  const feeds: Feed[] = []
  const lines: Line[] = []
  try {
    for (const [index, url] of urls.entries()) {
      const news: News = { restarted: false }
      const feed = await receive({
        ...options,
        ...{ endpoint: url, framing, signal: stopSignal() },
        onWarning: (warning) => output.warn(`line ${lineName(index)}: ${warning}`),
        onStatus: ({ kind }) => {
          if (kind === 'session') news.restarted = true
        },
        onGap: ({ firstSequence, count }) => {
          if (!news.restarted) matcher.noteSent(index, firstSequence + count - 1)
        },
      })
      feeds.push(feed)
      const epoch = (feeds[0] as Feed).epoch.unixSeconds
      lines.push(new Line(feed as Feed, index, matcher, news, epoch))
    }
    return lines
  } catch (error) {
    for (const feed of feeds) await feed.stop().catch(() => {})
    throw error
  }
}

async function matchAll(
  lines: readonly Line[],
  matcher: LineMatcher,
  recorded: boolean,
): Promise<void> {
  if (!recorded) {
    await Promise.all(
      lines.map(async (line) => {
        while (await line.read());
      }),
    )
    return
  }
  const [a, b] = lines as [Line, Line]
  while (!a.ended || !b.ended) {
    const line = b.ended || (!a.ended && matcher.isBehind(0)) ? a : b
    for (let i = 0; i < BATCHES && (await line.read()); i++);
  }
}

/** Shows how far it is. */
class Progress implements LiveView {
  readonly #matcher: LineMatcher

  constructor(matcher: LineMatcher) {
    this.#matcher = matcher
  }

  lines(): readonly string[] {
    return [this.line()]
  }

  line(): string {
    const { expected, lost, lostOnBoth } = this.#matcher
    return `${formatCount(expected)} messages compared, lost on A ${formatCount(lost[0] ?? 0)}, on B ${formatCount(lost[1] ?? 0)}, on both ${formatCount(lostOnBoth)}`
  }
}

/** The report for people. */
function text(report: CompareReport): string[] {
  const { lines, expected, saved, lostOnBoth, bursts, burstsLeftOut, html } = report
  const worst = [...bursts].sort((one, two) => two.count - one.count)[0]
  return [
    `${formatCount(expected)} messages of ${report.framing} compared; both lines together lost ${formatCount(lostOnBoth)}, and saved ${formatCount(saved)}`,
    ...lines.flatMap((line, i) => [
      `  ${lineName(i)}  ${line.endpoint}`,
      `     lost          ${formatCount(line.lost)} (${formatPercent(line.lostPercent)}), ${formatCount(line.duplicates)} duplicates${line.outside > 0 ? `, ${formatCount(line.outside)} outside of its time` : ''}`,
      `     first         ${formatCount(line.firstToArrive)} (${formatPercent(line.firstToArrivePercent)}), alone with ${formatCount(line.alone)}`,
      `     ahead by      p50 ${formatNs(line.leadNs.p50)}, p99 ${formatNs(line.leadNs.p99)}, max ${formatNs(line.leadNs.max)}`,
    ]),
    `  loss bursts      ${formatCount(bursts.length + burstsLeftOut)}${worst === undefined ? '' : `, the longest of ${formatCount(worst.count)} messages on ${lineName(worst.line)} from ${worst.firstSequence} on`}`,
    ...(html === null ? [] : [`  page             ${html}`]),
  ]
}
