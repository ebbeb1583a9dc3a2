import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PcapWriter } from '../../src/capture/pcap-writer.js'
import { readBytes } from './reading.js'

const IPV4 = { address: Uint8Array.of(10, 0, 0, 1), port: 4000 }
const GROUP4 = { address: Uint8Array.of(239, 129, 1, 2), port: 9001 }
const IPV6 = { address: Uint8Array.of(0xfe, 0x80, ...Array(13).fill(0), 1), port: 4001 }
const GROUP6 = { address: Uint8Array.of(0xff, 2, ...Array(13).fill(0), 9), port: 9002 }

/** A recording of payloads that begin with their number. */
function recording(lengths: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(1_000_000))
  const writer = new PcapWriter()
  let end = PcapWriter.writeFileHeader(bytes, 0)
  lengths.forEach((length, i) => {
    const payload = new DataView(new ArrayBuffer(length + 3))
    for (let at = 0; at < length; at++) payload.setUint8(3 + at, (at + i) & 0xff)
    const [from, to] = i % 2 === 0 ? [IPV4, GROUP4] : [IPV6, GROUP6]
    const expected = PcapWriter.recordBytes(length, i % 2 === 1)
    assert.equal(
      writer.write(bytes, end, 1_700_000_000 + i, i, from, to, payload, 3, length),
      expected,
    )
    end += expected
  })
  return new Uint8Array(bytes.buffer, 0, end)
}

test('PcapWriter writes what CaptureReader reads, up to the longest payload', async () => {
  const lengths = [0, 1, 29, 1472, 65_507, 65_527]
  const { datagrams, error } = await readBytes(recording(lengths))
  assert.equal(error, undefined)
  assert.deepEqual(
    datagrams.map(({ payload, ...rest }) => ({ ...rest, length: payload.length })),
    [
      ...lengths.map((length, i) => ({
        unixNs: (1_700_000_000n + BigInt(i)) * 1_000_000_000n + BigInt(i),
        destination: i % 2 === 0 ? '239.129.1.2:9001' : '[ff02::9]:9002',
        sourcePort: i % 2 === 0 ? 4000 : 4001,
        length: i === 4 ? 65_507 : length,
      })),
    ],
  )
  assert.equal(datagrams[3]?.payload.charCodeAt(100), 103)
})

test('PcapWriter refuses a payload that no IP packet can carry', () => {
  assert.equal(PcapWriter.recordBytes(65_508, false), 0)
  assert.equal(PcapWriter.recordBytes(65_528, true), 0)
})

test('PcapWriter writes packets in which tshark finds no fault', {
  skip: spawnSync('tshark', ['--version']).error !== undefined && 'tshark is not installed',
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tickwire-writer-'))
  try {
    const path = join(folder, 'written.pcap')
    await writeFile(path, recording([0, 1, 29, 30, 1472, 1473]))
    const checks = ['ip.check_checksum:TRUE', 'udp.check_checksum:TRUE'].flatMap((o) => ['-o', o])
    const fields = ['udp.length', 'ip.checksum.status', 'udp.checksum.status', '_ws.malformed']
    const text = execFileSync(
      'tshark',
      ['-r', path, ...checks, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
    // 1: good, 3: not there, as a checksum over IPv4 may be.
    const rows = text.trimEnd().split('\n')
    assert.deepEqual(
      rows.map((row) => row.trimEnd().split('\t')),
      [8, 9, 37, 38, 1480, 1481].map((length, i) =>
        i % 2 === 0 ? [`${length}`, '1', '3'] : [`${length}`, '', '1'],
      ),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
