// Recordings that were made with a snap length: every packet is accounted for, and what is whole is read.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { DecodeReport } from '../../src/export/index.js'
import { type SampleKind, writeSample } from '../../src/sample/write-sample.js'
import { onlyObject, runTickwire } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16

/** A recording as `tcpdump -s` would have made it. */
function withSnapLength(bytes: Buffer, snapLength: number): Buffer {
  const parts = [bytes.subarray(0, FILE_HEADER_BYTES)]
  for (let at = FILE_HEADER_BYTES; at < bytes.length; ) {
    const captured = bytes.readUInt32LE(at + 8)
    const header = Buffer.from(bytes.subarray(at, at + RECORD_HEADER_BYTES))
    const kept = Math.min(captured, snapLength)
    header.writeUInt32LE(kept, 8)
    const packet = at + RECORD_HEADER_BYTES
    parts.push(header, bytes.subarray(packet, packet + kept))
    at = packet + captured
  }
  return Buffer.concat(parts)
}

async function decodeCut(
  t: TestContext,
  kind: SampleKind,
  snapLength: number,
  args: readonly string[] = [],
): Promise<DecodeReport> {
  const file = join(temporaryFolder(t), 'cut.pcap')
  await writeSample({
    ...{ kind, file, messages: 1_500, instruments: 5, seed: 1, loss: 0 },
    ...{ line: 'a', overwrite: false },
  })
  writeFileSync(file, withSnapLength(readFileSync(file), snapLength))
  const result = await runTickwire(t, ['decode', file, ...args, '--stats', '--json'])
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<DecodeReport>(result)
  const { packets = 0, truncated = 0 } = report.capture ?? {}
  assert.ok(truncated > 0 && packets > truncated - 1)
  assert.equal(report.datagrams + truncated, packets)
  assert.match(report.warnings.join(), new RegExp(`cut short .*at most ${snapLength} bytes`))
  return report
}

test('decode tells framing and protocol by the packets that a snap length of 96 bytes left whole', async (t) => {
  const tops = await decodeCut(t, 'tops16', 96)
  assert.deepEqual([tops.framing, tops.protocol], ['iex-tp', 'tops16'])
  assert.ok(tops.datagrams > 0 && tops.missing > 0)
  const itch = await decodeCut(t, 'itch50', 96, ['--protocol', 'itch50'])
  assert.deepEqual([itch.framing, itch.protocol], ['moldudp64', 'itch50'])
  assert.ok(itch.messages > 0 && itch.messageFaults === 0)
})

test('decode of a recording whose packets are all cut says so, whatever protocol is named', async (t) => {
  for (const args of [[], ['--protocol', 'itch50']]) {
    const report = await decodeCut(t, 'itch50', 60, args)
    assert.deepEqual([report.datagrams, report.messages], [0, 0])
  }
})

test('decode names the protocol that the headers of cut packets still show', async (t) => {
  // 14, 20 and 8 bytes before the payload, of which 34 are left: headers alone.
  for (const kind of ['tops16', 'deep10', 'deepplus10'] as const) {
    const { framing, protocol, datagrams, warnings } = await decodeCut(t, kind, 76)
    assert.deepEqual([framing, protocol, datagrams], ['iex-tp', kind, 0])
    assert.doesNotMatch(warnings.join(), /nothing tells/)
  }
  // What the messages of MoldUDP64 are stands nowhere.
  const itch = await decodeCut(t, 'itch50', 64)
  assert.deepEqual([itch.framing, itch.protocol], ['moldudp64', 'none'])
})

test('decode says that it cannot know the protocol of packets that are cut before it', async (t) => {
  const { framing, protocol, warnings } = await decodeCut(t, 'tops16', 44)
  assert.deepEqual([framing, protocol], [null, 'none'])
  assert.match(warnings.join(), /no datagram is whole, and nothing tells their framing/)
})
