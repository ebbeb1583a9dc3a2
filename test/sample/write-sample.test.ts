import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import { StoppedBySignal } from '../../src/foundation/ended-by.js'
import { type SampleOptions, writeSample } from '../../src/sample/write-sample.js'

function options(t: TestContext, name: string, changes: Partial<SampleOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-sample-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const usual = { kind: 'itch50', messages: 3_000, instruments: 5, seed: 4, loss: 0, line: 'a' }
  return { ...usual, overwrite: false, file: join(folder, name), ...changes } as SampleOptions
}

/** When each datagram came, by its content. */
async function arrivals(file: string): Promise<Map<string, number>> {
  const reader = await CaptureReader.open(file)
  const found = new Map<string, number>()
  while (await reader.fill()) {
    while (reader.next()) {
      const { offset, length } = reader
      found.set(
        Buffer.from(reader.bytes.subarray(offset, offset + length)).toString('hex'),
        reader.timeNs,
      )
    }
  }
  await reader.close()
  return found
}

test('A sample of the same seed is the same to the byte, packed or not', async (t) => {
  const one = options(t, 'one.pcap')
  const two = options(t, 'two.pcap.gz')
  await writeSample(one)
  await writeSample(two)
  assert.ok(readFileSync(one.file).equals(gunzipSync(readFileSync(two.file))))
  const other = options(t, 'other.pcap', { seed: 5 })
  await writeSample(other)
  assert.ok(!readFileSync(one.file).equals(readFileSync(other.file)))
})

test('Line b of a sample has the same datagrams at other times, and other losses', async (t) => {
  const whole = options(t, 'whole.pcap')
  const a = options(t, 'a.pcap', { loss: 0.1 })
  const b = options(t, 'b.pcap', { loss: 0.1, line: 'b' })
  const reports = [await writeSample(whole), await writeSample(a), await writeSample(b)]
  const [all, onA, onB] = await Promise.all([whole, a, b].map(({ file }) => arrivals(file)))
  assert.ok(all && onA && onB)
  for (const [i, found] of [all, onA, onB].entries())
    assert.equal(found.size, reports[i]?.datagrams)
  const datagrams = [...all.keys()]
  const lostOnA = datagrams.filter((one) => !onA.has(one))
  const lostOnB = datagrams.filter((one) => !onB.has(one))
  assert.equal(lostOnA.length, reports[1]?.datagramsLeftOut)
  assert.ok(lostOnA.length > 0 && lostOnB.length > 0)
  assert.notDeepEqual(lostOnA, lostOnB)
  assert.ok([...onB].some(([one, timeNs]) => onA.get(one) !== timeNs))
})

test('A sample replaces no file unless it may', async (t) => {
  const first = options(t, 'day.pcap')
  await writeSample(first)
  await assert.rejects(writeSample(first), { code: 'TW_FILE_EXISTS' })
  await writeSample({ ...first, overwrite: true })
})

test('A sample tells what ended it, and leaves no file when it is stopped', async (t) => {
  const whole = options(t, 'whole.pcap')
  assert.equal((await writeSample(whole)).endedBy, 'count')
  const stopped = options(t, 'stopped.pcap', { messages: 1_000_000 })
  const controller = new AbortController()
  controller.abort(new StoppedBySignal('SIGINT'))
  const report = await writeSample(stopped, controller.signal)
  assert.deepEqual([report.endedBy, report.bytes], ['signal', 0])
  assert.deepEqual(readdirSync(dirname(stopped.file)), [])
})
