import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import { until } from '../kit/until.js'
import { onlyObject, readiness, runTickwire, tickwire } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'

interface CompareReport {
  readonly command: string
  readonly expected: number
  readonly lines: readonly {
    readonly endpoint: string
    readonly messages: number
    readonly lost: number
    readonly firstToArrive: number
    readonly leadNs: { readonly count: number }
    readonly lostBy: { readonly network: number }
  }[]
  readonly lostOnBoth: number
  readonly saved: number
  readonly bursts: readonly { readonly line: number; readonly count: number }[]
  readonly endedBy: string
}

/** The sequences of the messages in a recording of MoldUDP64. */
async function sequences(file: string): Promise<Set<number>> {
  const found = new Set<number>()
  const reader = await CaptureReader.open(file)
  while (await reader.fill()) {
    while (reader.next()) {
      const first = Number(reader.view.getBigUint64(reader.offset + 10))
      const count = reader.view.getUint16(reader.offset + 18)
      if (count === 0xffff) continue
      for (let i = 0; i < count; i++) found.add(first + i)
    }
  }
  await reader.close()
  return found
}

test('compare says what each of two recordings misses, and draws it', async (t) => {
  const folder = temporaryFolder(t)
  const [a, b, html] = ['a.pcap', 'b.pcap', 'lines.html'].map((name) => join(folder, name)) as [
    ...[string, string, string],
  ]
  const sample = ['--messages', '20000', '--json']
  await runTickwire(t, ['sample', 'itch50', a, ...sample, '--loss', '0.01'])
  await runTickwire(t, ['sample', 'itch50', b, ...sample, '--loss', '0.02', '--line', 'b'])
  const [inA, inB] = [await sequences(a), await sequences(b)]
  const all = new Set([...inA, ...inB])
  const expected = Math.max(...all) - Math.min(...all) + 1
  const result = await runTickwire(t, ['compare', a, b, '--html', html, '--json'])
  const report = onlyObject<CompareReport>(result)
  assert.equal(report.command, 'compare')
  assert.equal(report.expected, expected)
  assert.deepEqual(
    report.lines.map(({ messages, lost }) => [messages, lost]),
    [inA, inB].map((set) => [set.size, expected - set.size]),
  )
  assert.equal(report.lostOnBoth, expected - all.size)
  assert.equal(report.saved, 2 * all.size - inA.size - inB.size)
  assert.equal(
    report.lines.reduce((sum, { firstToArrive }) => sum + firstToArrive, 0),
    all.size,
  )
  assert.equal(
    report.bursts.reduce((sum, { count }) => sum + count, 0),
    2 * expected - inA.size - inB.size,
  )
  const page = readFileSync(html, 'utf8')
  assert.ok(page.startsWith('<!doctype html>') && page.includes('</svg>'))
  assert.doesNotMatch(page, /https?:|<script|<link|url\(|NaN|undefined/)
})

test('compare compares two live lines', {
  skip: process.platform === 'linux' ? false : 'the socket transport needs Linux',
}, async (t) => {
  const any = 'udp://127.0.0.1:0'
  const process = tickwire(t, ['compare', any, any, '--json', '--duration-ms', '120000'])
  const { endpoints } = await readiness(process)
  const [a = 0, b = 0] = endpoints.map((url) => Number(new URL(url).port))
  const socket = await openSocket(t)
  for (let sequence = 0; sequence < 500; sequence++) {
    if (sequence % 50 !== 10) await socket.send(rawDatagram(sequence), a)
    if (sequence % 100 !== 35) await socket.send(rawDatagram(sequence), b)
    if (sequence % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await until('something came', () => process.stderr.includes('receiving'))
  await new Promise((resolve) => setTimeout(resolve, 100))
  process.kill('SIGINT')
  const report = onlyObject<CompareReport>(await process.result)
  assert.equal(report.expected, 500)
  assert.deepEqual(
    report.lines.map(({ lost }) => lost),
    [10, 5],
  )
  assert.deepEqual([report.saved, report.lostOnBoth], [15, 0])
  assert.equal(report.endedBy, 'signal')
})

test('compare refuses a recording beside a live line', async (t) => {
  const file = join(temporaryFolder(t), 'a.pcap')
  await runTickwire(t, ['sample', 'deep10', file, '--messages', '100'])
  const result = await runTickwire(t, ['compare', file, 'udp://127.0.0.1:0', '--json'])
  assert.equal(result.exitCode, 2)
})
