import { BatchMaker, type MessageRun } from '../../src/bridge/batch-maker.js'
import type { StoredBatches } from '../../src/bridge/run-numbers.js'
import type { StoredBatch } from '../../src/transport/nats/stream-log.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from '../../src/wire/market-data-view.js'

/** Native messages as a bridge takes them from its ring; `mark` stands in each, and tells runs apart. */
export function nativeRun(first: number, count: number, mark = 0): MessageRun {
  const bytes = new DataView(new ArrayBuffer(MARKET_DATA_BYTES * count))
  for (let i = 0; i < count; i++) {
    const at = MARKET_DATA_BYTES * i
    bytes.setUint32(at + MARKET_DATA_OFFSETS.sequence, first + i, true)
    bytes.setUint32(at + MARKET_DATA_OFFSETS.quantity, mark, true)
  }
  return {
    bytes,
    offset: 0,
    length: bytes.byteLength,
    first,
    count,
    receivedNs: `${1_700_000_000_000_000_000n + BigInt(first)}`,
    ...{ protocol: 0, channel: 0, sendLow: 0, sendHigh: 0 },
  }
}

/** A stream as RunNumbers looks at it, filled by a BatchMaker. */
export class StoredInMemory implements StoredBatches {
  readonly #batches: StoredBatch[] = []
  readonly #maker = new BatchMaker(
    { framing: 'raw', protocol: 'native', bridge: 'other' },
    ({ facts, body }) =>
      this.#batches.push({ streamSequence: this.#batches.length + 1, facts, body }),
  )

  /** A run of the publisher from its first message on. */
  store(run: number, session: string, messages: MessageRun): void {
    this.#maker.begin(run, session, Number.NaN)
    this.#maker.messages(messages)
    this.#maker.cut()
  }

  async last(): Promise<StoredBatch | undefined> {
    return this.#batches.at(-1)
  }

  async at(streamSequence: number): Promise<StoredBatch | undefined> {
    return this.#batches.find((batch) => batch.streamSequence >= streamSequence)
  }

  async find(isBehind: (facts: StoredBatch['facts']) => boolean): Promise<number | undefined> {
    return this.#batches.find(({ facts }) => !isBehind(facts))?.streamSequence
  }
}
