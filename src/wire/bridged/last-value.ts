import { BATCH_HEADER, type HeaderReader } from './batch-headers.js'

/**
 * The last value of something: one message of the feed in the body, as a datagram of its framing, and in
 * the headers its run and sequence. Beside them one message says how far they go: all that was sent before
 * `next` is in them.
 */
export interface LastValue {
  readonly run: number
  readonly sequence: number
}

export interface AsOf {
  readonly run: number
  /** The feed goes on with this sequence. */
  readonly next: number
  /** Who says so; empty where nobody told. */
  readonly bridge: string
}

/**
 * Of the top of a book, in headers of its own: one who knows of values only takes a top for none of them. The
 * body is the top as JSON.
 *
 * A bridge knows of the tops that it has kept itself. Those that another one left behind may be long out of
 * date: where `bridge` is not that of the `AsOf`, a top is suspect whatever it says.
 */
export interface LastTop {
  readonly run: number
  /** All messages up to this one are in it. */
  readonly sequence: number
  readonly bridge: string
}

const TOP_VERSION = '1'
const TOP_HEADER = {
  version: 'Tickwire-Top',
  run: 'Tickwire-Top-Run',
  sequence: 'Tickwire-Top-Sequence',
} as const

export function lastValueHeaders({ run, sequence }: LastValue): [string, string][] {
  return [
    [BATCH_HEADER.run, `${run}`],
    [BATCH_HEADER.first, `${sequence}`],
  ]
}

export function asOfHeaders({ run, next, bridge }: AsOf): [string, string][] {
  return [...lastValueHeaders({ run, sequence: next }), [BATCH_HEADER.bridge, bridge]]
}

export function lastTopHeaders({ run, sequence, bridge }: LastTop): [string, string][] {
  return [
    [TOP_HEADER.version, TOP_VERSION],
    [TOP_HEADER.run, `${run}`],
    [TOP_HEADER.sequence, `${sequence}`],
    [BATCH_HEADER.bridge, bridge],
  ]
}

/** Undefined: it is none. */
export function readLastValue(headers: HeaderReader): LastValue | undefined {
  const run = Number(headers.get(BATCH_HEADER.run))
  const sequence = Number(headers.get(BATCH_HEADER.first))
  if (!Number.isInteger(run) || run < 1 || !Number.isInteger(sequence)) return undefined
  return { run, sequence }
}

export function readAsOf(headers: HeaderReader): AsOf | undefined {
  const value = readLastValue(headers)
  if (value === undefined) return undefined
  return { run: value.run, next: value.sequence, bridge: headers.get(BATCH_HEADER.bridge) }
}

/** Undefined: it is none, or of a version that is not known. */
export function readLastTop(headers: HeaderReader): LastTop | undefined {
  if (headers.get(TOP_HEADER.version) !== TOP_VERSION) return undefined
  const run = Number(headers.get(TOP_HEADER.run))
  const sequence = Number(headers.get(TOP_HEADER.sequence))
  if (!Number.isInteger(run) || run < 1 || !Number.isInteger(sequence)) return undefined
  return { run, sequence, bridge: headers.get(BATCH_HEADER.bridge) }
}
