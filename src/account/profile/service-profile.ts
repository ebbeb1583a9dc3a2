import {
  PROFILE_COST,
  PROFILE_COUNT,
  PROFILE_MISSED,
  PROFILE_RECORD_BYTES,
  PROFILE_RECORDS_AT,
} from './profile-recorder.js'

/**
 * The arrivals and services of a run, slot by slot. Times are wall-clock nanoseconds since the session
 * epoch; NaN stands for what is not known.
 */
export interface ServiceProfile {
  readonly transport: 'socket' | 'mapped' | 'portable'
  readonly framing: string
  /** Whether receiver and handler were one thread: a slot is then pushed when that thread gets to it. */
  readonly inline: boolean
  /** The session epoch, seconds since 1970. */
  readonly epochSeconds: number
  readonly slots: number
  readonly slotBytes: number
  /**
   * By how much the wall clock was set while the run went on, against the monotonic clock. Times from
   * before and after a step of more than some microseconds cannot be compared.
   */
  readonly clockStepNs: number
  /** What noting cost, measured before the run: ns per slot when handled, ns per receive call. */
  readonly costNs: { readonly handler: number; readonly receiver: number }
  /** Slots, of all lines, that came after the memory was full. What is here is complete up to then. */
  readonly missed: number
  readonly lines: readonly LineProfile[]
}

/** Of one line, the datagrams (or trains) in the order in which they came to its ring. */
export interface LineProfile {
  readonly length: number
  /** When the kernel received it. NaN with `portable`. */
  readonly arrivedNs: Float64Array
  /** When the receiver handed it over, or saw that there was no room for it. NaN with `mapped`. */
  readonly pushedNs: Float64Array
  /** When its slot was given back, together with its batch; NaN: it was discarded. */
  readonly releasedNs: Float64Array
  /** What the framing reads in it, duplicates included; 0 for heartbeats and what cannot be read. */
  readonly messages: Uint16Array
  readonly payloadBytes: Uint16Array
  /** More than one in a train. */
  readonly datagrams: Uint8Array
  /** Datagrams that the kernel dropped before they could be read; null: it does not tell. */
  readonly kernelDrops: number | null
}

/** The memories that the threads of a run wrote. */
export interface ProfileMemories {
  /** Written by the thread that handles: slots of all lines. */
  readonly handled: SharedArrayBuffer
  /** Written by each line's receiver: what it discarded. */
  readonly thrownAway: readonly SharedArrayBuffer[]
}

/**
 * Brings together what the threads of a run recorded of its lines. For after the run; while it goes on
 * the end is a moment old.
 *
 * Where one thread's memory was full before the others', what those noted later is left out: a profile
 * tells all up to some moment, or it would tell half-truths.
 *
 * @param kernelDrops of each line
 */
export function collectLines(
  { handled, thrownAway }: ProfileMemories,
  kernelDrops: readonly (number | null)[],
): Pick<ServiceProfile, 'lines' | 'missed'> {
  const served = new RecordReader(handled)
  const thrown = thrownAway.map((memory) => new RecordReader(memory))
  const endNs = Math.min(served.endNs, ...thrown.map((one) => one.endNs))
  const lines = thrown.map((one, line) => collectLine(served, one, line, endNs, kernelDrops[line]))
  const readers = [served, ...thrown]
  let missed = 0
  for (const one of readers) missed += one.length + one.missed
  for (const { length } of lines) missed -= length
  return { lines, missed }
}

/** ns per slot, or per receive call, that the writer of a memory has measured. */
export function costIn(memory: SharedArrayBuffer): number {
  return new Float64Array(memory)[PROFILE_COST]
}

function collectLine(
  served: RecordReader,
  thrown: RecordReader,
  line: number,
  endNs: number,
  kernelDrops: number | null,
): LineProfile {
  // -1 - index stands for what was discarded; it goes before the first that was pushed later.
  const order: number[] = []
  let next = 0
  const throwUntil = (pushedNs: number) => {
    for (; next < thrown.length && thrown.seenNs(next) < pushedNs; next++) {
      if (thrown.seenNs(next) <= endNs) order.push(-1 - next)
    }
  }
  for (let i = 0; i < served.length; i++) {
    if (served.line(i) !== line) continue
    const seenNs = served.seenNs(i)
    throwUntil(seenNs)
    if (seenNs <= endNs) order.push(i)
  }
  throwUntil(Number.POSITIVE_INFINITY)
  const pick = (index: number) => (index >= 0 ? served : thrown)
  const place = (index: number) => (index >= 0 ? index : -1 - index)
  return {
    length: order.length,
    arrivedNs: Float64Array.from(order, (index) => pick(index).time(place(index), 0)),
    pushedNs: Float64Array.from(order, (index) => pick(index).time(place(index), 1)),
    releasedNs: Float64Array.from(order, (index) => pick(index).time(place(index), 2)),
    messages: Uint16Array.from(order, (index) => pick(index).half(place(index), 12)),
    payloadBytes: Uint16Array.from(order, (index) => pick(index).half(place(index), 13)),
    datagrams: Uint8Array.from(order, (index) => pick(index).octet(place(index), 28)),
    kernelDrops,
  }
}

/** Reads what a ProfileRecorder wrote. */
class RecordReader {
  readonly length: number
  readonly missed: number
  readonly #doubles: Float64Array
  readonly #halves: Uint16Array
  readonly #octets: Uint8Array

  constructor(memory: SharedArrayBuffer) {
    this.#doubles = new Float64Array(memory)
    this.#halves = new Uint16Array(memory)
    this.#octets = new Uint8Array(memory)
    this.length = this.#doubles[PROFILE_COUNT]
    this.missed = this.#doubles[PROFILE_MISSED]
  }

  /** Up to when all is here: Infinity if nothing was missed. */
  get endNs(): number {
    if (this.missed === 0) return Number.POSITIVE_INFINITY
    return this.length === 0 ? Number.NEGATIVE_INFINITY : this.seenNs(this.length - 1)
  }

  /** When the receiver had it, or the kernel, where nobody else knows. */
  seenNs(index: number): number {
    const pushedNs = this.time(index, 1)
    return Number.isNaN(pushedNs) ? this.time(index, 0) : pushedNs
  }

  time(index: number, field: number): number {
    return this.#doubles[(PROFILE_RECORDS_AT + index * PROFILE_RECORD_BYTES) / 8 + field]
  }

  half(index: number, field: number): number {
    return this.#halves[(PROFILE_RECORDS_AT + index * PROFILE_RECORD_BYTES) / 2 + field]
  }

  octet(index: number, field: number): number {
    return this.#octets[PROFILE_RECORDS_AT + index * PROFILE_RECORD_BYTES + field]
  }

  line(index: number): number {
    return this.octet(index, 30)
  }
}
