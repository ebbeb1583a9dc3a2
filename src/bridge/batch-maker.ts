import { copyBytes } from '../foundation/copy-bytes.js'
import { BLOCK_HEADER_BYTES } from '../wire/blocks.js'
import {
  BATCH_BYTES,
  BATCH_SEQUENCES,
  type BatchEvent,
  type BatchFacts,
  type BatchFraming,
  MISSING_CAUSES,
} from '../wire/bridged/batch-headers.js'
import { IEX_TP_HEADER_BYTES, IEX_TP_VERSION } from '../wire/iex-tp-framing.js'
import { MARKET_DATA_BYTES } from '../wire/market-data-view.js'
import { encodeMoldSession, MOLD_HEADER_BYTES, writeMoldHeader } from '../wire/moldudp64.js'

/** Of the longest message of all, behind a full batch. */
const SCRATCH_BYTES = BATCH_BYTES + 2 ** 16 + IEX_TP_HEADER_BYTES

const HEADER_BYTES: Readonly<Record<BatchFraming, number>> = {
  raw: 0,
  moldudp64: MOLD_HEADER_BYTES,
  'iex-tp': IEX_TP_HEADER_BYTES,
}

/** A batch that is ready to be published. */
export interface Batch {
  readonly facts: BatchFacts
  readonly body: Uint8Array
}

/** Messages that follow one another, as they lie in memory. */
export interface MessageRun {
  readonly bytes: DataView
  readonly offset: number
  readonly length: number
  readonly first: number
  readonly count: number
  /** Ns since 1970 in decimal; empty: nobody knows. */
  readonly receivedNs: string
  /** Of IEX-TP's header: protocol, channel, the halves of the send time. */
  readonly protocol: number
  readonly channel: number
  readonly sendLow: number
  readonly sendHigh: number
}

/** Who publishes, and what. */
export interface BatchOrigin {
  readonly framing: BatchFraming
  readonly protocol: string
  readonly bridge: string
}

/**
 * Cuts a feed into batches: before each multiple of 128 in its sequences, before a body would be longer
 * than 32 KiB, and where what comes next does not follow. When a batch gets too old its user cuts. One
 * thread.
 */
export class BatchMaker {
  readonly #origin: BatchOrigin
  readonly #emit: (batch: Batch) => void
  readonly #scratch = new DataView(new ArrayBuffer(SCRATCH_BYTES))
  readonly #headerBytes: number
  #run = 0
  #session = ''
  #former: number | null = null
  /** Of the batch in the making. */
  #first = Number.NaN
  #count = 0
  #length = 0
  #after = Number.NaN
  #missing: number[] = MISSING_CAUSES.map(() => 0)
  #missingCount = 0
  #firstReceivedNs = ''
  #lastReceivedNs = ''
  #header: MessageRun | undefined

  constructor(origin: BatchOrigin, emit: (batch: Batch) => void) {
    this.#origin = origin
    this.#emit = emit
    this.#headerBytes = HEADER_BYTES[origin.framing]
  }

  /** The sequence behind what came so far; NaN before anything did. */
  get next(): number {
    return this.#count > 0 ? this.#first + this.#count : this.#after + this.#missingCount
  }

  get run(): number {
    return this.#run
  }

  get session(): string {
    return this.#session
  }

  /** Whether messages, or what is missing, wait for the end of their batch. */
  get isOpen(): boolean {
    return this.#count > 0 || this.#missingCount > 0
  }

  /**
   * From now on it is this run of the publisher.
   *
   * @param former as BatchFacts has it
   */
  begin(run: number, session: string, former: number | null): void {
    this.cut()
    this.#run = run
    this.#session = session
    this.#former = former
    this.#after = Number.NaN
  }

  /** Another bridge gave the run that goes on a higher number. */
  adopt(run: number): void {
    this.cut()
    this.#run = run
  }

  messages(run: MessageRun): void {
    const native = this.#origin.framing === 'raw'
    let { offset, first, count } = run
    while (count > 0) {
      this.#reach(first, run)
      const most = Math.min(count, BATCH_SEQUENCES - (first % BATCH_SEQUENCES))
      const taken = native
        ? this.#takeNative(run.bytes, offset, most)
        : this.#takeBlocks(run.bytes, offset, most)
      offset += taken.bytes
      first += taken.count
      count -= taken.count
      if (this.#firstReceivedNs === '') this.#firstReceivedNs = run.receivedNs
      this.#lastReceivedNs = run.receivedNs
      if (first % BATCH_SEQUENCES === 0 || count > 0) this.cut()
    }
  }

  /** The bridge knows that these do not come. */
  missing(first: number, count: number, parts: readonly number[]): void {
    if (this.#count > 0) this.cut()
    if (Number.isNaN(this.#after)) this.#after = first
    // What was not told of in between has been lost by nobody who says so.
    const untold = first - (this.#after + this.#missingCount)
    if (untold > 0) this.#add('network', untold)
    for (const [i, cause] of MISSING_CAUSES.entries()) this.#add(cause, parts[i] ?? 0)
    const left = first + count - (this.#after + this.#missingCount)
    if (left > 0) this.#add('network', left)
  }

  /** The batch that was made last could be put nowhere: what it had is missing, and the next one says so. */
  retract({ first, count, after, missing, former }: BatchFacts): void {
    this.#after = after
    this.#missing = [...missing]
    this.#missingCount = first - after
    this.#add('ring', count)
    this.#former = former
  }

  event(event: BatchEvent): void {
    this.cut()
    if (Number.isNaN(this.#after)) return
    this.#emitBatch(event)
  }

  /** Ends the batch in the making, if there is one. */
  cut(): void {
    if (this.isOpen) this.#emitBatch(null)
  }

  #add(cause: (typeof MISSING_CAUSES)[number], count: number): void {
    const place = MISSING_CAUSES.indexOf(cause)
    this.#missing[place] = (this.#missing[place] ?? 0) + count
    this.#missingCount += count
  }

  /** Makes the batch one that can go on with this message. */
  #reach(first: number, run: MessageRun): void {
    const header = this.#header
    if (this.#count > 0) {
      const same = header?.protocol === run.protocol && header.channel === run.channel
      if (this.#first + this.#count !== first || !same) this.cut()
    }
    if (this.#count > 0) return
    if (Number.isNaN(this.#after)) this.#after = first
    const untold = first - (this.#after + this.#missingCount)
    if (untold > 0) this.#add('network', untold)
    // A sequence that goes back without a restart: the batch stands for itself.
    if (untold < 0) {
      this.#after = first
      this.#missing = MISSING_CAUSES.map(() => 0)
      this.#missingCount = 0
    }
    this.#first = first
    this.#length = this.#headerBytes
    this.#header = run
  }

  #takeNative(bytes: DataView, offset: number, most: number) {
    const length = most * MARKET_DATA_BYTES
    copyBytes(bytes, offset, this.#scratch, this.#length, length)
    this.#length += length
    this.#count += most
    return { count: most, bytes: length }
  }

  /** As many as fit, and one at least. */
  #takeBlocks(bytes: DataView, offset: number, most: number) {
    const littleEndian = this.#origin.framing === 'iex-tp'
    let length = 0
    let count = 0
    while (count < most) {
      const block = BLOCK_HEADER_BYTES + bytes.getUint16(offset + length, littleEndian)
      const full = this.#length + length + block > BATCH_BYTES
      if (full && this.#count + count > 0) break
      length += block
      count += 1
    }
    copyBytes(bytes, offset, this.#scratch, this.#length, length)
    this.#length += length
    this.#count += count
    return { count, bytes: length }
  }

  #emitBatch(event: BatchEvent | null): void {
    const first = this.#count > 0 ? this.#first : this.#after + this.#missingCount
    const facts: BatchFacts = {
      ...this.#origin,
      session: this.#session,
      run: this.#run,
      first,
      count: this.#count,
      after: this.#after,
      missing: this.#missing,
      firstReceivedNs: this.#firstReceivedNs,
      lastReceivedNs: this.#lastReceivedNs,
      event,
      former: this.#former,
    }
    const body = this.#count > 0 ? this.#body() : new Uint8Array(0)
    this.#after = first + this.#count
    this.#count = 0
    this.#missing = MISSING_CAUSES.map(() => 0)
    this.#missingCount = 0
    this.#firstReceivedNs = ''
    this.#lastReceivedNs = ''
    this.#former = null
    this.#emit({ facts, body })
  }

  #body(): Uint8Array {
    const bytes = this.#scratch
    if (this.#origin.framing === 'moldudp64') {
      writeMoldHeader(bytes, 0, encodeMoldSession(this.#session), this.#first, this.#count)
    } else if (this.#origin.framing === 'iex-tp') this.#writeIexHeader(bytes)
    return new Uint8Array(bytes.buffer.slice(0, this.#length))
  }

  /** The send time is that of the first datagram in the batch. */
  #writeIexHeader(bytes: DataView): void {
    const header = this.#header
    for (let i = 0; i < IEX_TP_HEADER_BYTES; i++) bytes.setUint8(i, 0)
    bytes.setUint8(0, IEX_TP_VERSION)
    bytes.setUint16(2, header?.protocol ?? 0, true)
    bytes.setUint32(4, header?.channel ?? 0, true)
    bytes.setUint32(8, Number(this.#session), true)
    bytes.setUint16(12, this.#length - IEX_TP_HEADER_BYTES, true)
    bytes.setUint16(14, this.#count, true)
    bytes.setUint32(24, this.#first % 2 ** 32, true)
    bytes.setUint32(28, Math.floor(this.#first / 2 ** 32), true)
    bytes.setUint32(32, header?.sendLow ?? 0, true)
    bytes.setUint32(36, header?.sendHigh ?? 0, true)
  }
}
