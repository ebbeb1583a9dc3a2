import { copyBytes } from '../../foundation/copy-bytes.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import { MARKET_DATA_BYTES, MessageView } from '../../wire/index.js'
import { letWatchThrough } from '../memory/watched-run.js'
import type { SendReport } from './send-report.js'
import type { Transmission } from './transmission.js'

/** The message was not taken, since there is no room: nothing is lost, offer it again later. */
export const BACK_PRESSURED = -1
/** The message was not taken, since no receiver is there. Only with flow control. */
export const NOT_CONNECTED = -2
/** The message was not taken, and none will be: the publication was closed, stopped, or has failed. */
export const CLOSED = -3
/** The message was not taken, since its length is not one that this publication sends. */
export const BAD_LENGTH = -4

/** A closed publication that still has not sent everything is stopped after this time. */
const CLOSE_MS = 5000

/** What a publication has done: the report of its sender, and what came of the offers. */
export interface PublicationReport extends SendReport {
  readonly publication: {
    /** Messages that were taken. */
    readonly offered: number
    /** Offers that were not: for want of room, of a receiver, or of the right length. */
    readonly backPressured: number
    readonly notConnected: number
    readonly badLength: number
    /** Messages that were taken and not handed to the kernel: on their way, or left when it was stopped. */
    readonly unsent: number
  }
}

export interface PublicationParts {
  readonly transmission: Transmission
  readonly ring: SharedArrayBuffer
  readonly framing: 'raw' | 'moldudp64'
  readonly messageBytes: number
  readonly firstSequence: number
  /** Whether receivers are honoured. */
  readonly honours: boolean
}

/**
 * A feed of one's own messages, sent by a thread of its own.
 *
 * All methods are for the thread that called `publish`: the ring between it and the sender has one writer.
 */
export class Publication implements AsyncDisposable {
  /** Settles when all is sent after `close`, or the sender was stopped; rejects if it failed. */
  readonly finished: Promise<PublicationReport>
  readonly #transmission: Transmission
  readonly #producer: SlotProducer
  readonly #leastBytes: number
  readonly #mostBytes: number
  readonly #honours: boolean
  readonly #firstSequence: number
  #offered = 0
  #backPressured = 0
  #notConnected = 0
  #badLength = 0
  #over = false

  constructor(parts: PublicationParts) {
    this.#transmission = parts.transmission
    letWatchThrough(this, parts.transmission)
    this.#producer = new SlotProducer(parts.ring)
    this.#leastBytes = parts.framing === 'raw' ? MARKET_DATA_BYTES : 1
    this.#mostBytes = parts.messageBytes
    this.#honours = parts.honours
    this.#firstSequence = parts.firstSequence
    this.finished = this.#finish()
    this.finished.catch(() => {})
  }

  /**
   * Takes a message to be sent, if that is possible at this moment: copies it, and returns at once. Never
   * waits, never throws, allocates nothing.
   *
   * With the framing `raw` a message has the 29 bytes of `MARKET_DATA_BYTES`; its sequence is written when
   * it is sent, and its time stamp too if that is 0. With `moldudp64` it is sent as it is.
   *
   * @param message bytes, or a view on them, of which the present position is meant
   * @returns the sequence of the message in the feed, a number of at least 0; or BACK_PRESSURED,
   * NOT_CONNECTED, CLOSED or BAD_LENGTH, all negative, if it was not taken
   */
  offer(message: MessageView | Uint8Array): number {
    if (this.#over || this.#transmission.control.stopping) return CLOSED
    const { length } = message
    if (length < this.#leastBytes || length > this.#mostBytes) {
      this.#badLength += 1
      return BAD_LENGTH
    }
    if (this.#honours && this.#transmission.receivers === 0) {
      this.#notConnected += 1
      return NOT_CONNECTED
    }
    const producer = this.#producer
    if (producer.claim(1) === 0) {
      this.#backPressured += 1
      return BACK_PRESSURED
    }
    const index = producer.claimedIndex
    if (message instanceof MessageView) {
      copyBytes(message.bytes, message.offset, producer.bytes, producer.slotOffset(index), length)
      producer.setLength(index, length)
    } else {
      producer.write(index, message)
    }
    producer.publish(1)
    this.#transmission.control.handlerBell.ring()
    this.#offered += 1
    return this.#firstSequence + this.#offered - 1
  }

  /** Whether an offer can succeed: with flow control a receiver is there. */
  get connected(): boolean {
    return !this.#over && (!this.#honours || this.#transmission.receivers > 0)
  }

  /** URL at which messages can be asked for again; undefined if they cannot. */
  get retransmitEndpoint(): string | undefined {
    return this.#transmission.retransmitEndpoint
  }

  /** A report of what has been sent so far. */
  stats(): PublicationReport {
    return this.#report(this.#transmission.stats())
  }

  /**
   * Takes no more messages, sends those that it has taken, and ends the session if there is one. What
   * receivers do not let out within five seconds stays unsent.
   */
  async close(): Promise<PublicationReport> {
    this.#over = true
    const { control } = this.#transmission
    control.noteEnded()
    control.handlerBell.ring()
    const timer = setTimeout(() => control.requestStop(), CLOSE_MS)
    try {
      return await this.finished
    } finally {
      clearTimeout(timer)
    }
  }

  /** Stops sending at once, and ends the session if there is one. */
  async stop(): Promise<PublicationReport> {
    this.#over = true
    await this.#transmission.stop()
    return this.finished
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #finish(): Promise<PublicationReport> {
    try {
      return this.#report(await this.#transmission.finished)
    } finally {
      this.#over = true
    }
  }

  #report(report: SendReport): PublicationReport {
    const sent = (report.messages ?? 0) + report.refused
    return {
      ...report,
      publication: {
        offered: this.#offered,
        backPressured: this.#backPressured,
        notConnected: this.#notConnected,
        badLength: this.#badLength,
        unsent: this.#offered - sent,
      },
    }
  }
}
