import { formatCount, formatNs, formatPercent } from '../../observe/format.js'
import { lineName } from '../../run/feed/feed-alarm.js'
import { escapeXml } from '../plot/svg.js'
import { type BurstReport, type CompareReport, unixNs } from './compare-report.js'
import type { LineMatcher } from './line-matcher.js'
import type { TimeBin } from './time-bins.js'

const WIDTH = 900
const HEIGHT = 220
const LEFT = 70
const RIGHT = WIDTH - 16
const TOP = 12
const BOTTOM = HEIGHT - 34
const LISTED_BURSTS = 50

/** A page of its own with the report of two lines and plots of it: it asks the network for nothing. */
export function comparePage(report: CompareReport, matcher: LineMatcher, epoch: number): string {
  const [a, b] = report.lines.map((line) => escapeXml(line.endpoint))
  const { startNs, widthNs } = matcher.bins
  const bins = matcher.bins.bins()
  const seconds = widthNs / 1e9
  const begun = unixNs(startNs, epoch)
  const when = begun === null ? 'nothing came' : `from ${timeText(begun)} UTC`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lines A and B of a feed, compared</title>
<style>${STYLE}</style>
<main>
<h1>Two lines of a feed</h1>
<p><b class="a">A</b> ${a}<br><b class="b">B</b> ${b}<br>${report.framing}, ${when}${report.seconds === null ? '' : `, ${Number(report.seconds.toFixed(3))} s`}</p>
<div class="cards">
${card(formatCount(report.expected), 'messages of the feed')}
${card(formatCount(report.saved), 'saved: lost on one line, brought by the other')}
${card(formatCount(report.lostOnBoth), 'lost on both lines', report.lostOnBoth > 0)}
</div>
<h2>Each line</h2>
${lineTable(report)}
<h2>Who was first</h2>
<p>Share of the messages that each line brought before the other, or alone, over time.</p>
${sharePlot(bins, seconds)}
<h2>By how much</h2>
<p>Messages by the lead of the line that brought them first, on a logarithmic scale. Clocks of two recorders differ: a
shift of all of it to one side may be theirs.</p>
${leadPlot(matcher)}
<h2>Losses</h2>
<p>Messages that did not come, over time: <span class="a">on A</span>, <span class="b">on B</span>, or, in the
colour of text, on neither.</p>
${lossPlot(bins, seconds)}
<h2>Loss bursts</h2>
${burstTable(report)}
</main>
</html>
`
}

function card(figure: string, label: string, bad = false): string {
  return `<div class="card"><div class="figure${bad ? ' bad' : ''}">${figure}</div>${label}</div>`
}

function lineTable({ lines }: CompareReport): string {
  const row = (label: string, cell: (line: CompareReport['lines'][number]) => string) =>
    `<tr><th>${label}</th>${lines.map((line) => `<td>${cell(line)}</td>`).join('')}</tr>`
  const causes = ['kernel', 'ring', 'network', 'invalid', 'unrecovered', 'cutOff'] as const
  return `<div class="wide"><table>
<tr><td></td>${lines.map((_, i) => `<th class="${'ab'[i]}">${lineName(i)}</th>`).join('')}</tr>
${row('messages', (line) => formatCount(line.messages))}
${row('lost', (line) => `${formatCount(line.lost)} (${formatPercent(line.lostPercent)})`)}
${row(
  'lost by cause',
  (line) =>
    causes
      .map((cause) => [cause, line.lostBy[cause]] as const)
      .filter(([, count]) => (count ?? 0) > 0)
      .map(([cause, count]) => `${cause} ${formatCount(count)}`)
      .join(', ') || 'none',
)}
${row('first to arrive', (line) => `${formatCount(line.firstToArrive)} (${formatPercent(line.firstToArrivePercent)})`)}
${row('alone with', (line) => formatCount(line.alone))}
${row('ahead by, p50', (line) => formatNs(line.leadNs.p50))}
${row('ahead by, p99', (line) => formatNs(line.leadNs.p99))}
${row('ahead by, most', (line) => formatNs(line.leadNs.max))}
${row('duplicates', (line) => formatCount(line.duplicates))}
${row('outside of its time', (line) => formatCount(line.outside))}
</table></div>`
}

function sharePlot(bins: readonly TimeBin[], seconds: number): string {
  if (bins.length === 0) return NOTHING
  const step = (RIGHT - LEFT) / bins.length
  const bars = bins.flatMap((bin, i) => {
    // What a line brought alone it brought first.
    const a = bin.firstA + bin.lostB
    const total = a + bin.firstB + bin.lostA + bin.together
    if (total === 0) return []
    const split = TOP + (BOTTOM - TOP) * (a / total)
    const equal = split + (BOTTOM - TOP) * (bin.together / total)
    const x = LEFT + i * step
    return [
      bar('a', x, TOP, step, split - TOP, `A ${formatPercent((100 * a) / total)}`),
      bar('even', x, split, step, equal - split, 'at the same time'),
      bar(
        'b',
        x,
        equal,
        step,
        BOTTOM - equal,
        `B ${formatPercent((100 * (total - a - bin.together)) / total)}`,
      ),
    ]
  })
  return plot('Share of first arrivals over time', [
    ...[0, 50, 100].map((percent) => gridLine(1 - percent / 100, `${percent} %`)),
    ...bars,
    timeAxis(bins.length * seconds),
  ])
}

function lossPlot(bins: readonly TimeBin[], seconds: number): string {
  const most = Math.max(0, ...bins.map((bin) => bin.lostA + bin.lostB + bin.lostOnBoth))
  if (most === 0) return '<p class="good">Nothing was lost on any line.</p>'
  const step = (RIGHT - LEFT) / bins.length
  const bars = bins.flatMap((bin, i) => {
    let y = BOTTOM
    const x = LEFT + i * step
    return (['lostOnBoth', 'lostA', 'lostB'] as const).map((kind) => {
      const height = ((BOTTOM - TOP) * bin[kind]) / most
      y -= height
      const name = { lostOnBoth: 'on both', lostA: 'on A', lostB: 'on B' }[kind]
      const className = { lostOnBoth: 'both', lostA: 'a', lostB: 'b' }[kind]
      return bar(className, x, y, step, height, `${formatCount(bin[kind])} lost ${name}`)
    })
  })
  return plot('Messages lost over time', [
    gridLine(0, formatCount(most)),
    gridLine(1, '0'),
    ...bars,
    timeAxis(bins.length * seconds),
  ])
}

function leadPlot({ leadCounts }: LineMatcher): string {
  const buckets = leadCounts.buckets()
  const most = Math.max(0, ...buckets.map(({ count }) => count))
  if (most === 0) return NOTHING
  const reach = Math.max(
    ...buckets.flatMap(({ fromNs, toNs }) => [Math.abs(fromNs), Math.abs(toNs)]),
  )
  const middle = (LEFT + RIGHT) / 2
  const scale = (RIGHT - middle) / Math.log10(1 + reach / 100)
  const place = (ns: number) => middle + Math.sign(-ns) * scale * Math.log10(1 + Math.abs(ns) / 100)
  const bars = buckets.map(({ fromNs, toNs, count }) => {
    const x = Math.min(place(fromNs), place(toNs))
    const width = Math.abs(place(toNs) - place(fromNs))
    const height = (BOTTOM - TOP) * (count / most)
    const ahead = fromNs >= 0 ? 'a' : 'b'
    const range = [Math.abs(fromNs), Math.abs(toNs)].sort((one, two) => one - two).map(formatNs)
    const title = `${ahead.toUpperCase()} first by ${range.join(' to ')}: ${formatCount(count)}`
    return bar(ahead, x, BOTTOM - height, width, height, title)
  })
  const ticks = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10]
    .filter((ns) => ns <= reach)
    .flatMap((ns) => [ns, -ns])
  return plot('Leads of the line that was first', [
    gridLine(0, formatCount(most)),
    gridLine(1, '0'),
    ...bars,
    `<line class="axis" x1="${middle}" x2="${middle}" y1="${TOP}" y2="${BOTTOM}"/>`,
    ...ticks.map((ns) => tick(place(ns), formatNs(Math.abs(ns)))),
    tick(middle, '0'),
    `<text class="a" x="${LEFT + 6}" y="${TOP + 14}">A was first</text>`,
    `<text class="b" x="${RIGHT - 6}" y="${TOP + 14}" text-anchor="end">B was first</text>`,
  ])
}

function burstTable({ bursts, burstsLeftOut }: CompareReport): string {
  if (bursts.length === 0) return '<p class="good">There is none.</p>'
  const longest = [...bursts].sort((one, two) => two.count - one.count).slice(0, LISTED_BURSTS)
  const rest = bursts.length + burstsLeftOut - longest.length
  const row = (burst: BurstReport) =>
    `<tr><td class="${'ab'[burst.line]}">${lineName(burst.line)}</td><td>${burst.firstSequence} – ${burst.lastSequence}</td><td>${formatCount(burst.count)}</td><td>${formatCount(burst.lostOnBoth)}</td><td>${burst.firstNs === null ? '–' : timeText(burst.firstNs)}</td></tr>`
  return `<p>The longest${rest > 0 ? `; ${formatCount(rest)} shorter ones are left out` : ''}.</p>
<div class="wide"><table><tr><th>line</th><th>sequences</th><th>lost</th><th>on both</th><th>at (UTC)</th></tr>
${longest.map(row).join('\n')}
</table></div>`
}

function plot(label: string, content: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
${content.join('\n')}
</svg>`
}

function bar(
  className: string,
  x: number,
  y: number,
  width: number,
  height: number,
  title: string,
): string {
  if (height <= 0) return ''
  // So that the least of losses can be seen.
  const tall = Math.max(height, 1.5)
  return `<rect class="${className}" x="${x.toFixed(2)}" y="${(y + height - tall).toFixed(2)}" width="${Math.max(width, 0.5).toFixed(2)}" height="${tall.toFixed(2)}"><title>${title}</title></rect>`
}

/** @param place from 0, the top, to 1, the bottom */
function gridLine(place: number, label: string): string {
  const y = TOP + (BOTTOM - TOP) * place
  return `<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${y}" y2="${y}"/><text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${label}</text>`
}

function tick(x: number, label: string): string {
  return `<text x="${x.toFixed(1)}" y="${BOTTOM + 20}" text-anchor="middle">${label}</text>`
}

function timeAxis(seconds: number): string {
  return [0, 0.25, 0.5, 0.75, 1]
    .map((part) =>
      tick(LEFT + (RIGHT - LEFT) * part - (part === 1 ? 14 : 0), spanText(seconds * part)),
    )
    .join('')
}

function spanText(seconds: number): string {
  if (seconds >= 120) return `${(seconds / 60).toFixed(1)} min`
  return seconds >= 1 || seconds === 0
    ? `${Number(seconds.toFixed(2))} s`
    : `${Number((seconds * 1000).toFixed(1))} ms`
}

function timeText(unixNs: string): string {
  const ns = BigInt(unixNs)
  const text = new Date(Number(ns / 1_000_000n)).toISOString()
  return `${text.slice(0, 19).replace('T', ' ')}.${String(ns % 1_000_000_000n).padStart(9, '0')}`
}

const NOTHING = '<p>No message came on both lines.</p>'

const STYLE = `
:root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --note: #59636e; --grid: #d1d9e0; --card: #f6f8fa;
  --a: #0969da; --b: #bc4c00; --both: #1f2328; --good: #1a7f37; --bad: #cf222e }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #f0f6fc; --note: #9198a1; --grid: #2a313a;
  --card: #151b23; --a: #4493f8; --b: #f0883e; --both: #f0f6fc; --good: #3fb950; --bad: #ff7b72 } }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 920px; margin: 0 auto; padding: 24px 20px 60px }
h1 { font-size: 26px; margin: 0 0 8px } h2 { font-size: 18px; margin: 36px 0 4px }
p { margin: 4px 0 12px; color: var(--note) } p b { display: inline-block; width: 1.2em } .good { color: var(--good) }
.a { color: var(--a) } .b { color: var(--b) }
.cards { display: flex; flex-wrap: wrap; gap: 12px } .card { flex: 1 1 200px; background: var(--card); border-radius: 8px;
  padding: 12px 16px; color: var(--note) } .figure { font-size: 28px; font-weight: 600; color: var(--text) } .figure.bad { color: var(--bad) }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--grid); white-space: nowrap }
th:first-child, td:first-child { text-align: left; font-weight: 500 } td.a, td.b, th.a, th.b { font-weight: 700 }
svg { width: 100%; height: auto; display: block } svg text { font: 12px system-ui, sans-serif; fill: var(--note) }
svg text.a { fill: var(--a) } svg text.b { fill: var(--b) } svg .grid { stroke: var(--grid) } svg .axis { stroke: var(--note) }
rect.a { fill: var(--a) } rect.b { fill: var(--b) } rect.both { fill: var(--both) } rect.even { fill: var(--grid) }
`
