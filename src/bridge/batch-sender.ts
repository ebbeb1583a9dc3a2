import { BRIDGE } from '../account/bridge-counters.js'
import type { Msg, NatsClient, NatsConnection } from '../transport/nats/nats-client.js'
import { type BatchFacts, batchHeaders, batchId } from '../wire/bridged/batch-headers.js'
import type { Batch } from './batch-maker.js'
import type { FeedSubjects } from './feed-subjects.js'

/** How often acknowledgements that do not come are looked for. */
const LOOK_MS = 20
/** A refused batch is sent again after this. */
const REFUSED_MS = 250
const MESSAGE_ID = 'Nats-Msg-Id'

/** What a sender keeps to. */
export interface SenderLimits {
  /** Batches, and bytes of them, whose acknowledgement may be awaited. */
  readonly maxInFlight: number
  readonly maxInFlightBytes: number
  /** An acknowledgement that does not come within this time is not waited for any more. */
  readonly ackWaitMs: number
  /** How long the stream knows a message by its id. */
  readonly duplicateWindowMs: number
}

/** A batch of which parts may be on their way. */
interface Whole {
  readonly batch: Batch
  /** Parts whose acknowledgement did not come yet, and those that were new to the stream. */
  left: number
  stored: number
}

/** A batch, or a part of one, of which nobody knows whether the stream has it. */
interface Sent extends Batch {
  readonly number: number
  readonly whole: Whole
  readonly firstSentMs: number
  sentMs: number
  attempts: number
  /** The stream said no; it is asked again then. NaN: it did not. */
  refusedUntilMs: number
}

/**
 * Publishes batches in order and knows of each whether the stream has it. Many acknowledgements are awaited
 * at once. One that does not come means nothing: the batch is sent again under its id, by which the stream
 * knows a copy, or is looked up once the stream may have forgotten the id; until then nothing new is sent,
 * so that the order stays. One thread, on its event loop.
 */
export class BatchSender {
  readonly #connection: NatsConnection
  readonly #client: NatsClient
  readonly #feed: string
  readonly #subjects: FeedSubjects
  readonly #limits: SenderLimits
  readonly #counts: Float64Array
  readonly #inbox: string
  /** Awaiting an acknowledgement, in order. */
  readonly #sent = new Map<number, Sent>()
  #sentBytes = 0
  #number = 0
  #connected = true
  #asking = false
  /** Whether something was sent again, so that nothing new is sent before that is known. */
  #settling = false
  /** When the stream was heard first after it was away; NaN while it is. */
  #heardMs = performance.now()
  readonly #timer: NodeJS.Timeout
  #wake: () => void = () => {}

  constructor(
    client: NatsClient,
    feed: string,
    subjects: FeedSubjects,
    limits: SenderLimits,
    counts: Float64Array,
  ) {
    this.#client = client
    this.#connection = client.connection
    this.#feed = feed
    this.#subjects = subjects
    this.#limits = limits
    this.#counts = counts
    this.#inbox = client.core.createInbox()
    counts[BRIDGE.connected] = 1
    this.#connection.subscribe(`${this.#inbox}.>`, {
      callback: (error, message) => {
        if (error === null) this.#acknowledge(message)
      },
    })
    void this.#watch()
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  /** Whether a batch can be sent now. */
  get hasRoom(): boolean {
    const { maxInFlight, maxInFlightBytes } = this.#limits
    return (
      this.#connected &&
      !this.#settling &&
      this.#sent.size < maxInFlight &&
      this.#sentBytes < maxInFlightBytes
    )
  }

  get connected(): boolean {
    return this.#connected
  }

  /** Whether the stream takes batches: there is a connection, and no acknowledgement is overdue. */
  get answered(): boolean {
    return this.#connected && !this.#settling
  }

  /** When the stream began to answer again, on the clock of `performance`; NaN while it does not. */
  get heardMs(): number {
    return this.#heardMs
  }

  get inFlight(): number {
    return this.#sent.size
  }

  get inFlightBytes(): number {
    return this.#sentBytes
  }

  /** Messages in batches of which nobody knows whether the stream has them. */
  get unknownMessages(): number {
    let messages = 0
    for (const { facts } of this.unknown()) messages += facts.count
    return messages
  }

  /** Batches that were sent and of which nobody knows whether the stream has them. */
  unknown(): readonly Batch[] {
    return [...new Set([...this.#sent.values()].map(({ whole }) => whole.batch))]
  }

  /** Whether a batch is one of those. */
  holds({ facts }: Batch): boolean {
    for (const { whole } of this.#sent.values()) if (whole.batch.facts === facts) return true
    return false
  }

  /** `hasRoom` has to be true. */
  send(batch: Batch): void {
    const nowMs = performance.now()
    const parts = this.#subjects.partsOf(batch)
    const whole: Whole = { batch, left: parts.length, stored: 0 }
    for (const part of parts) {
      const number = ++this.#number
      const sent: Sent = {
        ...part,
        number,
        whole,
        firstSentMs: nowMs,
        sentMs: nowMs,
        attempts: 0,
        refusedUntilMs: Number.NaN,
      }
      this.#sent.set(number, sent)
      this.#sentBytes += part.body.length
      this.#publish(sent)
    }
    const counts = this.#counts
    counts[BRIDGE.inFlightHighWater] = Math.max(counts[BRIDGE.inFlightHighWater], this.#sent.size)
  }

  /** Settles when something has changed, or after a while. */
  async changed(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #publish(sent: Sent): void {
    sent.attempts += 1
    sent.sentMs = performance.now()
    sent.refusedUntilMs = Number.NaN
    const headers = this.#client.core.headers()
    headers.set(MESSAGE_ID, batchId(this.#feed, sent.facts))
    for (const [name, value] of batchHeaders(sent.facts, sent.body)) headers.set(name, value)
    this.#connection.publish(this.#subjects.subjectOf(sent.facts), sent.body, {
      headers,
      reply: `${this.#inbox}.${sent.number}`,
    })
  }

  #acknowledge(message: Msg): void {
    const sent = this.#sent.get(Number(message.subject.slice(this.#inbox.length + 1)))
    // Told before: an acknowledgement that comes twice, or late, counts once.
    if (sent === undefined) return
    const answer = readAnswer(message)
    if (answer === undefined) {
      this.#counts[BRIDGE.refused] += 1
      sent.refusedUntilMs = performance.now() + REFUSED_MS
      this.#settling = true
    } else {
      if (!answer.duplicate) sent.whole.stored += 1
      this.#settle(sent)
    }
    this.#wake()
  }

  /** The stream has the batch. */
  #settle(sent: Sent): void {
    if (Number.isNaN(this.#heardMs)) this.#heardMs = performance.now()
    this.#sent.delete(sent.number)
    this.#sentBytes -= sent.body.length
    const { whole } = sent
    whole.left -= 1
    if (whole.left === 0) {
      this.#counts[BRIDGE.acknowledged] += 1
      this.#counts[BRIDGE.messages] += sent.facts.count
      if (whole.stored === 0) this.#counts[BRIDGE.duplicates] += 1
    }
    this.#counts[BRIDGE.inFlight] = this.#sent.size
    if (this.#settling && this.#sent.size === 0) this.#settling = false
  }

  #look(): void {
    this.#counts[BRIDGE.inFlight] = this.#sent.size
    if (!this.#connected || this.#asking) return
    const nowMs = performance.now()
    for (const sent of this.#sent.values()) {
      const refused = !Number.isNaN(sent.refusedUntilMs)
      const due = refused ? sent.refusedUntilMs : sent.sentMs + this.#limits.ackWaitMs
      if (nowMs < due) continue
      if (!this.#settling) this.#heardMs = Number.NaN
      void this.#sendAgain()
      return
    }
  }

  /** Whatever is not known is sent again, in order. */
  async #sendAgain(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    this.#settling = this.#sent.size > 0
    try {
      for (const sent of [...this.#sent.values()]) {
        if (!this.#connected) return
        const agedMs = performance.now() - sent.firstSentMs
        // The stream may have forgotten the id: a copy would be stored, and is not made.
        if (agedMs > this.#limits.duplicateWindowMs / 2 && (await this.#isStored(sent.facts))) {
          if (!this.#sent.has(sent.number)) continue
          sent.whole.stored += 1
          this.#settle(sent)
          continue
        }
        if (!this.#sent.has(sent.number)) continue
        this.#counts[BRIDGE.republished] += 1
        this.#publish(sent)
      }
    } catch {
      // The broker does not answer: it is asked again at the next look.
    } finally {
      this.#asking = false
      this.#wake()
    }
  }

  /** Asks the stream. */
  async #isStored(wanted: BatchFacts): Promise<boolean> {
    const { run, first, count, after } = wanted
    const log = this.#subjects.logOf(wanted)
    const at = await log.find(
      (facts) => facts.run < run || (facts.run === run && facts.first < first),
    )
    if (at === undefined) return false
    const found = await log.at(at)
    if (found === undefined) return false
    const { facts } = found
    return (
      facts.run === run && facts.first === first && facts.count === count && facts.after === after
    )
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') {
        this.#connected = false
        this.#heardMs = Number.NaN
        this.#counts[BRIDGE.connected] = 0
        this.#wake()
      } else if (type === 'reconnect') {
        this.#connected = true
        this.#heardMs = performance.now()
        this.#counts[BRIDGE.connected] = 1
        this.#counts[BRIDGE.reconnects] += 1
        void this.#sendAgain()
      }
    }
  }
}

/** What the stream answered; undefined: it did not take the message. */
function readAnswer(message: Msg): { readonly duplicate: boolean } | undefined {
  if (message.data.length === 0) return undefined
  try {
    const answer = message.json<{ error?: unknown; seq?: unknown; duplicate?: unknown }>()
    if (answer.error !== undefined || typeof answer.seq !== 'number') return undefined
    return { duplicate: answer.duplicate === true }
  } catch {
    return undefined
  }
}
