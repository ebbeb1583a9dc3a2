import { copyBytes } from '../foundation/copy-bytes.js'
import { BLOCK_HEADER_BYTES } from '../wire/blocks.js'
import type { BatchFacts, BatchFraming } from '../wire/bridged/batch-headers.js'
import { PART_LENGTH_BYTES } from '../wire/bridged/part-body.js'
import { IEX_TP_HEADER_BYTES } from '../wire/iex-tp-framing.js'
import { MARKET_DATA_BYTES } from '../wire/market-data-view.js'
import { MOLD_HEADER_BYTES } from '../wire/moldudp64.js'
import type { Batch } from './batch-maker.js'
import { ALL_SHARDS, type ShardOf } from './shard-of.js'

const TWO_POW_32 = 2 ** 32
const IEX_PROTOCOL_AT = 2

/** Messages of one shard that follow one another in the feed, and so in the body of their batch. */
interface Stretch {
  readonly first: number
  count: number
  readonly start: number
  end: number
}

/**
 * Cuts a batch into one part for each shard. Each stands for all sequences of the batch. One thread.
 *
 * @param ruleFor what says in which shard a message is, by the number of the protocol in IEX-TP's header
 */
export function partsOf(
  { facts, body }: Batch,
  shards: number,
  ruleFor: (iexNumber: number) => ShardOf,
): Batch[] {
  const bytes = new DataView(body.buffer, body.byteOffset, body.length)
  const stretches = stretchesOf(facts, bytes, shards, ruleFor)
  return stretches.map((own, index) => ({
    facts: { ...facts, part: { index, of: shards } },
    body: bodyOf(facts.framing, bytes, own),
  }))
}

const HEADER_BYTES: Readonly<Record<BatchFraming, number>> = {
  raw: 0,
  moldudp64: MOLD_HEADER_BYTES,
  'iex-tp': IEX_TP_HEADER_BYTES,
}

function stretchesOf(
  { framing, first, count }: BatchFacts,
  bytes: DataView,
  shards: number,
  ruleFor: (iexNumber: number) => ShardOf,
): Stretch[][] {
  const stretches: Stretch[][] = Array.from({ length: shards }, () => [])
  if (count === 0) return stretches
  const iex = framing === 'iex-tp'
  const shardOf = ruleFor(iex ? bytes.getUint16(IEX_PROTOCOL_AT, true) : 0)
  const before = framing === 'raw' ? 0 : BLOCK_HEADER_BYTES
  let at = HEADER_BYTES[framing]
  for (let sequence = first; sequence < first + count; sequence++) {
    const length = framing === 'raw' ? MARKET_DATA_BYTES : bytes.getUint16(at, iex)
    const end = at + before + length
    const shard = shardOf(bytes, at + before, length)
    if (shard === ALL_SHARDS) for (const own of stretches) extend(own, sequence, at, end)
    else extend(stretches[shard], sequence, at, end)
    at = end
  }
  return stretches
}

function extend(
  stretches: Stretch[] | undefined,
  sequence: number,
  start: number,
  end: number,
): void {
  const last = stretches?.at(-1)
  if (last !== undefined && last.first + last.count === sequence) {
    last.count += 1
    last.end = end
  } else stretches?.push({ first: sequence, count: 1, start, end })
}

function bodyOf(framing: BatchFraming, bytes: DataView, stretches: readonly Stretch[]): Uint8Array {
  const header = HEADER_BYTES[framing]
  let total = 0
  for (const { start, end } of stretches) total += PART_LENGTH_BYTES + header + end - start
  const body = new DataView(new ArrayBuffer(total))
  let at = 0
  for (const stretch of stretches) {
    const { start, end } = stretch
    body.setUint32(at, header + end - start, true)
    at += PART_LENGTH_BYTES
    copyBytes(bytes, 0, body, at, header)
    if (framing === 'moldudp64') writeMold(body, at, stretch)
    else if (framing === 'iex-tp') writeIex(body, at, stretch)
    at += header
    copyBytes(bytes, start, body, at, end - start)
    at += end - start
  }
  return new Uint8Array(body.buffer)
}

function writeMold(body: DataView, at: number, { first, count }: Stretch): void {
  body.setUint32(at + 10, Math.floor(first / TWO_POW_32))
  body.setUint32(at + 14, first % TWO_POW_32)
  body.setUint16(at + 18, count)
}

function writeIex(body: DataView, at: number, { first, count, start, end }: Stretch): void {
  body.setUint16(at + 12, end - start, true)
  body.setUint16(at + 14, count, true)
  body.setUint32(at + 24, first % TWO_POW_32, true)
  body.setUint32(at + 28, Math.floor(first / TWO_POW_32), true)
}
