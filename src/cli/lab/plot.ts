import { formatCount, formatPercent } from '../../observe/format.js'
import { Axis, type Mark, panel, type Series } from '../tune/line-chart.js'
import { drawPage, PANEL_HEIGHT } from '../tune/plot-page.js'
import type { LabReport } from './report.js'

/** A picture of a lab run, for light and for dark pages. Plain SVG, no script, no font of its own. */
export function plotLab({ rows, measured, traffic }: LabReport): string {
  const observed = rows.filter((row) => row.observedEfficiencyPercent !== null)
  const series: Series[] = [
    {
      name: 'predicted from one pass',
      className: 'first',
      dots: false,
      points: rows.map((row) => [row.slots, row.predictedEfficiencyPercent]),
    },
    {
      name: 'observed',
      className: 'observed',
      dots: 'only',
      points: observed.map((row) => [row.slots, row.observedEfficiencyPercent ?? 0]),
    },
  ]
  const own = rows.filter((row) => row.predictedForRunPercent !== null)
  series.push({
    name: 'predicted for that run',
    className: 'own',
    dots: 'rings',
    points: own.map((row) => [row.slots, row.predictedForRunPercent ?? 0]),
  })
  const { zeroLossSlots } = measured
  const marks: Mark[] = [
    { at: zeroLossSlots, text: `no loss from ${formatCount(zeroLossSlots)} slots on`, low: true },
  ]
  const slots = rows.map((row) => row.slots)
  const note = `messages delivered of ${formatCount(traffic.count)} sent in bursts, for each size of the ring`
  return drawPage('Tickwire lab', PANEL_HEIGHT, [
    panel({
      title: 'efficiency by ring size',
      note,
      xName: 'slots in the ring',
      top: 0,
      x: Axis.powersOfTwo(Math.max(...slots), formatCount, Math.min(...slots)),
      y: Axis.linear(100, formatPercent),
      series,
      marks,
    }),
  ])
}
