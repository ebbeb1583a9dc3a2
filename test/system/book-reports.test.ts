// The reports of book, diff and compare have what is promised of them.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { onlyObject, runTickwire } from './cli.js'
import { temporaryFolder } from './handler-modules.js'
import { assertBookShape, assertCompareShape, assertDiffShape } from './report-shape.js'

test('book, diff and compare report every field that is promised, with its type', async (t) => {
  const folder = temporaryFolder(t)
  const [a = '', b = ''] = ['a.pcap', 'b.pcap'].map((name) => join(folder, name))
  const run = async (...args: string[]) => {
    const result = await runTickwire(t, [...args, '--json'])
    return { exitCode: result.exitCode, report: onlyObject<{ command: string }>(result) }
  }
  const sample = ['--messages', '20000', '--instruments', '4']
  await run('sample', 'itch50', a, ...sample, '--loss', '0.01')
  await run('sample', 'itch50', b, ...sample, '--loss', '0.02', '--line', 'b')
  const one = ['--protocol', 'itch50', '--type', 'addOrder', '--limit', '1']
  const decoded = await runTickwire(t, ['decode', a, ...one])
  const { stock } = JSON.parse(decoded.stdout) as { stock: string }
  const book = await run('book', a, '--protocol', 'itch50', '--instrument', stock)
  assert.equal(book.report.command, 'book')
  assertBookShape(book.report)
  const diff = await run('diff', a, b, '--protocol', 'itch50')
  assert.deepEqual([diff.exitCode, diff.report.command], [1, 'diff'])
  assertDiffShape(diff.report)
  const same = await run('diff', a, a, '--protocol', 'itch50')
  assert.deepEqual(
    [same.exitCode, (same.report as { firstDifference?: unknown }).firstDifference],
    [0, null],
  )
  const compare = await run('compare', a, b)
  assert.equal(compare.report.command, 'compare')
  assertCompareShape(compare.report)
})
