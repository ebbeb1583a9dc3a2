import type { EndedBy } from '../../foundation/ended-by.js'
import { formatCount, formatNs, formatPercent, formatTable } from '../../observe/format.js'
import type { LabTraffic } from '../../tune/lab-traffic.js'
import type { LabMeasurement, LabPlacement, LabRow } from './runs.js'

/** What `tickwire lab --json` prints. */
export interface LabReport {
  readonly command: 'lab'
  readonly traffic: LabTraffic
  readonly placement: LabPlacement
  readonly measured: LabMeasurement
  readonly rows: readonly LabRow[]
  /** The largest difference between what one pass predicted and what was observed; null: nothing was. */
  readonly largestErrorPercent: number | null
  readonly elapsedSeconds: number
  /** `count`: all sizes were tried. */
  readonly endedBy: EndedBy
}

/** In percentage points. */
export function largestError(rows: readonly LabRow[]): number | null {
  const errors = rows.flatMap(({ predictedEfficiencyPercent, observedEfficiencyPercent }) =>
    observedEfficiencyPercent === null
      ? []
      : [Math.abs(predictedEfficiencyPercent - observedEfficiencyPercent)],
  )
  return errors.length === 0 ? null : Math.max(...errors)
}

/** The report for people, in lines of at most 80 columns. */
export function labText({ rows, measured, largestErrorPercent, traffic }: LabReport): string[] {
  const head = ['slots', 'predicted', 'observed', 'for this run', 'lost: ring', 'kernel']
  const table = formatTable([
    head,
    ...rows.map((row) => [
      formatCount(row.slots),
      formatShare(row.predictedEfficiencyPercent),
      formatShare(row.observedEfficiencyPercent),
      formatShare(row.predictedForRunPercent),
      formatCount(row.lostAtRing),
      formatCount(row.lostInKernel),
    ]),
  ])
  const { zeroLossSlots, meanServiceNs } = measured
  return [
    'messages delivered, of those sent:',
    ...table.map((line) => `  ${line}`),
    '',
    `One pass said: ${formatCount(zeroLossSlots)} slots lose nothing. A message took ${formatNs(meanServiceNs)}`,
    `in all, where the handler works for ${formatNs(traffic.serviceNs)}: it does not have a core alone.`,
    ...(largestErrorPercent === null
      ? []
      : [
          `Predicted and observed differ by ${largestErrorPercent.toFixed(2)} percentage points at most.`,
        ]),
  ]
}

/** Two decimals: 99.999 is not 100, and shows as 99.99. */
export function formatShare(percent: number | null): string {
  return formatPercent(percent === null ? null : Math.floor(percent * 100) / 100)
}
