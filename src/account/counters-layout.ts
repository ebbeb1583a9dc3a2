import { assert } from '../foundation/assert.js'
import { alignUp, FALSE_SHARING_RANGE_BYTES } from '../foundation/units.js'

/**
 * All that a run counts, in one block: in a mapped file where a file can be mapped, else in a
 * SharedArrayBuffer, with the same layout. Little-endian; `docs/counters.md` draws it for other programs.
 *
 * ```
 *    0  magic            8 bytes  "TICKWIRE"
 *    8  version          u32      1
 *   12  state            u32      0 being made, 1 at work, 2 ended in order
 *   16  bytes            u32      of the whole block
 *   20  directory bytes  u32
 *   24  process          f64      its id
 *   32  process start    f64      /proc/PID/stat, field 22: clock ticks since the machine started
 *   40  started          f64      ms since 1970, when the run began
 *   48  epoch            f64      s since 1970, from which all `Ns` counters of the block count
 *   56  heartbeat        f64      ms since 1970, written again and again by the thread that began the run
 *   64  directory        UTF-8 JSON: every section with its kind, label, offset, bytes, and the places
 *                        of its fields; padded with spaces
 *       sections         each at a multiple of 128
 * ```
 *
 * A section's doubles have one writer each and are written without atomics: a reader may see figures that
 * are a moment old, never one that is torn. Readers take what they know from the directory and leave the
 * rest, so an older reader understands a newer writer.
 */
export const COUNTERS_MAGIC = 'TICKWIRE'
export const COUNTERS_VERSION = 1
export const COUNTERS_STATE = { making: 0, working: 1, ended: 2 } as const

export const COUNTERS_HEADER = {
  magic: 0,
  version: 8,
  state: 12,
  bytes: 16,
  directoryBytes: 20,
  processId: 24,
  processStart: 32,
  startedMs: 40,
  epochSeconds: 48,
  heartbeatMs: 56,
  directory: 64,
} as const

/**
 * - `counters`: doubles, of which `fields` has the indices.
 * - `histogram`: as `histogram.ts` draws it.
 * - `losses`: as `loss-log.ts` draws it; `errors`: as `error-log.ts` does.
 * - `text`: as `text-section.ts` draws it.
 * - `top`: as `top-section.ts` draws it.
 * - `state`: what the run itself goes on from; no promise to readers.
 */
export type SectionKind = 'counters' | 'histogram' | 'losses' | 'errors' | 'text' | 'top' | 'state'

/** A part of the block, before it has its place. */
export interface CounterSection {
  readonly kind: SectionKind
  /** Unique in a table: `feed`, `line 0`, `latency`, `thread handler` … */
  readonly label: string
  readonly bytes: number
  /** Names of doubles, with their index in the section. */
  readonly fields?: Readonly<Record<string, number>>
}

export interface PlacedSection extends CounterSection {
  /** From the beginning of the block, in bytes. */
  readonly offset: number
}

export interface CountersLayout {
  readonly bytes: number
  readonly sections: readonly PlacedSection[]
}

/** Gives every section of a table its place. */
export function layOutCounters(table: readonly CounterSection[]): CountersLayout {
  const labels = new Set(table.map(({ label }) => label))
  assert(labels.size === table.length, 'each section has a label of its own')
  // The directory names the offsets, which begin behind it: room for the longest.
  const widest = table.map((section) => ({ ...section, offset: Number.MAX_SAFE_INTEGER }))
  const directoryBytes = new TextEncoder().encode(JSON.stringify(widest)).length
  let offset = alignUp(COUNTERS_HEADER.directory + directoryBytes, FALSE_SHARING_RANGE_BYTES)
  const sections = table.map((section) => {
    const placed = { ...section, offset }
    offset += alignUp(section.bytes, FALSE_SHARING_RANGE_BYTES)
    return placed
  })
  return { bytes: offset, sections }
}

/** What the header of a block says of its run. */
export interface CountersOrigin {
  readonly processId: number
  readonly processStart: number
  readonly startedMs: number
  readonly epochSeconds: number
}

/** Writes header and directory into a block of zeros. */
export function writeCountersHeader(
  buffer: ArrayBufferLike,
  layout: CountersLayout,
  origin: CountersOrigin,
): void {
  const view = new DataView(buffer)
  const octets = new Uint8Array(buffer)
  const first = layout.sections[0]?.offset ?? layout.bytes
  const directory = new TextEncoder().encode(JSON.stringify(layout.sections))
  const room = first - COUNTERS_HEADER.directory
  assert(directory.length <= room, 'the directory fits before the first section')
  octets.fill(0x20, COUNTERS_HEADER.directory, first)
  octets.set(directory, COUNTERS_HEADER.directory)
  view.setUint32(COUNTERS_HEADER.version, COUNTERS_VERSION, true)
  view.setUint32(COUNTERS_HEADER.bytes, layout.bytes, true)
  view.setUint32(COUNTERS_HEADER.directoryBytes, room, true)
  view.setFloat64(COUNTERS_HEADER.processId, origin.processId, true)
  view.setFloat64(COUNTERS_HEADER.processStart, origin.processStart, true)
  view.setFloat64(COUNTERS_HEADER.startedMs, origin.startedMs, true)
  view.setFloat64(COUNTERS_HEADER.epochSeconds, origin.epochSeconds, true)
  view.setFloat64(COUNTERS_HEADER.heartbeatMs, origin.startedMs, true)
  // Last, so that nobody takes half a header for a whole one.
  octets.set(new TextEncoder().encode(COUNTERS_MAGIC), COUNTERS_HEADER.magic)
}

/** Header and directory of a block, as a reader finds them. */
export interface CountersHeader extends CountersOrigin {
  readonly version: number
  readonly state: number
  readonly heartbeatMs: number
  readonly sections: readonly PlacedSection[]
}

/** Undefined if these bytes are no block of counters, or not all of one. */
export function readCountersHeader(buffer: ArrayBufferLike): CountersHeader | undefined {
  if (buffer.byteLength < COUNTERS_HEADER.directory) return undefined
  const view = new DataView(buffer)
  const text = (offset: number, bytes: number) =>
    new TextDecoder().decode(new Uint8Array(buffer).slice(offset, offset + bytes))
  if (text(COUNTERS_HEADER.magic, COUNTERS_MAGIC.length) !== COUNTERS_MAGIC) return undefined
  const version = view.getUint32(COUNTERS_HEADER.version, true)
  if (version !== COUNTERS_VERSION) return undefined
  if (view.getUint32(COUNTERS_HEADER.bytes, true) > buffer.byteLength) return undefined
  try {
    const directoryBytes = view.getUint32(COUNTERS_HEADER.directoryBytes, true)
    const sections = JSON.parse(text(COUNTERS_HEADER.directory, directoryBytes)) as PlacedSection[]
    const inside = sections.every(
      ({ offset, bytes }) => offset % 8 === 0 && offset + bytes <= buffer.byteLength,
    )
    if (!inside) return undefined
    return {
      version,
      state: view.getUint32(COUNTERS_HEADER.state, true),
      processId: view.getFloat64(COUNTERS_HEADER.processId, true),
      processStart: view.getFloat64(COUNTERS_HEADER.processStart, true),
      startedMs: view.getFloat64(COUNTERS_HEADER.startedMs, true),
      epochSeconds: view.getFloat64(COUNTERS_HEADER.epochSeconds, true),
      heartbeatMs: view.getFloat64(COUNTERS_HEADER.heartbeatMs, true),
      sections,
    }
  } catch {
    return undefined
  }
}

/** The doubles of a `counters` or `state` section. */
export function sectionDoubles(buffer: ArrayBufferLike, section: PlacedSection): Float64Array {
  return new Float64Array(buffer, section.offset, section.bytes / 8)
}
