import type { CaptureCounts } from '../capture/capture-counts.js'
import type { CaptureReader } from '../capture/capture-reader.js'
import type { Column } from '../codec/column/column.js'
import type { MessageViews } from '../codec/message-dispatch.js'
import { type CaptureFramingName, DATAGRAM, type Framing } from '../wire/framing.js'
import { MDP3_SENT_OFFSET } from '../wire/mdp3-framing.js'
import { MessageView } from '../wire/message-view.js'
import { Instruments } from './instruments.js'
import { PeakCounter, type Peaks } from './peaks.js'
import type { RowHead, RowWriter } from './row-writer.js'
import { RunFollower } from './run-follower.js'

/** Where framings have their send time: 64 bits of nanoseconds since 1970, little-endian. */
const SENT_OFFSETS: Readonly<Partial<Record<CaptureFramingName, number>>> = {
  'iex-tp': 32,
  mdp3: MDP3_SENT_OFFSET,
}

/** Whether datagrams of that framing say when they were sent. */
export function tellsSendTime(framing: CaptureFramingName): boolean {
  return SENT_OFFSETS[framing] !== undefined
}

/** What a message is called whose protocol is not known. */
const NAMELESS = 'message'

/** What a recording is read as, and what of it is wanted. */
export interface DecodeOptions {
  readonly framing: Framing
  /** As the report names it; `none`: messages are bytes. */
  readonly protocol: string
  /** Undefined with the protocol `none`. */
  readonly views: MessageViews | undefined
  columnsOf(type: string): readonly Column[]
  /** Only these; undefined: all. */
  readonly types: ReadonlySet<string> | undefined
  readonly instruments: ReadonlySet<string> | undefined
  /** Rows to write at most. */
  readonly limit: number
  /** Where rows of a type go; undefined: nowhere, they are only counted. */
  writerOf: ((type: string) => RowWriter) | undefined
}

/** What `tickwire decode --stats --json` prints. */
export interface DecodeReport {
  readonly command: 'decode'
  readonly protocol: string
  readonly framing: string
  readonly datagrams: number
  readonly heartbeats: number
  readonly messages: number
  readonly gaps: number
  /** Messages in those gaps. */
  readonly missing: number
  readonly restarts: number
  readonly duplicates: number
  readonly invalidDatagrams: number
  readonly foreignDatagrams: number
  readonly byType: Readonly<Record<string, number>>
  /** Messages of types that the protocol does not know, by their code. */
  readonly unknown: Readonly<Record<string, number>>
  readonly messageFaults: number
  readonly instruments: number
  readonly firstNs: string | null
  readonly lastNs: string | null
  readonly peaks: Peaks
  readonly rows: number
  readonly capture: CaptureCounts
}

/** Reads a recording once, counts what is in it, and writes what is wanted as rows. One thread. */
export class Decoder {
  readonly #options: DecodeOptions
  readonly #follower: RunFollower
  readonly #peaks = new PeakCounter()
  readonly #instruments: Instruments
  readonly #nameless = new MessageView()
  readonly #byType = new Map<string, number>()
  readonly #unknown = new Map<string, number>()
  readonly #head: RowHead = { sequence: 0, receivedNs: null, sentNs: null, type: '' }
  #datagrams = 0
  #heartbeats = 0
  #messages = 0
  #invalid = 0
  #foreign = 0
  #faults = 0
  #rows = 0
  #firstNs: bigint | null = null
  #lastNs: bigint | null = null

  constructor(options: DecodeOptions) {
    this.#options = options
    this.#follower = new RunFollower(options.framing)
    this.#instruments = new Instruments((type) => options.columnsOf(type))
  }

  /** Whether as many rows were written as were wanted. */
  get satisfied(): boolean {
    return this.#rows >= this.#options.limit
  }

  get rows(): number {
    return this.#rows
  }

  get messages(): number {
    return this.#messages
  }

  /** Takes the datagrams that are at hand. */
  readAll(reader: CaptureReader): void {
    while (!this.satisfied && reader.next()) this.#datagram(reader)
  }

  report(capture: CaptureCounts): DecodeReport {
    const { gaps, missing, restarts, duplicates } = this.#follower
    return {
      command: 'decode',
      protocol: this.#options.protocol,
      framing: this.#options.framing.name,
      datagrams: this.#datagrams,
      heartbeats: this.#heartbeats,
      messages: this.#messages,
      gaps,
      missing,
      restarts,
      duplicates,
      invalidDatagrams: this.#invalid,
      foreignDatagrams: this.#foreign,
      byType: Object.fromEntries([...this.#byType].sort((a, b) => b[1] - a[1])),
      unknown: Object.fromEntries(this.#unknown),
      messageFaults: this.#faults,
      instruments: this.#instruments.count,
      firstNs: this.#firstNs === null ? null : String(this.#firstNs),
      lastNs: this.#lastNs === null ? null : String(this.#lastNs),
      peaks: this.#peaks.peaks(),
      rows: this.#rows,
      capture,
    }
  }

  #datagram(reader: CaptureReader): void {
    const { framing } = this.#options
    this.#datagrams++
    if (reader.hasReceiveTime) {
      const unixNs = reader.unixNs()
      this.#head.receivedNs = unixNs
      this.#firstNs ??= unixNs
      this.#lastNs = unixNs
    }
    const kind = framing.open(reader.view, reader.offset, reader.length)
    if (kind === DATAGRAM.invalid) this.#invalid++
    else if (kind === DATAGRAM.foreign) this.#foreign++
    else {
      const place = this.#follower.follow()
      if (framing.messageCount === 0) this.#heartbeats++
      else if (place !== 'old') this.#walk(reader)
    }
  }

  #walk(reader: CaptureReader): void {
    const { framing } = this.#options
    this.#peaks.note(reader.timeNs, framing.messageCount)
    const sentOffset = SENT_OFFSETS[framing.name]
    if (sentOffset !== undefined) {
      this.#head.sentNs = reader.view.getBigInt64(reader.offset + sentOffset, true)
    }
    // The messages of a packet share its sequence.
    const step = framing.blocks === 'packet' ? 0 : 1
    let { sequence } = framing
    while (framing.next()) {
      this.#messages++
      this.#message(reader.view, framing.messageOffset, framing.messageLength, sequence)
      sequence += step
      if (this.satisfied) return
    }
  }

  #message(bytes: DataView, offset: number, length: number, sequence: number): void {
    const { views, types, instruments, writerOf } = this.#options
    const named = views?.select(bytes, offset, length)
    const view = named ?? this.#nameless.wrap(bytes, offset, length)
    const type = named?.type ?? NAMELESS
    if (named === undefined || named !== views?.unknown) count(this.#byType, type)
    else if (views.unknown.fault) this.#faults++
    else count(this.#unknown, codeText(bytes.getUint8(offset)))
    const instrument = this.#instruments.of(type, view)
    if (writerOf === undefined || (types !== undefined && !types.has(type))) return
    if (instruments !== undefined && !(instrument !== undefined && instruments.has(instrument))) {
      return
    }
    this.#head.sequence = sequence
    this.#head.type = type
    writerOf(type).write(this.#head, view)
    this.#rows++
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** A type's code as people write it. */
function codeText(code: number): string {
  return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : String(code)
}
