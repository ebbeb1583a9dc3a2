import type { CaptureReader } from '../capture/capture-reader.js'
import { type FramedCapture, openFramedCapture } from '../capture/framed-capture.js'
import { loadProtocol } from '../codec/load-protocol.js'
import { protocolOfIexTp } from '../codec/protocol-names.js'
import type { Protocol } from '../codec/protocols.js'
import { dateInFileName, MarketDay } from '../codec/value/market-day.js'
import { abortedBy, type EndedBy } from '../foundation/ended-by.js'
import { badOption } from '../foundation/errors.js'
import { blockOf } from '../run/feed/capture-report.js'
import { planProtocol } from '../run/options/protocol-plan.js'
import type { CaptureUrl } from '../transport/feed-url.js'
import { createFraming } from '../wire/create-framing.js'
import { type CaptureFramingName, DATAGRAM, type Framing } from '../wire/framing.js'
import type { DecodeProgress, DecodeSource, SourceFacts } from './decode-source.js'
import type { MessageTally } from './message-tally.js'
import { PeakCounter } from './peaks.js'
import { RunFollower } from './run-follower.js'
import { SENT_OFFSETS } from './send-time.js'

const IEX_PROTOCOL_OFFSET = 2
const NS_PER_SECOND = 1_000_000_000n
const UNTOLD =
  'their framing and protocol: name them with --framing and --protocol if you know them.'

/** How to read a recording. */
export interface RecordingOptions {
  readonly url: CaptureUrl
  readonly framing: CaptureFramingName | 'auto'
  /** `auto`, `none`, a built-in protocol's name, or `sbe:FILE.xml`. */
  readonly protocol: string
  readonly session: string | undefined
  /** `YYYY-MM-DD`, of times of day. */
  readonly date: string | undefined
  readonly signal: AbortSignal | undefined
}

interface Opened {
  readonly reader: CaptureReader
  readonly framing: Framing
  readonly told: boolean
  readonly protocol: Protocol | undefined
  readonly day: MarketDay | undefined
}

/** Reads a recording once, front to back. It is not delivered as a feed, so its counts are a second opinion. */
export class RecordingSource implements DecodeSource {
  readonly live = false
  readonly protocol: Protocol | undefined
  readonly day: MarketDay | undefined
  readonly #reader: CaptureReader
  readonly #framing: Framing
  readonly #told: boolean
  readonly #signal: AbortSignal | undefined
  readonly #follower: RunFollower
  readonly #peaks = new PeakCounter()
  readonly #sentOffset: number | undefined
  /** The messages of a packet share its sequence. */
  readonly #step: number
  #datagrams = 0
  #heartbeats = 0
  #invalid = 0
  #foreign = 0
  #firstNs: bigint | null = null
  #lastNs: bigint | null = null

  private constructor(
    { reader, framing, told, protocol, day }: Opened,
    signal: AbortSignal | undefined,
  ) {
    this.#reader = reader
    this.#framing = framing
    this.#told = told
    this.protocol = protocol
    this.day = day
    this.#signal = signal
    this.#follower = new RunFollower(framing)
    this.#sentOffset = SENT_OFFSETS[framing.name]
    this.#step = framing.blocks === 'packet' ? 0 : 1
  }

  /**
   * Opens a recording and finds out what it is.
   *
   * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_PERMISSION, TW_BAD_FILE, TW_NOT_SUPPORTED, TW_BAD_OPTION,
   * TW_BAD_SCHEMA
   */
  static async open(options: RecordingOptions): Promise<RecordingSource> {
    const { date, signal, session } = options
    const { path, to } = options.url
    const captured = await openFramedCapture(path, options.framing, { to, date, signal })
    const { reader } = captured
    try {
      const { payloads, beginnings, firstSeconds } = await reader.sample()
      const framing = createFraming(captured.framing, session)
      const shown = payloads[0] ?? beginnings[0]?.bytes
      const protocol = await protocolOf(options.protocol, captured, shown)
      const day = dayOf(protocol, reader, path, date, firstSeconds)
      return new RecordingSource({ reader, framing, told: captured.told, protocol, day }, signal)
    } catch (error) {
      await reader.close()
      throw error
    }
  }

  get name(): string {
    return this.#reader.name
  }

  get framing(): CaptureFramingName | null {
    return this.#told ? this.#framing.name : null
  }

  get received(): boolean {
    return this.#reader.hasReceiveTime
  }

  get progress(): DecodeProgress {
    return this.#reader
  }

  async run(tally: MessageTally, drained: () => Promise<void>): Promise<EndedBy> {
    const reader = this.#reader
    const signal = this.#signal
    while (await reader.fill()) {
      while (!tally.satisfied && reader.next()) this.#datagram(tally)
      await drained()
      if (tally.satisfied) return 'count'
      if (signal?.aborted === true) return abortedBy(signal)
    }
    return signal?.aborted === true ? abortedBy(signal) : 'end-of-file'
  }

  facts(): SourceFacts {
    const { gaps, missing, restarts, duplicates } = this.#follower
    const counts = this.#reader.counts()
    return {
      datagrams: this.#datagrams,
      heartbeats: this.#heartbeats,
      gaps,
      missing,
      restarts,
      duplicates,
      invalidDatagrams: this.#invalid,
      foreignDatagrams: this.#foreign,
      firstNs: this.#firstNs === null ? null : String(this.#firstNs),
      lastNs: this.#lastNs === null ? null : String(this.#lastNs),
      peaks: this.#peaks.peaks(),
      capture: { ...blockOf([counts]), repeats: counts.repeats },
      ledger: null,
    }
  }

  warnings(): readonly string[] {
    const warnings = this.#reader.warnings()
    if (this.#told || this.#reader.packets === 0) return warnings
    return [...warnings, `${this.name}: no datagram is whole, and nothing tells ${UNTOLD}`]
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  #datagram(tally: MessageTally): void {
    const reader = this.#reader
    const framing = this.#framing
    this.#datagrams++
    if (reader.hasReceiveTime) {
      const unixNs = reader.unixNs()
      tally.head.receivedNs = unixNs
      this.#firstNs ??= unixNs
      this.#lastNs = unixNs
    }
    const kind = framing.open(reader.view, reader.offset, reader.length)
    if (kind === DATAGRAM.invalid) this.#invalid++
    else if (kind === DATAGRAM.foreign) this.#foreign++
    else if (kind === DATAGRAM.idle) this.#heartbeats++
    else {
      const place = this.#follower.follow()
      if (framing.messageCount === 0) this.#heartbeats++
      else if (place !== 'old') this.#walk(tally)
    }
  }

  #walk(tally: MessageTally): void {
    const { view, offset, timeNs } = this.#reader
    const framing = this.#framing
    const sentOffset = this.#sentOffset
    if (sentOffset !== undefined) tally.head.sentNs = view.getBigInt64(offset + sentOffset, true)
    const before = tally.messages
    let { sequence } = framing
    while (framing.next()) {
      tally.take(view, framing.messageOffset, framing.messageLength, sequence)
      sequence += this.#step
      if (tally.satisfied) break
    }
    this.#peaks.note(timeNs, tally.messages - before)
  }
}

async function protocolOf(
  asked: string,
  { framing, told }: FramedCapture,
  shown: Uint8Array | undefined,
): Promise<Protocol | undefined> {
  // A framing that nothing told contradicts no protocol, and is a sign of none.
  if (!told) return asked === 'auto' || asked === 'none' ? undefined : loadProtocol(asked)
  const planned = planProtocol(asked, framing)
  if (planned === 'none') return undefined
  if (planned !== 'auto') return loadProtocol(planned)
  if (shown === undefined || shown.byteLength < IEX_PROTOCOL_OFFSET + 2) return undefined
  const view = new DataView(shown.buffer, shown.byteOffset, shown.byteLength)
  const name = protocolOfIexTp(view.getUint16(IEX_PROTOCOL_OFFSET, true))
  return name === undefined ? undefined : loadProtocol(name)
}

/** The day that times of day count in, where the protocol has such times. */
function dayOf(
  protocol: Protocol | undefined,
  reader: CaptureReader,
  path: string,
  date: string | undefined,
  firstSeconds: number | undefined,
): MarketDay | undefined {
  const zone = protocol?.timeZone ?? null
  if (zone === null) {
    if (date !== undefined && protocol !== undefined && reader.hasReceiveTime) {
      throw badOption(
        `a date is given, and messages of ${protocol.title} have no times of day`,
        'Leave the date out.',
      )
    }
    return undefined
  }
  if (date !== undefined) return new MarketDay(date, zone)
  if (reader.hasReceiveTime) {
    return firstSeconds === undefined
      ? undefined
      : MarketDay.at(BigInt(firstSeconds) * NS_PER_SECOND, zone)
  }
  const named = dateInFileName(path)
  return named === undefined ? undefined : new MarketDay(named, zone)
}
