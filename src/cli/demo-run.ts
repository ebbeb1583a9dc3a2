import { shouldUseLibc } from '../native/libc.js'
import { type BookedFeed, BooksView, bookedFeedLine } from '../observe/books-view.js'
import { formatCount, formatNs, formatPercent, formatRate, formatTable } from '../observe/format.js'
import { ReceiveView } from '../observe/receive-view.js'
import {
  type Act,
  type DemoScale,
  type FloodRow,
  FULL_SCALE,
  floodRows,
  openClassic,
  play,
  QUICK_SCALE,
  type SizingRow,
  sizingRows,
} from './demo/acts.js'
import { type BookActFeeds, type BookActReport, playBooks, SHOWN_SYMBOL } from './demo/book-act.js'
import { examplePath } from './example-path.js'
import { exitOnSignalTelling, type Output, show } from './output.js'

/** All that the demo found out. */
interface DemoReport {
  readonly command: 'demo'
  readonly endpoint: string
  readonly portTaken: boolean
  readonly classic: Act
  readonly sizing: readonly SizingRow[]
  readonly flood: readonly FloodRow[]
  /** Null: recordings cannot be replayed here. */
  readonly books: BookActReport | null
  /** All acts are over; a signal ends the demo without a report. */
  readonly endedBy: 'count'
}

/** `tickwire demo`. */
export async function runDemo(quick: boolean, output: Output): Promise<void> {
  exitOnSignalTelling(output)
  const report = await performActs(quick ? QUICK_SCALE : FULL_SCALE, output)
  output.report(report, () => ['', ...closingTable(report), '', ...NEXT_STEPS])
}

async function performActs(scale: DemoScale, output: Output): Promise<DemoReport> {
  const { classic, endpoint, portTaken } = await actOne(scale, output)
  const sizing = await actTwo(scale, output)
  const flood = await actThree(scale, output)
  const books = await actFour(scale, output)
  return { command: 'demo', endpoint, portTaken, classic, sizing, flood, books, endedBy: 'count' }
}

async function actOne(scale: DemoScale, output: Output) {
  const { count, rate } = scale.classic
  title(output, 'Act one: the classic run')
  const { feed, portTaken } = await openClassic(scale)
  const endpoint = feed.endpoints[0]
  if (portTaken) output.say(`Port 9001 is taken by another program; ${endpoint} will do.`)
  output.say(
    `${formatCount(count)} messages of 29 bytes at ${formatCount(rate)}/s to ${endpoint}, a ring of 1,024 slots, receiver and sender on a CPU each.`,
  )
  const view = new ReceiveView(() => feed.stats(), output.colors)
  const classic = await show(play(feed, { count, rate }), view, output)
  const { received, sent } = classic
  output.say(
    `${output.colors.bold(`${formatCount(received.delivered)} of ${formatCount(received.ledger.expected)} delivered, ${formatPercent(received.efficiencyPercent)}`)}, ` +
      `latency p50 ${formatNs(received.latencyNs?.p50 ?? null)}, pace late by p50 ${formatNs(sent.paceErrorNs.p50)}, ` +
      `receiver on CPU ${received.pinned?.receiver ?? 'any'}, sender on CPU ${sent.pinned ?? 'any'}.`,
  )
  return { classic, endpoint, portTaken }
}

async function actTwo(scale: DemoScale, output: Output): Promise<SizingRow[]> {
  const { count, burst, workNs } = scale.sizing
  title(output, 'Act two: measure first, size second')
  output.say(
    `${formatCount(count)} messages in bursts of ${formatCount(burst)}, a handler that takes ${formatNs(workNs)} for each, rings that drop the newest when full.`,
  )
  const rows: SizingRow[] = []
  for await (const row of sizingRows(scale)) {
    rows.push(row)
    output.say(`  ${sizingName(rows.length - 1)}: ${sizingSentence(row, rows.length - 1)}`)
  }
  output.say('')
  for (const line of formatTable([
    ['', ...rows.slice(1).map((_, i) => sizingName(i + 1))],
    ['ring slots', ...rows.slice(1).map((row) => formatCount(row.slots))],
    ['messages received', ...rows.slice(1).map((row) => formatCount(row.received.delivered))],
    ['rate /s', ...rows.slice(1).map((row) => formatRate(deliveredRate(row)))],
    ['efficiency', ...rows.slice(1).map((row) => formatPercent(row.received.efficiencyPercent))],
    ['as predicted', ...rows.slice(1).map((row) => formatPercent(row.predictedEfficiencyPercent))],
    ['lost at the ring', ...rows.slice(1).map((row) => formatCount(row.received.ledger.lost.ring))],
    [
      'lost in the kernel',
      ...rows.slice(1).map((row) => formatCount(row.received.ledger.lost.kernel)),
    ],
    [
      'lost in the network',
      ...rows.slice(1).map((row) => formatCount(row.received.ledger.lost.network)),
    ],
  ])) {
    output.say(`  ${line}`)
  }
  return rows
}

function sizingName(index: number): string {
  return ['measuring pass', 'before', 'after'][index] ?? ''
}

function sizingSentence({ received, slots, zeroLossSlots }: SizingRow, index: number): string {
  if (index === 0) return `the backlog needs ${formatCount(zeroLossSlots)} slots`
  return `${formatCount(slots)} slots delivered ${formatPercent(received.efficiencyPercent)}`
}

function deliveredRate({ received }: SizingRow): number | null {
  return received.elapsedSeconds === null ? null : received.delivered / received.elapsedSeconds
}

async function actThree(scale: DemoScale, output: Output): Promise<FloodRow[]> {
  title(output, 'Act three: full speed')
  output.say(
    `${formatCount(scale.flood.count)} messages as fast as one sender can, one per datagram, at each receiver in turn, both with a 4 MiB buffer.`,
  )
  const rows: FloodRow[] = []
  for await (const row of floodRows(scale)) {
    rows.push(row)
    const accounted =
      row.accountedFor === null
        ? 'it does not know what it lost'
        : `${formatCount(row.accountedFor)} of ${formatCount(row.sent)} accounted for`
    output.say(
      `  ${row.subject.padEnd(10)}  ${formatRate(row.perSecond)}/s received, ${formatPercent(row.lossPercent)} lost; ${accounted}`,
    )
  }
  return rows
}

const RECOVERING = 'two lines'
const ALONE = 'one line'

async function actFour(scale: DemoScale, output: Output): Promise<BookActReport | null> {
  if (!shouldUseLibc()) return null
  title(output, 'Act four: books that know when they are wrong')
  const { instruments, messages } = scale.books
  output.say(
    `A made-up exchange day of ITCH 5.0: ${formatCount(messages)} messages about ${formatCount(instruments)} instruments over UDP, on two lines that each lose 5 % of the datagrams. ` +
      `One feed reads both and asks again for what both lost; the other has one line and nobody to ask.`,
  )
  const watch = ({ recovering, alone }: BookActFeeds, finished: Promise<unknown>) => {
    const feeds = (): BookedFeed[] => [
      { name: RECOVERING, report: recovering.stats(), top: recovering.top(SHOWN_SYMBOL) },
      { name: ALONE, report: alone.stats(), top: alone.top(SHOWN_SYMBOL) },
    ]
    return show(finished, new BooksView(feeds, output.colors), output).then(() => {
      for (const feed of feeds()) output.say(bookedFeedLine(feed, output.colors))
    })
  }
  const report = await playBooks(scale.books, watch)
  const { recovering, alone, truth } = report
  output.say(`  ${RECOVERING}: ${verdict(recovering.equal, recovering.received, truth)}`)
  output.say(`  ${ALONE}: ${verdict(alone.equal, alone.received, truth)}`)
  return report
}

/** How the books compare with the publisher's, and whether they said so themselves. */
function verdict(equal: boolean, { books }: ReceiveReportLike, truth: string): string {
  const hash = books?.allHash ?? '-'
  const compared = equal
    ? `all books equal the publisher's, hash ${hash}`
    : `hash ${hash} where the publisher has ${truth}`
  const suspect = books?.suspect ?? 0
  if (suspect === 0) return `${compared}; none was suspect at the end`
  const seconds = (books?.suspectSeconds ?? 0).toFixed(1)
  return `${compared}; ${formatCount(suspect)} of ${formatCount(books?.instruments ?? 0)} books say that they may be wrong (${seconds} s of doubt in all)`
}

function closingTable(report: DemoReport): string[] {
  const [, before, after] = report.sizing
  const tickwire = fastest(report.flood, 'tickwire')
  const dgram = fastest(report.flood, 'node:dgram')
  return formatTable([
    ['What was shown', 'messages', 'delivered', 'rate /s', 'efficiency'],
    ['classic run', ...actCells(report.classic.received)],
    [`bursts, ring of ${formatCount(before.slots)}`, ...actCells(before.received)],
    [`bursts, ring of ${formatCount(after.slots)}`, ...actCells(after.received)],
    ['flood, tickwire', ...floodCells(tickwire)],
    ['flood, node:dgram', ...floodCells(dgram)],
    ...bookRows(report.books),
  ])
}

function bookRows(books: BookActReport | null): string[][] {
  if (books === null) return []
  return [
    [`books, ${RECOVERING}`, ...actCells(books.recovering.received)],
    [`books, ${ALONE}`, ...actCells(books.alone.received)],
  ]
}

function fastest(rows: readonly FloodRow[], subject: FloodRow['subject']): FloodRow {
  const own = rows.filter((row) => row.subject === subject)
  return own.reduce((best, row) => (row.perSecond > best.perSecond ? row : best))
}

function actCells(received: ReceiveReportLike): string[] {
  return [
    formatCount(received.ledger.expected),
    formatCount(received.delivered),
    formatRate(
      received.elapsedSeconds === null ? null : received.delivered / received.elapsedSeconds,
    ),
    formatPercent(received.efficiencyPercent),
  ]
}

type ReceiveReportLike = SizingRow['received']

function floodCells(row: FloodRow): string[] {
  return [
    formatCount(row.sent),
    formatCount(row.received),
    formatRate(row.perSecond),
    formatPercent(100 - row.lossPercent),
  ]
}

function title(output: Output, text: string): void {
  output.say('')
  output.say(output.colors.bold(text))
}

const NEXT_STEPS = [
  'Try next, in two terminals:',
  '  npx tickwire receive --count 100000',
  '  npx tickwire send --count 100000 --rate 20000',
  `and a handler of your own: npx tickwire receive --handler ${examplePath('handler.js')}`,
]
