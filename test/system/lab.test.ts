import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { LabReport } from '../../src/cli/lab/report.js'
import { LAB_SLOTS } from '../../src/tune/lab-traffic.js'
import { onlyObject, runTickwire, tickwire } from './cli.js'
import { temporaryFolder } from './handler-modules.js'
import { assertReport } from './report-shape.js'

const skip = process.platform === 'linux' ? false : 'the lab needs the socket transport'

test('lab predicts each size from one pass, tries each, and prints one object', {
  skip,
}, async (t) => {
  const file = join(temporaryFolder(t), 'lab.svg')
  const flags = ['--count', '2000', '--json', '--svg', file]
  const result = await runTickwire(t, ['lab', ...flags])
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<LabReport>(result)
  assert.equal(report.command, 'lab')
  assertReport('lab', report)
  assert.deepEqual(
    report.rows.map(({ slots }) => slots),
    LAB_SLOTS,
  )
  assert.ok(report.rows[0].predictedEfficiencyPercent < 100, 'the smallest ring loses')
  assert.equal(report.rows.at(-1)?.predictedEfficiencyPercent, 100)
  for (const row of report.rows) {
    const { observedEfficiencyPercent, predictedForRunPercent, lostAtRing, lostInKernel } = row
    const lost = (lostAtRing ?? Number.NaN) + (lostInKernel ?? Number.NaN)
    assert.equal(observedEfficiencyPercent, (100 * (2000 - lost)) / 2000)
    // From that run's own arrivals and services, so a busy machine is no excuse.
    const error = Math.abs((predictedForRunPercent ?? Number.NaN) - 100 + (lostAtRing ?? 0) / 20)
    assert.ok(error < 3, JSON.stringify(row))
  }
  const svg = readFileSync(file, 'utf8')
  assert.equal(svg.match(/class="observed dot"/g)?.length, 12)
  assert.doesNotMatch(svg, /NaN|undefined|null/)
})

test('lab that is interrupted tells what it has seen', { skip }, async (t) => {
  const lab = tickwire(t, ['lab', '--count', '2000', '--json'])
  await lab.line(/ 64 slots: /)
  lab.kill('SIGINT')
  const report = onlyObject<LabReport>(await lab.result)
  assert.equal(report.rows.length, LAB_SLOTS.length)
  assert.notEqual(report.rows[0].observedEfficiencyPercent, null)
  assert.equal(report.rows.at(-1)?.observedEfficiencyPercent, null)
})
