import type { StoredBatch, StreamLog } from '../transport/nats/stream-log.js'
import type { BatchFacts, BatchFraming } from '../wire/bridged/batch-headers.js'
import { datagramsOfPart } from '../wire/bridged/part-body.js'
import { createFraming } from '../wire/create-framing.js'
import { DATAGRAM, type Framing } from '../wire/framing.js'
import type { MessageRun } from './batch-maker.js'

/** Messages by which two bridges of one feed may be apart. */
const APART = 4096
/** Looks in a row that have to find the same before another bridge's number is believed. */
const LOOKS = 5
/** Batches that are looked through for a message, around the place where it should be. */
const LOOK_THROUGH = 64

/** What is looked at in the stream. */
export interface StoredBatches extends Pick<StreamLog, 'at' | 'find'> {
  last(): Promise<LastBatch | undefined>
  /** Where the first message of a run would be, if not with all others. */
  logOfMessage?(run: MessageRun): Pick<StreamLog, 'at' | 'find'>
}

/** What the stream has last. */
export interface LastBatch extends StoredBatch {
  /** True: not all shards have something of its run yet. It stands for the beginning, without messages. */
  readonly begins?: boolean
}

/** What is known of a run of the publisher when its first message comes. */
export interface RunBeginning {
  readonly session: string
  /** Whether this bridge saw the publisher begin again. */
  readonly restarted: boolean
  readonly first: number
  /** Undefined: what comes first is missing. */
  readonly message: MessageRun | undefined
  readonly framing: BatchFraming
  /** Where this bridge was in the run before; NaN: in none. */
  readonly reached: number
}

/**
 * Which number a run of the publisher has: the one in the stream's last batch, and one more for each
 * restart. Two bridges of one feed come to the same numbers, since each looks what is there. One thread.
 */
export class RunNumbers {
  readonly #log: StoredBatches
  /** What waits on disk for the stream. */
  readonly #spilled: BatchFacts | undefined
  #run = 0
  #seen = 0

  constructor(log: StoredBatches, spilled: BatchFacts | undefined) {
    this.#log = log
    this.#spilled = spilled
  }

  /** @returns its number, and what the first batch of it says of the run before */
  async begin(
    beginning: RunBeginning,
  ): Promise<{ readonly run: number; readonly former: number | null }> {
    const last = await this.#last()
    const stored = last?.facts
    const highest = Math.max(stored?.run ?? 0, this.#spilled?.run ?? 0)
    const own = this.#run
    let former: number | null = Number.NaN
    if (own > 0 && beginning.restarted) {
      this.#run = await this.#numberOfRestart(own + 1, highest, beginning)
      if (this.#run === own + 1 && !Number.isNaN(beginning.reached)) former = beginning.reached
    } else if (highest === 0) {
      this.#run = 1
    } else if (await this.#goesOn(beginning, stored)) {
      this.#run = highest
      // Shards that have nothing of the run yet still have to know where the one before it ended.
      former = last?.begins === true && stored?.run === highest ? stored.former : null
    } else this.#run = highest + 1
    this.#seen = 0
    return { run: this.#run, former }
  }

  /**
   * Looks at what another bridge published last.
   *
   * @returns a higher number that the present run has there; undefined: it has none
   */
  follow(
    last: StoredBatch | undefined,
    own: { readonly run: number; readonly session: string; readonly next: number },
  ): number | undefined {
    const facts = last?.facts
    const higher = facts !== undefined && facts.run > own.run && facts.session === own.session
    // A run that restarted is elsewhere, until this bridge sees that too.
    const near = higher && Math.abs(facts.first + facts.count - own.next) <= APART
    this.#seen = near ? this.#seen + 1 : 0
    if (facts === undefined || this.#seen < LOOKS) return undefined
    this.#seen = 0
    this.#run = facts.run
    return facts.run
  }

  /** The stream's last batch; undefined where there is none, or nobody answers. */
  async #last(): Promise<LastBatch | undefined> {
    try {
      return await this.#log.last()
    } catch {
      return undefined
    }
  }

  /**
   * The number of a run that restarted. Another bridge may be several restarts ahead, and have this run
   * under a number below its last one.
   */
  async #numberOfRestart(
    next: number,
    highest: number,
    { first, message, framing }: RunBeginning,
  ): Promise<number> {
    for (let run = next; run < highest && message !== undefined; run++) {
      const there = await this.#find(run, first, message)
      if (there !== undefined && isEqual(there, framing, first, message)) return run
    }
    return Math.max(next, highest)
  }

  /** Whether what begins is the run that the stream ends with. */
  async #goesOn(beginning: RunBeginning, stored: BatchFacts | undefined): Promise<boolean> {
    const spilled = this.#spilled
    const last = spilled !== undefined && spilled.run >= (stored?.run ?? 0) ? spilled : stored
    if (last === undefined || last.session !== beginning.session) return false
    if (beginning.first >= last.first + last.count) return true
    // It lies behind: either another bridge is ahead, or the publisher began again while nobody looked.
    const { message } = beginning
    if (message === undefined) return true
    const there = await this.#find(last.run, beginning.first, message)
    return there !== undefined && isEqual(there, beginning.framing, beginning.first, message)
  }

  /** The batch of a run that has a message. */
  async #find(
    run: number,
    sequence: number,
    message: MessageRun,
  ): Promise<StoredBatch | undefined> {
    const log = this.#log.logOfMessage?.(message) ?? this.#log
    let at = await log.find(
      (facts) => facts.run < run || (facts.run === run && facts.first + facts.count <= sequence),
    )
    for (let i = 0; i < LOOK_THROUGH && at !== undefined; i++) {
      const batch = await log.at(at)
      if (batch === undefined) return undefined
      const { facts } = batch
      const has = facts.first <= sequence && sequence < facts.first + facts.count
      if (facts.run === run && has) return batch
      at = batch.streamSequence + 1
    }
    return undefined
  }
}

/** Whether a stored batch has the same bytes for a message as a run that was received. */
function isEqual(
  { facts, body }: StoredBatch,
  name: BatchFraming,
  sequence: number,
  run: MessageRun,
): boolean {
  const framing = createFraming(name)
  const datagrams = facts.part === undefined ? [body] : datagramsOfPart(body)
  for (const datagram of datagrams) {
    const bytes = new DataView(datagram.buffer, datagram.byteOffset, datagram.length)
    if (framing.open(bytes, 0, datagram.length) !== DATAGRAM.messages) return false
    const skip = (sequence - framing.sequence) % 2 ** framing.sequenceBits
    if (skip < 0 || skip >= framing.messageCount) continue
    framing.skip(skip)
    return framing.next() && isSame(framing, bytes, run)
  }
  return false
}

function isSame(framing: Framing, bytes: DataView, run: MessageRun): boolean {
  const { messageOffset, messageLength } = framing
  const at = framing.blocks === 'none' ? run.offset : run.offset + 2
  for (let i = 0; i < messageLength; i++) {
    if (bytes.getUint8(messageOffset + i) !== run.bytes.getUint8(at + i)) return false
  }
  return true
}
