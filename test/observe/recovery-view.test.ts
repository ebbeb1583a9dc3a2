import assert from 'node:assert/strict'
import { test } from 'node:test'
import pc from 'picocolors'
import { recoverySummary, recoveryWords } from '../../src/observe/recovery-view.js'
import { alarmText } from '../../src/run/feed/feed-alarm.js'
import type {
  LineReport,
  ReceiveReport,
  RecoveryReport,
} from '../../src/run/feed/receive-report.js'

const PLAIN = pc.createColors(false)
const LATENCY = { count: 3, p50: 2000, p90: 3000, p99: 4000, p999: 4000, max: 5000 }
const LINE: LineReport = {
  messages: {
    seen: 0,
    first: 0,
    duplicates: 0,
    compared: 0,
    conflicts: 0,
    late: 0,
    tooLate: 0,
    held: 0,
    foreign: 0,
  },
  endpoint: 'udp://127.0.0.1:9001',
  host: null,
  datagrams: 100,
  kernelDrops: 0,
  ringDrops: 0,
  firstToArrive: 60,
  state: 'live',
  silentAlarms: 0,
  behindAlarms: 0,
  leadNs: LATENCY,
  joined: null,
  rejoins: 0,
  receiveErrors: 0,
  lastReceiveError: null,
  otherSources: 0,
}
const RECOVERY: RecoveryReport = {
  endpoint: 'udp://127.0.0.1:9003',
  requests: 5,
  requestsFailed: 0,
  gapsAsked: 4,
  requestsPerGap: 1.25,
  answers: 5,
  badAnswers: 0,
  latencyNs: LATENCY,
}

function report(parts: Partial<ReceiveReport>): ReceiveReport {
  const ledger = { recovered: 3 }
  const some = { ledger, lines: [LINE], recovery: null, stale: false, staleAlarms: 0, ...parts }
  return some as unknown as ReceiveReport
}

test('the summary says what was asked for and what each line was worth', () => {
  const lines = [LINE, { ...LINE, silentAlarms: 2, state: 'silent' as const, leadNs: null }]
  assert.deepEqual(recoverySummary(report({ lines, recovery: RECOVERY }), PLAIN), [
    '  recovered     3 messages, 5 requests for 4 gaps (1.25 each), after p50 2.0 us, p99 4.0 us, max 5.0 us',
    '  line A        udp://127.0.0.1:9001: 100 datagrams, first with 60 and ahead by p50 2.0 us, p99 4.0 us, kernel dropped 0',
    '  line B        udp://127.0.0.1:9001: 100 datagrams, first with 60, kernel dropped 0, silent 2x, silent at the end',
  ])
})

test('the summary says that a server answers nothing, or cannot be asked', () => {
  const recovery = { ...RECOVERY, requestsFailed: 2, answers: 0 }
  const [, failed, dumb] = recoverySummary(report({ recovery }), PLAIN)
  assert.match(failed ?? '', /2 requests could not be sent/)
  assert.match(dumb ?? '', /udp:\/\/127\.0\.0\.1:9003 answered none of them/)
})

test('a feed without lines to compare, server or alarm has nothing to say', () => {
  assert.deepEqual(recoverySummary(report({}), PLAIN), [])
  assert.equal(recoveryWords(report({})), '')
})

test('a plain line of a running feed names lines that are not live', () => {
  const lines = [LINE, { ...LINE, state: 'behind' as const }]
  const words = recoveryWords(report({ lines, recovery: RECOVERY, stale: true }))
  assert.equal(words, ', line B behind, recovered 3, stale')
})

test('an alarm names its line and its endpoint', () => {
  const endpoints = ['udp://127.0.0.1:1', 'udp://127.0.0.1:2']
  assert.equal(
    alarmText({ kind: 'line-silent', line: 1 }, endpoints),
    'Line B (udp://127.0.0.1:2) is silent, while another line goes on.',
  )
  assert.match(alarmText({ kind: 'stale', line: -1 }, endpoints), /^The feed is stale/)
})
