import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FloodRow, SizingRow } from '../../src/cli/demo/acts.js'
import type { BookActReport } from '../../src/cli/demo/book-act.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { onlyObject, runTickwire } from './cli.js'
import { openSocket, portIsFree } from './datagrams.js'
import { assertReceiveShape, assertReport } from './report-shape.js'

interface DemoReport {
  readonly command: 'demo'
  readonly endpoint: string
  readonly portTaken: boolean
  readonly classic: { readonly received: ReceiveReport }
  readonly sizing: readonly SizingRow[]
  readonly flood: readonly FloodRow[]
  readonly books: BookActReport | null
}

const DEMO_PORT = 9001

test('demo --quick --json prints one object, and tells people beside it, on another port where 9001 is taken', async (t) => {
  // Somebody else may hold it already, which is as good.
  if (await portIsFree(DEMO_PORT)) await openSocket(t, DEMO_PORT)
  const result = await runTickwire(t, ['demo', '--quick', '--json'])
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<DemoReport>(result)
  assertDemo(report)
  assertText(result.stderr)
})

function assertDemo(report: DemoReport): void {
  assert.deepEqual([report.command, report.portTaken], ['demo', true])
  assertReport('demo', report)
  assertReceiveShape(report.classic.received)
  const { ledger, delivered, efficiencyPercent } = report.classic.received
  assert.equal(delivered, ledger.expected)
  assert.equal(efficiencyPercent, 100)
  const [measured, before, after] = report.sizing
  assert.ok((measured?.zeroLossSlots ?? 0) > 64, 'one pass says that 64 slots are too few')
  for (const { received } of report.sizing) assert.equal(received.ledger.balanced, true)
  assert.ok(before !== undefined && after !== undefined && before.slots === 64)
  assert.ok(before.received.ledger.lost.ring > 0, 'the small ring loses')
  assert.ok((before.predictedEfficiencyPercent ?? 100) < 50, 'as was predicted')
  assert.equal(after.predictedEfficiencyPercent, 100)
  assert.ok(after.slots >= (measured?.zeroLossSlots ?? 0))
  assert.equal(after.received.ledger.lost.ring, 0, 'the right-sized ring does not')
  const subjects = new Set(report.flood.map(({ subject }) => subject))
  assert.deepEqual([...subjects].sort(), ['node:dgram', 'tickwire'])
  for (const { subject, sent, accountedFor } of report.flood) {
    if (subject === 'tickwire') assert.equal(accountedFor, sent)
  }
  if (process.platform !== 'linux') return
  const { books } = report
  assert.ok(books !== null)
  const [healed, hurt] = [books.recovering, books.alone]
  assert.ok((books.datagramsLost[0] ?? 0) > 0 && (books.datagramsLost[1] ?? 0) > 0)
  assert.equal(healed.received.ledger.lost.total, 0)
  assert.ok(healed.equal, 'the books of the feed that recovers are the publisher’s')
  assert.equal(healed.received.books?.allHash, books.truth)
  assert.equal(healed.received.books?.suspectSeconds, 0)
  assert.equal(hurt.equal, false)
  assert.ok(hurt.received.ledger.lost.network > 0)
  assert.equal(hurt.received.books?.suspect, hurt.received.books?.instruments)
}

function assertText(text: string): void {
  assert.match(text, /[Pp]ort 9001 is taken.*udp:\/\/127\.0\.0\.1:\d+/)
  assert.match(text, /1,000 of 1,000 delivered, 100 ?%/)
  if (process.platform === 'linux') {
    assert.match(text, /two lines: all books equal the publisher's, hash [0-9a-f]{16}; none was/)
    assert.match(text, /one line: hash .* books say that they may be wrong/)
  }
  assert.ok(!text.includes('\u001b'), 'no escape codes in a pipe')
}
