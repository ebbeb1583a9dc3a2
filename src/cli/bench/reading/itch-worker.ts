import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { CaptureReader } from '../../../capture/capture-reader.js'
import { Itch50Dispatch } from '../../../codec/itch50/index.js'
import { assert } from '../../../foundation/assert.js'
import { pinThread } from '../../../native/affinity.js'
import { canUseLibc } from '../../../native/libc.js'
import { growHeap } from '../../../run/rehearsal/grow-heap.js'
import { CollectionCounter } from '../../../run/thread/collection-counter.js'
import { writeSample } from '../../../sample/write-sample.js'
import { MoldUdp64Framing } from '../../../wire/moldudp64-framing.js'
import { ItchFields } from './itch-fields.js'
import { ThreadTime } from './thread-time.js'

/** What to decode, in a thread of its own. */
export interface ItchWork {
  /** Where the messages are written to, for the C program. */
  readonly folder: string
  readonly messages: number
  readonly cpu: number
}

/** What one round did. */
export interface ItchRound {
  readonly messages: number
  readonly decoded: number
  /** Of all fields, modulo 2^32; the latest time. */
  readonly sum: number
  readonly latestNs: number
  /** Processor time of the thread. */
  readonly ns: number
  readonly collections: number
}

/** Passes after which all methods are compiled. */
const WARM_PASSES = 20
const LONGEST_BYTES = 64

const { folder, messages, cpu } = workerData as ItchWork
const port = parentPort
assert(port !== null, 'this module runs in a worker thread')
if (canUseLibc()) pinThread(cpu)

const image = join(folder, 'messages')
const { bytes, count } = await sampleMessages()
const processorTime = new ThreadTime()
play(new ItchFields(), WARM_PASSES)
growHeap()

port.on('message', (passes: number) => {
  const collections = new CollectionCounter()
  const fields = new ItchFields()
  collections.begin()
  processorTime.read()
  play(fields, passes)
  processorTime.read()
  collections.end()
  const round: ItchRound = {
    messages: passes * count,
    decoded: fields.messages,
    sum: fields.sum,
    latestNs: fields.latestNs,
    ns: processorTime.elapsedNs,
    collections: collections.count,
  }
  port.postMessage(round)
})
port.postMessage(image)

/** Hands all messages to the methods that name them, so many times. */
function play(fields: ItchFields, passes: number): void {
  const dispatch = new Itch50Dispatch(fields)
  const end = bytes.byteLength
  for (let pass = 0; pass < passes; pass++) {
    let sequence = 1
    for (let at = 0; at < end; sequence++) {
      const length = bytes.getUint16(at)
      dispatch.dispatch(bytes, at + 2, length, sequence)
      at += 2 + length
    }
  }
}

/** The messages of a made-up market, each behind its length. */
async function sampleMessages(): Promise<{ bytes: DataView; count: number }> {
  const file = join(folder, 'sample.pcap')
  const market = { instruments: 100, seed: 1, loss: 0, line: 'a', overwrite: true } as const
  await writeSample({ kind: 'itch50', file, messages, ...market })
  const reader = await CaptureReader.open(file)
  const framing = new MoldUdp64Framing()
  const gathered = new Uint8Array((2 + LONGEST_BYTES) * (messages + 1000))
  let count = 0
  let at = 0
  while (await reader.fill()) {
    while (reader.next()) {
      framing.open(reader.view, reader.offset, reader.length)
      while (framing.next()) {
        const start = framing.messageOffset - 2
        const end = framing.messageOffset + framing.messageLength
        gathered.set(reader.bytes.subarray(start, end), at)
        at += end - start
        count++
      }
    }
  }
  await reader.close()
  writeFileSync(image, gathered.subarray(0, at))
  return { bytes: new DataView(gathered.buffer, 0, at), count }
}
