import { assert } from '../foundation/assert.js'

/**
 * What one pass over a stream measured: for each datagram when it arrived and how long the consumer
 * was busy with it. Everything in this folder is computed from that.
 *
 * Arrivals ascend and count from the first one, which is 0: whole nanoseconds are then exact as
 * doubles for 104 days. The arrays may be longer than `length`; what is behind it means nothing.
 * Memory: 24 bytes for each datagram.
 */
export interface Trace {
  /** Datagrams, heartbeats and unreadable ones included: each takes a slot. */
  readonly length: number
  /** Ascending; equal ones are in the order in which they are served. */
  readonly arrivalsNs: Float64Array
  /** How long the consumer was busy with each, at least 0. Waiting is not part of it. */
  readonly servicesNs: Float64Array
  /** Messages in each: what is lost with it. 0 for a heartbeat. */
  readonly messages: Uint32Array
  /** UDP payload of each, for the socket buffer. */
  readonly payloadBytes: Uint32Array
}

/** What a live pass knows of each datagram, in the order in which the consumer took them. */
export interface MeasuredPass {
  readonly length: number
  /** When each arrived, on any clock that `releasesNs` is on too. */
  readonly arrivalsNs: Float64Array
  /** When the consumer gave each one's slot back. */
  readonly releasesNs: Float64Array
  readonly messages: Uint32Array
  readonly payloadBytes: Uint32Array
}

const FIRST_CAPACITY = 1024

/** Collects a trace, datagram by datagram, in any order of time. For a capture, not for a hot loop. */
export class TraceBuilder {
  /** Datagrams that came with an earlier time than the one before. */
  outOfOrder = 0
  #length = 0
  #latestNs = Number.NEGATIVE_INFINITY
  #arrivalsNs = new Float64Array(FIRST_CAPACITY)
  #servicesNs = new Float64Array(FIRST_CAPACITY)
  #messages = new Uint32Array(FIRST_CAPACITY)
  #payloadBytes = new Uint32Array(FIRST_CAPACITY)

  get length(): number {
    return this.#length
  }

  /** @param arrivalNs on any clock; only distances matter. */
  add(arrivalNs: number, serviceNs: number, messages: number, payloadBytes: number): void {
    assert(serviceNs >= 0, `a service of ${serviceNs} ns`)
    const index = this.#length
    if (index === this.#arrivalsNs.length) this.#grow()
    if (arrivalNs < this.#latestNs) this.outOfOrder++
    this.#latestNs = arrivalNs
    this.#arrivalsNs[index] = arrivalNs
    this.#servicesNs[index] = serviceNs
    this.#messages[index] = messages
    this.#payloadBytes[index] = payloadBytes
    this.#length++
  }

  /**
   * The trace so far, sorted by arrival: in a file, the time stamp is what is known of the order on the
   * wire, and captures of several queues or interfaces are merged badly. Equal stamps keep the order of
   * the file.
   */
  build(): Trace {
    const length = this.#length
    const order = Uint32Array.from({ length }, (_, index) => index)
    const times = this.#arrivalsNs
    if (this.outOfOrder > 0) order.sort((a, b) => times[a] - times[b] || a - b)
    const firstNs = length === 0 ? 0 : times[order[0]]
    return {
      length,
      arrivalsNs: Float64Array.from(order, (index) => times[index] - firstNs),
      servicesNs: Float64Array.from(order, (index) => this.#servicesNs[index]),
      messages: Uint32Array.from(order, (index) => this.#messages[index]),
      payloadBytes: Uint32Array.from(order, (index) => this.#payloadBytes[index]),
    }
  }

  #grow(): void {
    const capacity = 2 * this.#length
    this.#arrivalsNs = grown(new Float64Array(capacity), this.#arrivalsNs)
    this.#servicesNs = grown(new Float64Array(capacity), this.#servicesNs)
    this.#messages = grown(new Uint32Array(capacity), this.#messages)
    this.#payloadBytes = grown(new Uint32Array(capacity), this.#payloadBytes)
  }
}

function grown<T extends Float64Array | Uint32Array>(target: T, source: T): T {
  target.set(source)
  return target
}

/**
 * The trace of a pass in which arrivals and releases were measured and nothing was lost. Service is
 * what is left once waiting is taken off: `release − max(arrival, previous release)`.
 *
 * Here the order is that of the consumer, not that of the time stamps: stamps of two device queues can
 * cross each other, and a wall clock can be set back. So an arrival that lies before its predecessor
 * counts as simultaneous with it, and a release before its predecessor, or before its own arrival, as
 * a service of 0.
 */
export function traceOfPass(pass: MeasuredPass): Trace {
  const { length } = pass
  const arrivalsNs = new Float64Array(length)
  const servicesNs = new Float64Array(length)
  const firstNs = length === 0 ? 0 : pass.arrivalsNs[0]
  let arrival = 0
  let release = 0
  for (let i = 0; i < length; i++) {
    arrival = Math.max(arrival, pass.arrivalsNs[i] - firstNs)
    const start = Math.max(arrival, release)
    release = Math.max(start, pass.releasesNs[i] - firstNs)
    arrivalsNs[i] = arrival
    servicesNs[i] = release - start
  }
  const messages = pass.messages.slice(0, length)
  return {
    length,
    arrivalsNs,
    servicesNs,
    messages,
    payloadBytes: pass.payloadBytes.slice(0, length),
  }
}

/** Nanoseconds from the first arrival to the last one. */
export function arrivalSpanNs({ arrivalsNs, length }: Trace): number {
  return length === 0 ? 0 : arrivalsNs[length - 1]
}

/** The first `length` values added up. */
export function sumOf(values: Float64Array | Uint32Array, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += values[i]
  return sum
}
