// What independent programs find in the same recordings: Wireshark's tshark and capinfos.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import { IEX, NASDAQ } from '../kit/captures.js'
import {
  captureFile,
  ethernet,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  linuxCooked2,
  mold,
  mpls,
  NgBuilder,
  udp,
} from './capture-builder.js'
import { readAll } from './reading.js'

const skip = spawnSync('tshark', ['--version']).error !== undefined && 'tshark is not installed'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickwire-independent-'))
})
after(() => rm(folder, { recursive: true }))

function tshark(file: string, filter: string, fields: readonly string[]): string[][] {
  const text = execFileSync(
    'tshark',
    ['-r', file, '-Y', filter, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 },
  )
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}

/** Time and payload of each UDP datagram, as the reader and as tshark have it. */
async function compare(file: string): Promise<void> {
  const { datagrams, error, counts } = await readAll(await CaptureReader.open(file, { to: null }))
  assert.equal(error, undefined)
  const rows = tshark(file, 'udp.payload', ['frame.time_epoch', 'udp.dstport', 'udp.payload'])
  assert.deepEqual(
    datagrams.map(({ unixNs, destination, payload }) => [
      `${unixNs / 1_000_000_000n}.${String(unixNs % 1_000_000_000n).padStart(9, '0')}`,
      destination.slice(destination.lastIndexOf(':') + 1),
      Buffer.from(payload, 'latin1').toString('hex'),
    ]),
    rows,
  )
  const info = execFileSync('capinfos', ['-T', '-r', '-c', file], { encoding: 'utf8' })
  assert.equal(counts.packets, Number(info.trim().split('\t')[1]))
}

const MESSAGES = [Buffer.from('one'), Buffer.from('three')]
const LONG = udp({ payload: mold(1, [Buffer.alloc(3000, 7)]) })
const FRAMES = [
  ethernet(ipv4(udp({ payload: mold(1, MESSAGES) })), [0x8100, 0x8100, 0x8100]),
  ethernet(ipv6(udp({ payload: mold(3, MESSAGES) }), [[0, Buffer.alloc(8)]])),
  ethernet(mpls(ipv4(udp({ payload: mold(5, MESSAGES) })), 2), [], 0x8847),
  ethernet(ipv4(Buffer.alloc(20), { protocol: 2 })),
  ...ipv4Fragments(LONG, 1480, 9).map((part) => ethernet(part)),
  ...ipv6Fragments(LONG, 1448, 9).map((part) => ethernet(part)),
]

test('CaptureReader finds the datagrams that tshark finds in a pcap', { skip }, async () => {
  const file = join(folder, 'made.pcap')
  const records = FRAMES.map((packet, i) => ({ seconds: 1_700_000_000, fraction: i * 37, packet }))
  const layout = { littleEndian: false, nanoseconds: true, linkType: 1 }
  await writeFile(file, captureFile(layout, records))
  await compare(file)
})

test('CaptureReader finds the datagrams that tshark finds in a pcapng', { skip }, async () => {
  const file = join(folder, 'made.pcapng')
  const ng = new NgBuilder(true)
    .section()
    .interface(1, 0, [{ code: 9, value: Buffer.of(9) }])
    .interface(276)
  FRAMES.forEach((packet, i) => {
    ng.enhanced(0, 1_700_000_000_000_000_000n + BigInt(i * 37), packet)
  })
  ng.enhanced(1, 1_700_000_001_000_007n, linuxCooked2(ipv4(udp({ payload: mold(7, MESSAGES) }))))
  await writeFile(file, ng.build())
  await compare(file)
})

for (const real of [IEX, NASDAQ]) {
  test(
    `CaptureReader finds the datagrams that tshark finds in ${real.path.split('/').at(-1)}`,
    {
      skip: skip || real.skip,
    },
    () => compare(real.path),
  )
}
