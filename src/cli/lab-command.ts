import { writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { formatCount, formatNs, formatRate } from '../observe/format.js'
import type { LabPrediction, LabTraffic } from '../tune/lab-traffic.js'
import { MARKET_DATA_BYTES } from '../wire/market-data-view.js'
import { plotLab } from './lab/plot.js'
import { type LabReport, labText, largestError } from './lab/report.js'
import { Lab, type LabRow } from './lab/runs.js'
import { addJsonOption, numberOption } from './options.js'
import { openForWriting } from './output-file.js'
import { createOutput, type Output, stopSignal } from './session.js'

interface LabFlags {
  readonly count: number
  readonly rate: number
  readonly burst: number
  readonly workNs: number
  readonly seed: number
  readonly svg?: string
  readonly json?: boolean
}

/** With so much more time for a message than the handler works, others had its core for long. */
const BUSY_FACTOR = 1.25

export function labCommand(): Command {
  const command = new Command('lab')
    .description('the lesson of the ring: 11 sizes predicted from one pass, then tried')
    .addOption(numberOption('--count <n>', 'messages in each run').default(30_000))
    .addOption(numberOption('--rate <n>', 'messages per second, on average').default(20_000))
    .addOption(numberOption('--burst <n>', 'messages that come together, on average').default(400))
    .addOption(
      numberOption('--work-ns <n>', 'time that the handler spends on each').default(20_000),
    )
    .addOption(numberOption('--seed <n>', 'the same seed, the same bursts').default(1))
    .addOption(new Option('--svg <file>', 'write a plot'))
  return addJsonOption(command)
    .addHelpText('after', '\nExample:\n  $ tickwire lab --svg lab.svg')
    .action(async (flags: LabFlags) => runLab(flags, createOutput(flags.json === true)))
}

async function runLab(flags: LabFlags, output: Output): Promise<void> {
  const startMs = performance.now()
  const svg = flags.svg === undefined ? undefined : openForWriting(flags.svg)
  const { count, rate, burst, workNs, seed } = flags
  const traffic: LabTraffic = {
    count,
    ratePerSecond: rate,
    burst,
    serviceNs: workNs,
    payloadBytes: MARKET_DATA_BYTES,
    seed,
  }
  const lab = new Lab(traffic, stopSignal())
  output.say(
    `${formatCount(count)} messages at ${formatRate(rate)}/s in bursts of ${formatCount(burst)} on average, a handler that works ${formatNs(workNs)} for each`,
  )
  const { measured, predictions } = await lab.measure()
  output.say(`measured: the backlog needs ${formatCount(measured.zeroLossSlots)} slots`)
  if (measured.lost > 0) {
    output.warn(
      `${formatCount(measured.lost)} messages were lost while this was measured: the machine is too busy, or the socket buffer too small. Raise the limit with: sysctl -w net.core.rmem_max=4194304`,
    )
  }
  if (measured.meanServiceNs > BUSY_FACTOR * workNs) {
    output.warn(
      `A message took ${formatNs(measured.meanServiceNs)} instead of ${formatNs(workNs)}: other programs keep this machine busy, and no two runs will be alike.`,
    )
  }
  const rows = await observeAll(lab, predictions, output)
  const report: LabReport = {
    command: 'lab',
    traffic,
    placement: lab.placement,
    measured,
    rows,
    largestErrorPercent: largestError(rows),
    elapsedSeconds: (performance.now() - startMs) / 1000,
  }
  if (svg !== undefined) writeFileSync(svg, plotLab(report))
  if (output.json) output.report(report)
  else for (const line of ['', ...labText(report)]) output.say(line)
}

async function observeAll(
  lab: Lab,
  predictions: readonly LabPrediction[],
  output: Output,
): Promise<LabRow[]> {
  const rows: LabRow[] = []
  for (const prediction of predictions) {
    const row = await lab.observe(prediction)
    rows.push(row)
    if (row.observedEfficiencyPercent === null) continue
    output.say(`  ${formatCount(row.slots)} slots: ${row.observedEfficiencyPercent.toFixed(2)} %`)
  }
  return rows
}
