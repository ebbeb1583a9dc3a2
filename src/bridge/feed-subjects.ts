import { TickwireError } from '../foundation/errors.js'
import type { NatsClient } from '../transport/nats/nats-client.js'
import { feedSubject, feedSubjects } from '../transport/nats/nats-url.js'
import { type StoredBatch, StreamLog } from '../transport/nats/stream-log.js'
import { streamSubjects } from '../transport/nats/stream-setup.js'
import { BLOCK_HEADER_BYTES } from '../wire/blocks.js'
import type { BatchFacts, BatchFraming } from '../wire/bridged/batch-headers.js'
import { MARKET_DATA_BYTES } from '../wire/market-data-view.js'
import type { Batch, MessageRun } from './batch-maker.js'
import type { LastBatch, StoredBatches } from './run-numbers.js'
import { ALL_SHARDS, SHARD_PROTOCOLS, type ShardOf, shardRule } from './shard-of.js'
import { partsOf } from './shard-parts.js'

/**
 * The subjects of a feed in its stream: one, or one for each shard of its instruments. Knows which part of a
 * batch goes where, and what the stream has of all of them. One thread, on its event loop.
 */
export class FeedSubjects implements StoredBatches {
  readonly #client: NatsClient
  readonly #stream: string
  readonly #feed: string
  readonly #subjects: readonly string[]
  readonly #logs: readonly StreamLog[]
  #framing: BatchFraming = 'raw'
  #protocol = 'native'
  readonly #rules = new Map<number, ShardOf>()

  constructor(client: NatsClient, stream: string, feed: string, shards: number) {
    this.#client = client
    this.#stream = stream
    this.#feed = feed
    this.#subjects = feedSubjects(feed, shards)
    this.#logs = this.#subjects.map((subject) => new StreamLog(client, stream, subject))
  }

  get #shards(): number {
    return this.#subjects.length
  }

  /** @throws {TickwireError} TW_STREAM where the stream has the feed under other subjects; TW_BROKER */
  async check(): Promise<void> {
    const subject = feedSubject(this.#feed)
    const parts = await streamSubjects(this.#client, this.#stream, `${subject}.*`)
    const whole = await streamSubjects(this.#client, this.#stream, subject)
    const others = [...whole, ...parts].filter((one) => !this.#subjects.includes(one))
    const last = parts.length === 0 ? undefined : (await this.#lasts()).find((one) => one)
    const of = last?.facts.part?.of ?? this.#shards
    if (others.length === 0 && of === this.#shards) return
    const there = parts.length === 0 ? 'one subject' : `${Math.max(of, parts.length)} shards`
    throw new TickwireError(
      'TW_STREAM',
      `The stream ${this.#stream} has the feed ${this.#feed} in ${there}, and ${this.#shards === 1 ? 'one subject is' : `${this.#shards} shards are`} asked for`,
      'Ask for what it has, or publish under another name (--name).',
    )
  }

  /** Says what the feed's messages are. */
  describe(framing: BatchFraming, protocol: string): void {
    this.#framing = framing
    this.#protocol = protocol
  }

  /** The batch itself, or a part of it for each shard. */
  partsOf(batch: Batch): Batch[] {
    if (this.#shards === 1) return [batch]
    return partsOf(batch, this.#shards, (iexNumber) => this.#ruleFor(iexNumber))
  }

  subjectOf({ part }: BatchFacts): string {
    return this.#subjects[part?.index ?? 0] as string
  }

  /** What the stream has under the subject of a batch, or of a part. */
  logOf({ part }: BatchFacts): StreamLog {
    return this.#logs[part?.index ?? 0] as StreamLog
  }

  /**
   * The last batch that the stream has all parts of, as far as it can be known: one whose parts end before
   * those of the others. Where a shard has nothing of the last run yet, it is the beginning of that run, of
   * which `begins` tells.
   */
  async last(): Promise<LastBatch | undefined> {
    const lasts = await this.#lasts()
    const known = lasts.filter((one) => one !== undefined)
    const run = Math.max(...known.map(({ facts }) => facts.run))
    const inRun = known.filter(({ facts }) => facts.run === run)
    const [any] = inRun
    if (any === undefined) return undefined
    if (inRun.length === this.#shards) return inRun.reduce(endsBefore)
    const first = (await this.#firstOf(run, any.facts)) ?? any
    const { facts } = first
    return { ...first, facts: { ...facts, first: facts.after, count: 0 }, begins: true }
  }

  /** The first batch of a run, in the shard of a batch of it. */
  async #firstOf(run: number, facts: BatchFacts): Promise<StoredBatch | undefined> {
    const log = this.logOf(facts)
    const at = await log.find((other) => other.run < run)
    return at === undefined ? undefined : log.at(at)
  }

  at(streamSequence: number): Promise<StoredBatch | undefined> {
    return this.#first.at(streamSequence)
  }

  find(isBehind: (facts: BatchFacts) => boolean): Promise<number | undefined> {
    return this.#first.find(isBehind)
  }

  /** Where the stream has the first message of a run, if it has it; what is about no instrument is in all shards. */
  logOfMessage(run: MessageRun): StreamLog {
    const index = this.#shards === 1 ? ALL_SHARDS : this.#shardOf(run)
    return index === ALL_SHARDS ? this.#first : (this.#logs[index] as StreamLog)
  }

  get #first(): StreamLog {
    return this.#logs[0] as StreamLog
  }

  #shardOf({ bytes, offset, protocol }: MessageRun): number {
    const rule = this.#ruleFor(protocol)
    if (this.#framing === 'raw') return rule(bytes, offset, MARKET_DATA_BYTES)
    const length = bytes.getUint16(offset, this.#framing === 'iex-tp')
    return rule(bytes, offset + BLOCK_HEADER_BYTES, length)
  }

  #ruleFor(iexNumber: number): ShardOf {
    const found = this.#rules.get(iexNumber)
    if (found !== undefined) return found
    const rule = shardRule(this.#protocol, iexNumber, this.#shards) ?? (() => ALL_SHARDS)
    this.#rules.set(iexNumber, rule)
    return rule
  }

  #lasts(): Promise<(StoredBatch | undefined)[]> {
    return Promise.all(this.#logs.map((log) => log.last()))
  }
}

function endsBefore(a: StoredBatch, b: StoredBatch): StoredBatch {
  return b.facts.first + b.facts.count < a.facts.first + a.facts.count ? b : a
}

/** Whether messages of a protocol can be told apart by instruments. */
export function canBeSharded(protocol: string): boolean {
  return protocol === 'auto' || (SHARD_PROTOCOLS as readonly string[]).includes(protocol)
}
