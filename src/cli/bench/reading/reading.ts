import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { assert } from '../../../foundation/assert.js'
import type { Peers } from '../peers.js'
import { medianRatio, spread } from '../statistics.js'
import { runItch } from './itch.js'
import type { ReadingResult } from './reading-result.js'
import type { ReadingOrder, ReadingRound, ReadingWork } from './reading-worker.js'
import { READING_SECTIONS, type ReadingSection } from './sections.js'

const CPU = 0

/**
 * Reads datagrams from memory through the whole reading side, and decodes ITCH, each beside its C program, in turn.
 *
 * @param peers programs of bench/peers; undefined where there is none
 * @param share of the passes that a whole round has
 */
export async function runReading(
  peers: Pick<Peers, 'reading' | 'itch'>,
  rounds: number,
  share: number,
  onRound: (name: string, nsPerMessage: number, nativeNsPerMessage: number | null) => void,
): Promise<ReadingResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-reading-'))
  try {
    const results: ReadingResult[] = []
    for (const section of READING_SECTIONS) {
      const passes = Math.ceil(section.passes * share)
      results.push(
        await runSection(section, passes, peers.reading, join(folder, 'ring'), rounds, onRound),
      )
    }
    results.push(await runItch(peers.itch, rounds, share, onRound))
    return results
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runSection(
  section: ReadingSection,
  passes: number,
  program: string | undefined,
  image: string,
  rounds: number,
  onRound: (name: string, nsPerMessage: number, nativeNsPerMessage: number | null) => void,
): Promise<ReadingResult> {
  const work: ReadingWork = { section: section.name, cpu: CPU, image }
  const worker = new Worker(new URL('./reading-worker.js', import.meta.url), { workerData: work })
  await once(worker, 'message')
  const own: ReadingRound[] = []
  const native: number[] = []
  for (let nth = 0; nth < rounds; nth++) {
    const order: ReadingOrder = passes
    worker.postMessage(order)
    const [round] = (await once(worker, 'message')) as [ReadingRound]
    own.push(round)
    if (program !== undefined) native.push(await measureNative(program, section, image, passes))
    onRound(section.name, round.ns / round.messages, native.at(-1) ?? null)
  }
  await worker.terminate()
  const costs = own.map(({ ns, messages }) => ns / messages)
  return {
    name: section.name,
    nsPerMessage: spread(costs),
    nativeNsPerMessage: spread(native),
    speedToC: medianRatio(native, costs),
    collections: own.reduce((sum, { collections }) => sum + collections, 0),
    accounted: own.every(({ messages, delivered }) => delivered === messages),
  }
}

async function measureNative(
  program: string,
  section: ReadingSection,
  image: string,
  passes: number,
): Promise<number> {
  const { framing, datagramsPerSlot, messagesPerDatagram } = section
  const figures = [datagramsPerSlot, messagesPerDatagram, passes, CPU].map(String)
  const { stdout } = await promisify(execFile)(program, [image, framing, ...figures])
  const { messages, delivered, ns } = JSON.parse(stdout) as Record<string, number>
  assert(messages === delivered, 'the C program delivers what it is given')
  return ns / messages
}
