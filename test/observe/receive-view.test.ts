import assert from 'node:assert/strict'
import { test } from 'node:test'
import pc from 'picocolors'
import { fit } from '../../src/observe/live-display.js'
import { ReceiveView, receiveSummary } from '../../src/observe/receive-view.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'

const PLAIN = pc.createColors(false)
const NONE = { count: 0, p50: null, p90: null, p99: null, p999: null, max: null }

/** What the display reads of a run that has lost a few to its own end. */
const REPORT = {
  command: 'receive',
  transport: 'socket',
  delivered: 123_456_700,
  messages: 123_456_700,
  datagrams: 123_456_700,
  ledger: {
    expected: 123_456_789,
    delivered: 123_456_700,
    skipped: 0,
    lost: { kernel: 0, ring: 0, network: 0, invalid: 0, unrecovered: 0, cutOff: 89, total: 89 },
    duplicates: 0,
    recovered: 0,
    balanced: true,
  },
  lines: [
    { endpoint: 'udp://239.100.200.250:50001?interface=eth0', otherSources: 0, state: 'live' },
  ],
  efficiencyPercent: 99.999,
  elapsedSeconds: 1,
  messagesPerSecond: 1,
  latencyNs: NONE,
  latencyFrom: null,
  stagesNs: null,
  recording: null,
  ring: { slots: 1024, slotBytes: 2048, highWater: 3, fullCount: 0, used: 1 },
  receiveBufferBytes: { asked: 1, granted: 2 },
  garbageCollections: { receiver: 0, handler: 0 },
  behind: { policy: 'every', limitSlots: null, skips: 0, pending: 0 },
  late: 0,
  tooLate: 0,
  heartbeats: 0,
  restarts: 0,
  foreignDatagrams: 0,
  staleAlarms: 0,
  stale: false,
  recovery: null,
  missing: [],
} as unknown as ReceiveReport

test('A display of 30 columns shows the efficiency, the loss and the rate', () => {
  const lines = new ReceiveView(() => REPORT, PLAIN).lines().map((line) => fit(line, 29))
  assert.match(lines[1] ?? '', /efficiency 99\.999 %/)
  assert.match(lines[2] ?? '', /lost +89/)
  assert.match(lines[3] ?? '', /messages +\d.*\/s/)
})

test('What a run lost by its own end has a name that says so', () => {
  const [, lost = ''] = receiveSummary(REPORT, PLAIN)
  assert.match(lost, /lost +89 \(cut off 89\)/)
})
