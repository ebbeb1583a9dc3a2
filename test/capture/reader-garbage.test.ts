import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import { CollectionCounter } from '../../src/run/thread/collection-counter.js'
import { captureFile, ethernet, ipv4, mold, udp } from './capture-builder.js'

const DATAGRAMS = 200_000

test('CaptureReader reads without a garbage collection', async () => {
  const packet = ethernet(ipv4(udp({ payload: mold(1, [Buffer.alloc(30)]) })), [0x8100])
  const records = Array.from({ length: DATAGRAMS }, (_, i) => ({
    seconds: 1_700_000_000 + Math.floor(i / 1000),
    fraction: i % 1000,
    packet,
  }))
  const bytes = captureFile({ littleEndian: true, nanoseconds: true, linkType: 1 }, records)
  records.length = 0
  const read = async (counter?: CollectionCounter): Promise<number> => {
    const reader = await CaptureReader.fromBytes(bytes, { framing: 'moldudp64' })
    counter?.begin()
    let datagrams = 0
    while (await reader.fill()) while (reader.next()) datagrams++
    counter?.end()
    return datagrams
  }
  // Compiled first, so that what is counted is the loop's alone.
  await read()
  const counter = new CollectionCounter()
  assert.equal(await read(counter), DATAGRAMS)
  assert.equal(counter.count, 0)
})
