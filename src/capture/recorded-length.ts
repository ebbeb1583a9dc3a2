import { statSync } from 'node:fs'
import { NS_PER_SECOND } from '../foundation/units.js'
import { CaptureReader } from './capture-reader.js'

/** Reading a file twice is worth it up to here: half a second, packed. */
const MAX_BYTES = 64 * 2 ** 20

/** How much there is in a recording. */
export interface RecordedLength {
  readonly datagrams: number
  /** From the first to the last datagram, by their times; a time that jumps counts as it stands. */
  readonly seconds: number
}

/**
 * Looks through a recording to tell its length before anything of it is used. Undefined where that cannot be
 * done, or would take long: a pipe, a large file, or one that is damaged, which whoever reads it says.
 *
 * @param to `ADDRESS:PORT` of the only destination that counts; undefined: all of them
 */
export async function recordedLength(
  path: string,
  to: string | undefined,
): Promise<RecordedLength | undefined> {
  const file = statSync(path, { throwIfNoEntry: false })
  if (file === undefined || !file.isFile() || file.size > MAX_BYTES) return undefined
  try {
    const reader = await CaptureReader.open(path, { to: to ?? null })
    try {
      while (await reader.fill()) while (reader.next());
    } finally {
      await reader.close()
    }
    const { datagrams, firstNs, lastNs } = reader
    if (!reader.hasReceiveTime || datagrams === 0) return undefined
    return { datagrams, seconds: (lastNs - firstNs) / NS_PER_SECOND }
  } catch {
    return undefined
  }
}
