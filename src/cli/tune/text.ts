import {
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  formatRate,
  formatTable,
} from '../../observe/format.js'
import type { BurstinessPoint } from '../../tune/burstiness.js'
import { consumerOf } from './consumer-point.js'
import type { MeasuredRun, TuneReport } from './report.js'

/** Rates of the second table at most. */
const RATES_MAX = 8

/** The report for people, in lines of at most 80 columns. */
export function tuneText(report: TuneReport): string[] {
  return [
    ...summary(report),
    '',
    ...capacityTable(report).map((line) => `  ${line}`),
    '',
    'the ring that a handler of another speed would need:',
    ...rateTable(report).map((line) => `  ${line}`),
    '',
    ...recommendation(report),
    ...verification(report),
  ]
}

function summary(report: TuneReport): string[] {
  const { messages, datagrams, spanSeconds, busyPercent, slotsInUse, longestStall } = report
  const of = `${formatCount(messages)} messages in ${formatCount(datagrams)} datagrams`
  const others = report.denserTraffic.map(
    ({ factor, zeroLossSlots }) => `${formatCount(zeroLossSlots)} at x${factor}`,
  )
  const lines = [
    `${of} over ${spanSeconds.toFixed(3)} s`,
    ...measuredLines(report.source.measured),
    `  no loss from    ${formatCount(report.zeroLossSlots)} slots on (${others.join(', ')} the traffic)`,
    `  found in use    p50 ${formatCount(slotsInUse.p50)}, p99 ${formatCount(slotsInUse.p99)}, p99.9 ${formatCount(slotsInUse.p999)}, max ${formatCount(slotsInUse.max)} slots`,
    `  handler busy    ${formatPercent(busyPercent)} of the time, ${formatNs(report.source.serviceNs)} for each message`,
  ]
  if (longestStall !== null) {
    const { durationNs, arrivals, costsSlots } = longestStall
    lines.push(
      `  longest stall   ${formatNs(durationNs)}: ${formatCount(arrivals)} datagrams came meanwhile, costs ${formatCount(costsSlots)} slots`,
    )
  }
  return lines
}

function measuredLines(run: MeasuredRun | null): string[] {
  if (run === null) return []
  const { transport, line, lines, arrivals, longestPickUpNs, costNs } = run
  const of = lines === 1 ? '' : `, line ${line} of ${lines}`
  const pickUp =
    longestPickUpNs === null ? '' : `, longest wait for the receiver ${formatNs(longestPickUpNs)}`
  const cost =
    costNs.handler === 0
      ? []
      : [
          `  noting cost     ${formatNs(costNs.handler)} for each slot, ${formatNs(costNs.receiver)} for each receive call`,
        ]
  const when = arrivals === 'pushed' ? 'handed over' : 'in the kernel'
  return [`  measured        ${transport}${of}, arrival: ${when}${pickUp}`, ...cost]
}

/** The rows in which something changes: what is above the largest need is all the same. */
function capacityTable(report: TuneReport): string[] {
  const { capacities, denserTraffic } = report
  const needed = Math.max(report.recommended.slots, report.zeroLossSlots)
  const factors = denserTraffic.map(({ factor }) => `at x${factor}`)
  const head = ['slots', 'lost', ...factors, 'wait p50', 'p99', 'memory', 'or buffer']
  const rows = capacities
    .filter(({ slots }) => slots < 2 * needed)
    .map((row, index) => [
      formatCount(row.slots),
      formatLoss(row.lossPercent),
      ...denserTraffic.map(({ capacities: others }) =>
        formatLoss(others[index]?.lossPercent ?? null),
      ),
      formatNs(row.waitNs.p50),
      formatNs(row.waitNs.p99),
      formatBytes(row.bytes),
      row.receiveBufferBytes === 0 ? '–' : formatBytes(row.receiveBufferBytes),
    ])
  return formatTable([head, ...rows])
}

/** Two decimals, three below 1 %. A loss that is not 0 never looks like 0. */
function formatLoss(percent: number | null): string {
  if (percent === null || percent === 0) return formatPercent(percent)
  if (percent < 0.001) return '< 0.001 %'
  return formatPercent(percent < 1 ? percent : Number(percent.toFixed(2)))
}

function rateTable(report: TuneReport): string[] {
  const own = consumerOf(report)
  const head = ['messages/s', 'for each', 'backlog, messages', 'slots', '']
  const rows = thinned(report.burstiness, own).map((point) => [
    formatRate(point.ratePerSecond),
    formatNs(1e9 / point.ratePerSecond),
    formatCount(Math.ceil(point.backlog)),
    formatCount(point.slots),
    point === own ? 'this handler' : '',
  ])
  return formatTable([head, ...rows])
}

/** Points from both ends and evenly between, and one that must be there. */
function thinned(points: readonly BurstinessPoint[], own: BurstinessPoint | null) {
  const step = Math.max(1, (points.length - 1) / (RATES_MAX - 1))
  const indexes = new Set<number>()
  for (let at = 0; at < points.length; at += step) indexes.add(Math.round(at))
  return points.filter((point, index) => point === own || indexes.has(index))
}

function recommendation({ recommended, source }: TuneReport): string[] {
  const { slots, receiveBufferBytes, trafficMargin, receiverPauseNs, sysctl } = recommended
  const lines = [
    `recommended for ${trafficMargin} x the traffic and a receiver that pauses for ${formatNs(receiverPauseNs)}:`,
    `  tickwire receive --framing ${source.framing} --slots ${slots} \\`,
    `    --receive-buffer-bytes ${receiveBufferBytes}`,
    ...sysctl.map((line) => `  sysctl -w ${line}`),
  ]
  if (!recommended.sustainable) {
    lines.push(
      `At ${trafficMargin} x the traffic the handler has no time left: slots only put the loss off.`,
    )
  }
  return lines
}

/** What live runs lost, beside what was said. */
function verification({ verification: runs }: TuneReport): string[] {
  if (runs.length === 0) return []
  const head = ['slots', 'messages', 'by the table', 'for this run', 'observed']
  const rows = runs.map((run) => [
    formatCount(run.slots),
    formatCount(run.messages),
    formatLoss(run.measuredTrafficLossPercent),
    formatLoss(run.predictedLossPercent),
    formatLoss(run.observedLossPercent),
  ])
  return ['', 'run live, with rings that drop the newest when full; lost:'].concat(
    formatTable([head, ...rows]).map((line) => `  ${line}`),
  )
}
