import { formatCount, formatNs, formatPercent, formatRate } from '../../observe/format.js'
import { consumerOf } from './consumer-point.js'
import { Axis, type Mark, panel, type Series } from './line-chart.js'
import { drawPage, PANEL_HEIGHT } from './plot-page.js'
import type { TuneReport } from './report.js'

/** A picture of what `tune` found, for light and for dark pages. Plain SVG, no script, no font of its own. */
export function plotTune(report: TuneReport): string {
  return drawPage('Tickwire tune', 2 * PANEL_HEIGHT, [lossPanel(report), burstinessPanel(report)])
}

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
  const observed = capacities.filter(({ observedLossPercent }) => observedLossPercent !== null)
  if (observed.length > 0) {
    series.push({
      name: 'observed live',
      className: 'observed',
      dots: 'only',
      points: observed.map((row) => [row.slots, row.observedLossPercent ?? 0]),
    })
  }
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
