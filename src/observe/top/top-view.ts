import type { Colors } from 'picocolors/types.js'
import { lineName } from '../../run/feed/feed-alarm.js'
import type { ReceiveReport } from '../../run/feed/receive-report.js'
import type { SendReport } from '../../run/transmission/send-report.js'
import type { RunReading, ThreadReading } from '../counters-reader.js'
import {
  formatBar,
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  formatRate,
  formatSparkline,
  formatTable,
} from '../format.js'
import { ReceiveView } from '../receive-view.js'
import { SendView } from '../send-view.js'
import type { RunHistory } from './run-history.js'

const BAR_WIDTH = 24
const SPARK_WIDTH = 40
/** Narrower ones have shorter sparklines and fewer columns. */
const NARROW_COLUMNS = 70
const SHOWN_LOSSES = 5
/** A starting thread gives ten signs of life a second. */
const HUNG_MS = 2000
export const HELP_LINES = [
  'q        quit',
  'space    pause, and go on',
  'r        count from here on',
  'n, Tab   next process',
  'p        process before',
  'h, ?     this text',
]

/** What is to be shown, and how. */
export interface TopState {
  readonly histories: readonly RunHistory[]
  /** Of the process that is shown in full. */
  readonly selected: number
  readonly paused: boolean
  readonly help: boolean
}

/** The lines of the screen: a row for each process, and one process in full. */
export function topLines(state: TopState, c: Colors, columns: number): string[] {
  const { histories, selected, paused, help } = state
  const lines = [header(state, c)]
  if (help) return [...lines, '', ...HELP_LINES.map((line) => `  ${line}`)]
  if (histories.length === 0) {
    return [...lines, '', '  No Tickwire process of this user has counters to read.']
  }
  if (histories.length > 1) lines.push(...overview(histories, selected, c, columns), '')
  const shown = histories[selected]
  if (shown !== undefined) lines.push(...runLines(shown, c, columns))
  if (paused) lines.push('', c.yellow('  paused: space goes on'))
  return lines
}

function header({ histories, paused }: TopState, c: Colors): string {
  const count = `${histories.length} process${histories.length === 1 ? '' : 'es'}`
  const now = paused ? c.yellow('paused') : new Date().toISOString().slice(11, 19)
  return `${c.bold('tickwire top')}  ${count}  ${now}  ${c.dim('h help  q quit')}`
}

function overview(
  histories: readonly RunHistory[],
  selected: number,
  c: Colors,
  columns: number,
): string[] {
  const narrow = columns < NARROW_COLUMNS
  const rows = histories.map((history) => overviewRow(history, narrow))
  const titles = ['', 'PID', 'rate/s', 'eff. %', 'lost']
  const more = narrow ? [] : ['ring', 'p99', 'alive', 'what']
  const table = formatTable([
    [...titles, ...more],
    ...rows.map((row, i) => [i === selected ? '>' : ' ', ...row]),
  ])
  return table.map((line, i) => (i === 0 ? c.dim(line) : i - 1 === selected ? c.bold(line) : line))
}

function overviewRow(history: RunHistory, narrow: boolean): string[] {
  const { reading, last } = history
  const { report } = reading
  const p99 = formatNs(last?.p99Ns ?? null)
  const receiving = report?.command === 'receive' ? report : undefined
  const first = [
    String(reading.processId),
    formatRate(last?.messagesPerSecond ?? null),
    formatPercent(receiving?.efficiencyPercent ?? null).replace(' %', ''),
    formatCount(receiving?.ledger.lost.total ?? (report as SendReport | null)?.refused ?? null),
  ]
  if (narrow) return first
  return [...first, ringShare(receiving), p99, aliveWord(reading), nameOf(report)]
}

function ringShare(report: ReceiveReport | undefined): string {
  const { used, slots } = report?.ring ?? {}
  if (used === undefined || used === null || slots === undefined) return '–'
  return `${Math.round((100 * used) / slots)} %`
}

function nameOf(report: RunReading['report']): string {
  if (report === null) return '–'
  if (report.command === 'receive') return report.name
  const endpoints = report.lines.map(({ endpoint }) => endpoint)
  return `send ${report.name === endpoints[0] ? endpoints.join(' + ') : report.name}`
}

function aliveWord({ alive, heartbeatAgeMs }: RunReading): string {
  if (!alive) return 'gone'
  return heartbeatAgeMs > HUNG_MS ? `${formatNs(heartbeatAgeMs * 1e6)} ago` : 'yes'
}

/** One process in full. */
export function runLines(history: RunHistory, c: Colors, columns: number): string[] {
  const { reading } = history
  const { report } = reading
  const lines = [stateLine(reading, c)]
  if (report === null) return [...lines, '  it has not said yet what it does']
  const width = Math.max(8, Math.min(SPARK_WIDTH, columns - 40))
  const view =
    report.command === 'receive'
      ? new ReceiveView(
          () => report,
          c,
          () => history.last?.messagesPerSecond ?? null,
        )
      : new SendView(
          () => report,
          c,
          () => history.last?.datagramsPerSecond ?? null,
        )
  lines.push(...view.lines())
  lines.push(...sparklines(history, c, width))
  if (history.wasReset) lines.push(resetLine(history, c))
  if (report.command === 'receive') lines.push(...feedLines(reading, report, c))
  lines.push(...threadLines(reading, c))
  for (const { text, count } of reading.errors) {
    lines.push(c.yellow(`  ${count > 1 ? `${formatCount(count)}x ` : ''}${text}`))
  }
  return lines
}

function stateLine(reading: RunReading, c: Colors): string {
  const { processId, alive, heartbeatAgeMs } = reading
  const age = formatNs(heartbeatAgeMs * 1e6)
  const who = c.bold(`process ${processId}`)
  if (!alive) return `${who} ${c.red(`is gone, and gave its last sign of life ${age} ago`)}`
  if (heartbeatAgeMs > HUNG_MS) return `${who} ${c.red(`has given no sign of life for ${age}`)}`
  return `${who} ${c.green('is alive')}, ${formatNs((Date.now() - reading.startedMs) * 1e6)} old`
}

function sparklines({ samples, last }: RunHistory, c: Colors, width: number): string[] {
  if (last === undefined) return []
  const rates = samples.map(({ messagesPerSecond }) => messagesPerSecond)
  const tails = samples.map(({ p99Ns }) => p99Ns)
  const lines = [
    `  ${c.dim('rate      ')} ${formatSparkline(rates, width)} ${formatRate(last.messagesPerSecond)}/s`,
  ]
  if (tails.some((value) => value !== null)) {
    const now = `p50 ${formatNs(last.p50Ns)} p99 ${formatNs(last.p99Ns)} now`
    lines.push(`  ${c.dim('p99       ')} ${formatSparkline(tails, width)} ${now}`)
  }
  return lines
}

function resetLine({ sinceReset }: RunHistory, c: Colors): string {
  const { messages, delivered, lost, recovered, gaps } = sinceReset
  return `  ${c.dim('since r   ')} ${formatCount(messages)} messages, ${formatCount(delivered)} delivered, ${formatCount(lost)} lost, ${formatCount(gaps)} gaps, ${formatCount(recovered)} recovered`
}

function feedLines(reading: RunReading, report: ReceiveReport, c: Colors): string[] {
  const lines: string[] = []
  report.lines.forEach((line, i) => {
    const {
      bufferUsed = 0,
      bufferHighWater = 0,
      bufferGranted = 0,
    } = reading.counters(`line ${i}`) ?? {}
    if (bufferGranted === 0) return
    const bar = formatBar(bufferUsed / bufferGranted, BAR_WIDTH)
    const drops =
      (line.kernelDrops ?? 0) > 0 ? c.red(`, dropped ${formatCount(line.kernelDrops)}`) : ''
    const name = report.lines.length > 1 ? `kernel ${lineName(i)}  ` : 'kernel    '
    lines.push(
      `  ${c.dim(name)} ${bar} ${formatBytes(bufferUsed)} of ${formatBytes(bufferGranted)}, high water ${formatBytes(bufferHighWater)}${drops}`,
    )
  })
  const { gaps, restarts, ledger, invalidDatagrams } = report
  lines.push(
    `  ${c.dim('gaps      ')} ${formatCount(gaps)}, recovered ${formatCount(ledger.recovered)}, duplicates ${formatCount(ledger.duplicates)}, restarts ${formatCount(restarts)}, invalid ${formatCount(invalidDatagrams)}`,
  )
  lines.push(...bookLines(reading, c))
  for (const loss of reading.losses.slice(-SHOWN_LOSSES).reverse()) {
    const when = new Date(loss.firstMs).toISOString().slice(11, 23)
    lines.push(
      c.dim(`  ${when}   `) +
        `${formatCount(loss.count)} lost: ${loss.cause}, ${loss.firstSequence} to ${loss.lastSequence}`,
    )
  }
  return lines
}

/** Where the run keeps books. */
function bookLines(reading: RunReading, c: Colors): string[] {
  const books = reading.counters('books')
  if (books === undefined) return []
  const { instruments = 0, gap = 0, lateStart = 0, unknownOrder = 0, overExecuted = 0 } = books
  const suspect = gap + lateStart + unknownOrder + overExecuted + (books['crossed'] ?? 0)
  const text = `${formatCount(instruments)} instruments, `
  const wrong = `${formatCount(suspect)} suspect`
  return [`  ${c.dim('books     ')} ${text}${suspect > 0 ? c.red(wrong) : wrong}`]
}

function threadLines({ threads }: RunReading, c: Colors): string[] {
  return threads.map((thread) => `  ${c.dim('thread    ')} ${threadText(thread, c)}`)
}

function threadText(thread: ThreadReading, c: Colors): string {
  const { name, running, longestTurnNs, longTurns, lastTurnAgeMs } = thread
  const age = lastTurnAgeMs === null ? '–' : formatNs(lastTurnAgeMs * 1e6)
  const late = running && lastTurnAgeMs !== null && lastTurnAgeMs > HUNG_MS
  const state = running ? (late ? c.red(`turned ${age} ago`) : 'running') : 'stopped'
  const stalls = `longest turn ${formatNs(longestTurnNs)}, ${formatCount(longTurns)} above 1 ms`
  return `${name.padEnd(10)} ${state}, ${busyText(thread)}${stalls}${collectionsText(thread)}`
}

function busyText({ parkedShare, busyShare }: ThreadReading): string {
  if (busyShare === null) return ''
  const busy = `busy ${formatPercent(Math.round(busyShare * 1000) / 10)}, `
  if (parkedShare === null) return busy
  return `${busy}asleep ${formatPercent(Math.round(parkedShare * 1000) / 10)}, `
}

function collectionsText({ collections }: ThreadReading): string {
  return collections === null ? '' : `, ${formatCount(collections)} collections`
}
