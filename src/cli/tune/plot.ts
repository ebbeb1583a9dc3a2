import { formatCount, formatNs, formatPercent, formatRate } from '../../observe/format.js'
import { consumerOf } from './consumer-point.js'
import { Axis, type Mark, panel, type Series } from './line-chart.js'
import type { TuneReport } from './report.js'

const WIDTH = 760
const PANEL_HEIGHT = 346

/** A picture of what `tune` found, for light and for dark pages. Plain SVG, no script, no font of its own. */
export function plotTune(report: TuneReport): string {
  const height = 2 * PANEL_HEIGHT + 16
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-label="Tickwire tune">`,
    STYLE,
    `<rect class="page" x="0" y="0" width="${WIDTH}" height="${height}" rx="8"/>`,
    lossPanel(report),
    burstinessPanel(report),
    '</svg>',
    '',
  ].join('\n')
}

const STYLE = `<style>
  .page { fill: #ffffff } .title { fill: #1f2328 } .label { fill: #1f2328 } .note { fill: #59636e }
  .grid { stroke: #d1d9e0; stroke-width: 1 } .mark { stroke: #1f2328; stroke-width: 1; stroke-dasharray: 2 3 }
  .first { stroke: #0969da } .second { stroke: #bc4c00 } .third { stroke: #8250df }
  .first.dot { fill: #0969da } .second.dot { fill: #bc4c00 } .third.dot { fill: #8250df }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .second.line { stroke-dasharray: 7 4 } .third.line { stroke-dasharray: 2 4; stroke-linecap: round }
  .ring { fill: none; stroke: #1f2328; stroke-width: 2 }
  .over { stroke: #ffffff; stroke-width: 5; paint-order: stroke; stroke-linejoin: round }
  text { font: 13px system-ui, sans-serif } .title { font-weight: 600; font-size: 15px } .note { font-size: 11px }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .title { fill: #f0f6fc } .label { fill: #f0f6fc } .note { fill: #9198a1 }
    .over { stroke: #0d1117 }
    .grid { stroke: #2a313a } .mark { stroke: #f0f6fc } .ring { stroke: #f0f6fc }
    .first { stroke: #4493f8 } .second { stroke: #f0883e } .third { stroke: #ab7df8 }
    .first.dot { fill: #4493f8 } .second.dot { fill: #f0883e } .third.dot { fill: #ab7df8 }
  }
</style>`

const CLASSES = ['first', 'second', 'third'] as const

function lossPanel(report: TuneReport): string {
  const { zeroLossSlots, recommended, denserTraffic, capacities } = report
  const traffic = [{ factor: 1, zeroLossSlots, capacities }, ...denserTraffic]
  const needed = Math.max(recommended.slots, ...traffic.map((one) => one.zeroLossSlots))
  const shown = capacities.filter(({ slots }) => slots < 4 * needed).length
  const worst = Math.max(...traffic.flatMap((one) => one.capacities.map((row) => row.lossPercent)))
  const series = traffic.map(
    (one, index): Series => ({
      name: one.factor === 1 ? 'traffic as measured' : `${one.factor} x the traffic`,
      className: CLASSES[index] ?? 'third',
      dots: true,
      points: one.capacities.slice(0, shown).map((row) => [row.slots, row.lossPercent]),
    }),
  )
  const marks: Mark[] = [
    { at: zeroLossSlots, text: `no loss from ${formatCount(zeroLossSlots)} slots on` },
  ]
  if (recommended.slots !== zeroLossSlots) {
    marks.push({ at: recommended.slots, text: `recommended: ${formatCount(recommended.slots)}` })
  }
  const x = Axis.powersOfTwo(capacities[shown - 1].slots, formatCount)
  const y = Axis.linear(worst, formatPercent)
  const note = `messages that are lost; ${formatCount(report.messages)} messages in ${formatCount(report.datagrams)} datagrams over ${report.spanSeconds.toFixed(1)} s`
  return panel({
    title: 'loss by capacity',
    note,
    xName: 'slots in the ring',
    top: 0,
    x,
    y,
    series,
    marks,
  })
}

function burstinessPanel(report: TuneReport): string {
  const { burstiness } = report
  const rates = burstiness.map(({ ratePerSecond }) => ratePerSecond)
  const most = Math.max(...burstiness.map(({ backlog, slots }) => Math.max(backlog, slots)), 1)
  const series: Series[] = [
    {
      name: 'slots (datagrams)',
      className: 'first',
      dots: false,
      points: burstiness.map(({ ratePerSecond, slots }) => [ratePerSecond, slots]),
    },
    {
      name: 'backlog in messages',
      className: 'second',
      dots: false,
      points: burstiness.map(({ ratePerSecond, backlog }) => [ratePerSecond, backlog]),
    },
  ]
  const consumer = consumerOf(report)
  const marks: Mark[] = []
  if (consumer !== null) {
    const { ratePerSecond, slots } = consumer
    const each = formatNs(1e9 / ratePerSecond)
    const text = `${each} for each message: ${formatCount(slots)} slots`
    marks.push({ at: ratePerSecond, text, circle: slots })
  }
  const x = Axis.logarithmic(Math.min(...rates), Math.max(...rates), formatRate)
  const y = Axis.logarithmic(1, most, formatCount)
  const note = 'what a handler of constant speed needs for no loss'
  return panel({
    title: 'burstiness',
    note,
    xName: 'messages that the handler can take in a second',
    top: PANEL_HEIGHT,
    x,
    y,
    series,
    marks,
  })
}
