import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readPcapTrace } from '../../src/cli/tune/pcap-trace.js'
import type { TuneReport } from '../../src/cli/tune/report.js'
import { ringLayout } from '../../src/ring/layout.js'
import type { Trace } from '../../src/tune/trace.js'
import { IEX } from '../kit/captures.js'
import { captureFile } from './capture-file.js'
import { onlyObject, runTickwire } from './cli.js'
import { rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'

const IEX_FLAGS = ['--pcap', IEX.path, '--framing', 'iex-tp']

/** `1 + max over i of #{ j < i : d_j > a_i }`, by looking at every pair. */
function zeroLossByPairs(trace: Trace): number {
  const releases: number[] = []
  let most = 0
  for (let i = 0; i < trace.length; i++) {
    const arrival = trace.arrivalsNs[i]
    let behind = 0
    for (let j = 0; j < i; j++) if (releases[j] > arrival) behind++
    most = Math.max(most, behind)
    releases.push(Math.max(arrival, releases[i - 1] ?? 0) + trace.servicesNs[i])
  }
  return 1 + most
}

/** Messages lost with so many slots, by keeping the list of what is in them. */
function lostByList(trace: Trace, slots: number): number {
  let ring: number[] = []
  let last = 0
  let lost = 0
  for (let i = 0; i < trace.length; i++) {
    const arrival = trace.arrivalsNs[i]
    ring = ring.filter((release) => release > arrival)
    if (ring.length >= slots) {
      lost += trace.messages[i]
      continue
    }
    last = Math.max(arrival, last) + trace.servicesNs[i]
    ring.push(last)
  }
  return lost
}

for (const [serviceNs, zeroLossSlots] of [
  [20_000, 2],
  [250_000, 576],
] as const) {
  const title = `tune of the IEX recording at ${serviceNs} ns per message agrees with brute force`
  test(title, { skip: IEX.skip }, async (t) => {
    const result = await runTickwire(t, [
      ...['tune', ...IEX_FLAGS, '--service-ns', String(serviceNs), '--json'],
    ])
    assert.equal(result.exitCode, 0, result.stderr)
    const report = onlyObject<TuneReport>(result)
    assert.equal(report.command, 'tune')
    assert.equal(report.datagrams, 13_022)
    assert.equal(report.messages, 57_674)
    assert.equal(report.source.heartbeats, 237)
    assert.equal(report.source.invalid, 0)
    const options = { file: IEX.path, framing: 'iex-tp', serviceNs, from: undefined } as const
    const { trace } = await readPcapTrace(options)
    assert.equal(report.zeroLossSlots, zeroLossByPairs(trace))
    assert.equal(report.zeroLossSlots, zeroLossSlots)
    assert.deepEqual(
      report.capacities.map(({ slots }) => slots),
      Array.from({ length: 17 }, (_, i) => 2 ** i),
    )
    for (const { slots, lostMessages, lossPercent, bytes, ...row } of report.capacities) {
      const lost = slots >= zeroLossSlots ? 0 : lostByList(trace, slots)
      assert.equal(lostMessages, lost, `${slots} slots`)
      assert.equal(lossPercent, (100 * lost) / 57_674)
      assert.equal(bytes, ringLayout(slots, 2048).totalBytes)
      assert.equal(row.observedLossPercent, null)
    }
    assert.equal(report.recommended.trafficMargin, 1.5)
    assert.ok(report.recommended.slots >= (report.denserTraffic[0]?.zeroLossSlots ?? Infinity))
  })
}

test('tune prints tables within 80 columns and draws both curves', {
  skip: IEX.skip,
}, async (t) => {
  const file = join(temporaryFolder(t), 'tune.svg')
  const flags = [...IEX_FLAGS, '--service-ns', '250000', '--svg', file]
  const { exitCode, stdout, stderr } = await runTickwire(t, ['tune', ...flags])
  assert.equal(exitCode, 0, stderr)
  assert.equal(stderr, '')
  assert.deepEqual(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  )
  assert.match(stdout, /no loss from {4}576 slots/)
  assert.match(stdout, /--slots 1024/)
  assert.match(stdout, /sysctl -w net\.core\.rmem_max=4194304/)
  assert.doesNotMatch(stdout, /NaN|undefined/)
  const svg = readFileSync(file, 'utf8')
  assert.match(svg, /loss by capacity[\s\S]*burstiness/)
  assert.match(svg, /prefers-color-scheme: dark/)
  assert.doesNotMatch(svg, /NaN|Infinity|undefined|null/)
  assert.equal(svg.match(/<polyline class="\w+ line" points="[^"]*"\/>/g)?.length, 10)
})

test('tune counts messages, unreadable datagrams and those to others', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'feed.pcap')
  const to = { address: '10.0.0.9', port: 9001 }
  const datagrams = [
    { ...to, payload: rawDatagram(0, 3) },
    { ...to, payload: rawDatagram(3, 1) },
    { ...to, payload: new Uint8Array(30) },
    { ...to, port: 9002, payload: rawDatagram(0, 1) },
    { ...to, payload: rawDatagram(4, 2) },
  ]
  writeFileSync(file, captureFile(datagrams))
  const flags = ['tune', '--pcap', file, '--service-ns', '600000', '--json']
  const several = await runTickwire(t, flags)
  assert.equal(several.exitCode, 2)
  assert.match(several.stderr, /^error TW_BAD_OPTION: .*--from/m)
  const result = await runTickwire(t, [...flags, '--from', '10.0.0.9:9001'])
  assert.equal(result.exitCode, 0, result.stderr)
  assert.match(result.stderr, /1 of 4 datagrams cannot be read as raw/)
  const report = onlyObject<TuneReport>(result)
  assert.equal(report.datagrams, 4)
  assert.equal(report.messages, 6)
  assert.equal(report.source.invalid, 1)
  assert.equal(report.source.capture?.otherPackets['otherDestinations'], 1)
  // Arrivals at 0, 1, 2 and 4 ms, services of 1.8, 0.6, 0 and 1.2 ms: the second and third
  // find one slot in use.
  assert.equal(report.zeroLossSlots, 2)
  assert.equal(report.capacities[0]?.lostMessages, 1)
  assert.equal(report.longestStallNs, 1_800_000)
})

test('tune says what is missing: traffic, a service time, a message, a file', async (t) => {
  const file = join(temporaryFolder(t), 'noise.pcap')
  const noise = { address: '10.0.0.9', port: 9001, payload: new Uint8Array(30) }
  writeFileSync(file, captureFile([noise]))
  for (const [flags, exitCode, message] of [
    [['--pcap', file], 2, /^error TW_BAD_OPTION: .*--service-ns/m],
    [
      ['--pcap', file, '--service-ns', '1', '--framing', 'raw'],
      1,
      /^error TW_NO_TRAFFIC: .*1 datagrams with 0/m,
    ],
    [['--pcap', file, '--service-ns', '1'], 2, /^error TW_BAD_OPTION: The framing cannot be told/m],
    [['--pcap', `${file}.no`, '--service-ns', '1'], 1, /^error TW_FILE_NOT_FOUND: /m],
    [['--pcap', file, '--service-ns', '1', '--slot-bytes', '0'], 2, /^error TW_BAD_OPTION: /m],
  ] as const) {
    const result = await runTickwire(t, ['tune', ...flags])
    assert.equal(result.exitCode, exitCode, result.stderr)
    assert.equal(result.stdout, '')
    assert.match(result.stderr, message)
  }
})

test('tune takes a recording as endpoint, and tells its framing', async (t) => {
  const file = join(temporaryFolder(t), 'two.pcap')
  const payloads = [0, 1, 2, 3].map((sequence) => rawDatagram(sequence))
  writeFileSync(
    file,
    captureFile(
      payloads.flatMap((payload) => [
        { address: '239.1.1.1', port: 9001, payload },
        { address: '239.1.1.2', port: 9001, payload },
      ]),
    ),
  )
  const service = ['--service-ns', '500000', '--json']
  const tuned = async (...args: string[]) =>
    onlyObject<TuneReport>(await runTickwire(t, ['tune', ...args, ...service]))
  const report = await tuned(`file:${file}?to=239.1.1.1:9001`)
  assert.deepEqual(report, await tuned('--pcap', file, '--from', '239.1.1.1:9001'))
  assert.deepEqual([report.datagrams, report.source.framing], [4, 'raw'])
  const refused = await runTickwire(t, ['tune', `file:${file}?to=239.1.1.1:9001`, '--json'])
  assert.match(refused.stderr, /--service-ns 20000/)
  const twice = await runTickwire(t, ['tune', file, '--pcap', file, ...service])
  assert.equal(twice.exitCode, 2)
})
