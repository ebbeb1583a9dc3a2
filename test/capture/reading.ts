// Reads whole recordings for tests, and checks on each that every packet is somewhere.
import assert from 'node:assert/strict'
import type { CaptureCounts } from '../../src/capture/capture-counts.js'
import { CaptureReader, type CaptureReaderOptions } from '../../src/capture/capture-reader.js'

export interface ReadDatagram {
  readonly unixNs: bigint
  readonly payload: string
  readonly destination: string
  readonly sourcePort: number
}

export interface Reading {
  readonly datagrams: ReadDatagram[]
  readonly counts: CaptureCounts
  readonly warnings: readonly string[]
  /** What ended the reading early. */
  readonly error: unknown
}

/** What contract and docs promise of the `capture` block. */
export function assertAllSomewhere(counts: CaptureCounts, datagrams: number): void {
  const others = Object.values(counts.otherPackets).reduce((sum, count) => sum + count, 0)
  const { incomplete, parts } = counts.fragments
  assert.equal(
    counts.packets + counts.coalesced,
    datagrams + others + counts.truncated + counts.cut + incomplete + parts,
    `every packet is somewhere: ${JSON.stringify(counts)}, ${datagrams} datagrams`,
  )
}

/** Reads to the end with an open reader. */
export async function readAll(reader: CaptureReader): Promise<Reading> {
  const datagrams: ReadDatagram[] = []
  let error: unknown
  try {
    while (await reader.fill()) {
      while (reader.next()) {
        const { offset, length } = reader
        assert.ok(offset >= 0 && offset + length <= reader.bytes.length, 'inside of the memory')
        datagrams.push({
          unixNs: reader.unixNs(),
          payload: Buffer.from(reader.bytes.subarray(offset, offset + length)).toString('latin1'),
          destination: reader.hasReceiveTime ? reader.destinationText : '',
          sourcePort: reader.sourcePort,
        })
      }
    }
  } catch (thrown) {
    error = thrown
  } finally {
    await reader.close()
  }
  assert.equal(reader.datagrams, datagrams.length)
  const counts = reader.counts()
  assertAllSomewhere(counts, datagrams.length)
  return { datagrams, counts, warnings: reader.warnings(), error }
}

export async function readBytes(
  bytes: Uint8Array,
  options: CaptureReaderOptions = {},
): Promise<Reading> {
  return readAll(await CaptureReader.fromBytes(bytes, { to: null, ...options }))
}
