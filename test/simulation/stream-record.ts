import type { Stream } from './datagram.js'

/** What became of a message. */
export const FATE = { open: 0, delivered: 1, reported: 2 } as const

/** Two heartbeats of one line that are nearer to each other may be copies of one. */
const COPY_NS = 2e6

/** What is known of a stream's messages: what came, what was asked for, and what became of each. */
export class StreamRecord {
  readonly stream: Stream
  /** From the first that the reading side saw up to what it was told of. */
  start = Number.NaN
  end = Number.NEGATIVE_INFINITY
  /** The end of what the publisher has sent. */
  sentEnd = Number.NEGATIVE_INFINITY
  /** Messages of which a datagram was opened whose sequences are all below `start`. */
  beforeStart = 0
  /** Datagrams with messages that were opened, and the end of the farthest of them. */
  datagrams = 0
  messageEnd = Number.NEGATIVE_INFINITY
  /** Heartbeats that told of the present `end`, without those that may be copies of one another. */
  tellers = 0
  #toldNs = Number.NEGATIVE_INFINITY
  #toldLine = -1
  readonly #fates: number[] = []
  readonly #copies: number[] = []
  readonly #asked: number[] = []

  constructor(stream: Stream) {
    this.stream = stream
  }

  fate(sequence: number): number {
    return this.#fates[sequence - this.stream.first] ?? FATE.open
  }

  setFate(sequence: number, fate: number): void {
    this.#fates[sequence - this.stream.first] = fate
  }

  /** Copies that were opened. */
  copies(sequence: number): number {
    return this.#copies[sequence - this.stream.first] ?? 0
  }

  noteCopies(first: number, count: number): void {
    for (let i = first - this.stream.first; i < first - this.stream.first + count; i++) {
      this.#copies[i] = (this.#copies[i] ?? 0) + 1
    }
  }

  /** A heartbeat, or an end of session, tells that the next message is `sequence`. */
  noteTold(sequence: number, line: number, nowNs: number): void {
    if (sequence > this.end) this.tellers = 0
    if (sequence < this.end) return
    const copy = line === this.#toldLine && nowNs - this.#toldNs < COPY_NS
    if (copy && this.tellers > 0) return
    this.tellers++
    this.#toldLine = line
    this.#toldNs = nowNs
  }

  /** Messages behind the last that came, of which only one heartbeat told: it may have been made up. */
  get doubtfulTail(): number {
    return this.tellers < 2 ? this.end - Math.max(this.messageEnd, this.stream.first) : 0
  }

  /** Notes a request for the message; returns how many that were since something before it came. */
  noteAsked(sequence: number): number {
    const at = sequence - this.stream.first
    const asked = (this.#asked[at] ?? 0) + 1
    this.#asked[at] = asked
    return asked
  }

  /** Something came that ended before `sequence`: what is missing from there on is asked for anew. */
  noteProgress(sequence: number): void {
    for (let at = sequence - this.stream.first; (this.#asked[at] ?? 0) > 0; at++) {
      if ((this.#copies[at] ?? 0) > 0) return
      this.#asked[at] = 1
    }
  }

  /** How many messages from `first` up to `end` have that fate. */
  countFate(fate: number, first = this.stream.first, end = this.#top): number {
    let count = 0
    for (let sequence = first; sequence < end; sequence++) {
      if (this.fate(sequence) === fate) count++
    }
    return count
  }

  /** Copies of messages with that fate. */
  countCopies(fate: number): number {
    let count = 0
    for (let sequence = this.stream.first; sequence < this.#top; sequence++) {
      if (this.fate(sequence) === fate) count += this.copies(sequence)
    }
    return count
  }

  /** The first message, from `first` up to `end`, of which nothing became; NaN if there is none. */
  firstOpen(first: number, end: number): number {
    for (let sequence = first; sequence < end; sequence++) {
      if (this.fate(sequence) === FATE.open) return sequence
    }
    return Number.NaN
  }

  get #top(): number {
    return this.stream.first + Math.max(this.#fates.length, this.#copies.length)
  }
}
