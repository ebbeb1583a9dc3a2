import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { assert } from '../../../foundation/assert.js'
import { medianRatio, spread } from '../statistics.js'
import type { ItchRound, ItchWork } from './itch-worker.js'
import type { ReadingResult } from './reading-result.js'

export const ITCH_SECTION = 'ITCH, every field'

const CPU = 0
/** Passes over the messages of a round. */
const PASSES = 100
/** Of a made-up market: a few megabytes, as a burst leaves them in the cache. */
const MESSAGES = 50_000

/**
 * Decodes ITCH 5.0 from memory by named methods that look at every field, beside a C program over the same bytes.
 *
 * @param program of bench/peers; undefined: there is none
 * @param share of the passes that a whole round has
 */
export async function runItch(
  program: string | undefined,
  rounds: number,
  share: number,
  onRound: (name: string, nsPerMessage: number, nativeNsPerMessage: number | null) => void,
): Promise<ReadingResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-itch-'))
  const passes = Math.ceil(PASSES * share)
  const work: ItchWork = { folder, messages: MESSAGES, cpu: CPU }
  const worker = new Worker(new URL('./itch-worker.js', import.meta.url), { workerData: work })
  try {
    const [image] = (await once(worker, 'message')) as [string]
    const own: ItchRound[] = []
    const native: number[] = []
    for (let nth = 0; nth < rounds; nth++) {
      worker.postMessage(passes)
      const [round] = (await once(worker, 'message')) as [ItchRound]
      own.push(round)
      if (program !== undefined) native.push(await measureNative(program, image, passes, round))
      onRound(ITCH_SECTION, round.ns / round.messages, native.at(-1) ?? null)
    }
    const costs = own.map(({ ns, messages }) => ns / messages)
    return {
      name: ITCH_SECTION,
      nsPerMessage: spread(costs),
      nativeNsPerMessage: spread(native),
      speedToC: medianRatio(native, costs),
      collections: own.reduce((sum, { collections }) => sum + collections, 0),
      accounted: own.every(({ messages, decoded }) => decoded === messages),
    }
  } finally {
    await worker.terminate()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureNative(
  program: string,
  image: string,
  passes: number,
  own: ItchRound,
): Promise<number> {
  const { stdout } = await promisify(execFile)(program, [image, `${passes}`, `${CPU}`])
  const theirs = JSON.parse(stdout) as Omit<ItchRound, 'collections'>
  const same = theirs.sum === own.sum >>> 0 && theirs.latestNs === own.latestNs
  assert(same && theirs.messages === own.messages, 'the C program sees the same fields')
  return theirs.ns / theirs.messages
}
