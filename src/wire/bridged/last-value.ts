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
}

export function lastValueHeaders({ run, sequence }: LastValue): [string, string][] {
  return [
    [BATCH_HEADER.run, `${run}`],
    [BATCH_HEADER.first, `${sequence}`],
  ]
}

export function asOfHeaders({ run, next }: AsOf): [string, string][] {
  return lastValueHeaders({ run, sequence: next })
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
  return value === undefined ? undefined : { run: value.run, next: value.sequence }
}
