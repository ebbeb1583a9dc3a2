import { assert } from '../foundation/assert.js'
import { copyBytes } from '../foundation/copy-bytes.js'
import { TickwireError } from '../foundation/errors.js'
import { NS_PER_SECOND, TWO_POW_32 } from '../foundation/units.js'
import { AF_INET, AF_INET6 } from '../native/constants.js'
import { SOCKET_ADDRESS_ROOM_BYTES } from '../native/socket-address.js'
import type { CutDatagram } from '../wire/detect-cut-framing.js'
import { dateInName } from './binary-file-date.js'
import { openByteInput, STANDARD_INPUT } from './bytes/byte-input.js'
import { MemoryInput } from './bytes/memory-input.js'
import { ResumedInput } from './bytes/resumed-input.js'
import { type Packing, type UnpackedInput, unpack } from './bytes/unpacked-input.js'
import { type CaptureCounts, captureWarnings, noDatagrams } from './capture-counts.js'
import { type FirstDatagram, firstDatagramOf } from './coalesced.js'
import { CaptureWindow } from './containers/capture-window.js'
import {
  CAPTURED_BYTES_MAX,
  type CaptureFormat,
  type Container,
  FOUND,
} from './containers/container.js'
import { detectContainer } from './containers/detect-container.js'
import { PCAP_HEADER_BYTES } from './containers/pcap-container.js'
import {
  canonicalDestination,
  Destinations,
  noSuchDestination,
  severalDestinations,
} from './destinations.js'
import { REASSEMBLED_BYTES_MAX } from './packets/fragment-table.js'
import { PACKET, PacketParser } from './packets/packet-parser.js'
import { PacketReasons, REASON } from './packets/packet-reasons.js'
import { edgesOf, Repeats } from './repeats.js'

/** Bytes that are read at once, and room for a packet that they cut. */
const CHUNK_BYTES = 2 ** 20
const ROOM_BYTES = CAPTURED_BYTES_MAX + 16_384
/** Datagrams by which a framing is recognised. */
const SAMPLES = 16
/** Bytes that have to come before it is worth looking again. */
const SAMPLE_STEP_BYTES = 64
/** Datagrams that follow one another with equal bytes within this time are counted as repeats. */
const REPEAT_NS = 100e3

/** How to read; everything has a default. */
export interface CaptureReaderOptions {
  /**
   * `ADDRESS:PORT` of the only destination to read; null: all of them. Left out: the only one that there
   * is, and several are an error that lists them.
   */
  readonly to?: string | null | undefined
  /** The framing of the datagrams, so that coalesced ones are cut; see also `cutFor`. */
  readonly framing?: string | undefined
  /** `binaryfile` where the content does not tell; a pcap is told by its content. */
  readonly format?: CaptureFormat | undefined
  /** The day of a BinaryFILE, `YYYY-MM-DD` in New York. Default: MMDDYYYY in the file's name. */
  readonly date?: string | undefined
  /** Leaves out what was captured twice within so many nanoseconds. Default 0: nothing. */
  readonly dedupeNs?: number | undefined
  /** Ends the wait for a pipe that brings nothing. */
  readonly signal?: AbortSignal | undefined
  /** Where in the recording to begin, as its index tells. Default: at the beginning. */
  readonly place?: ReadingPlace | undefined
  /** Bytes to read at once. */
  readonly chunkBytes?: number | undefined
}

/** The beginning of a packet within a file. */
export interface ReadingPlace {
  /** Byte of the file to begin with: of a packed one the beginning of a member or frame. */
  readonly at: number
  /** Unpacked bytes from there to the packet. */
  readonly skip: number
  /** The file's own header. */
  readonly head: Uint8Array
}

/** What the beginning of a recording shows, before anything was taken from it. */
export interface CaptureSample {
  /** Copies of the first payloads, at most 16. */
  readonly payloads: readonly Uint8Array[]
  /** What a snap length left of the first payloads that were cut short, at most 16. */
  readonly beginnings: readonly CutDatagram[]
  /** Seconds since 1970 of the first packet; undefined without one. */
  readonly firstSeconds: number | undefined
}

/**
 * Reads the UDP datagrams of a recording once, front to back, in constant memory: pcap, pcapng and NASDAQ
 * BinaryFILE, plain, gzip or zstd, from a file, a FIFO or standard input. One thread.
 *
 * ```ts
 * const reader = await CaptureReader.open('day.pcap.gz')
 * while (await reader.fill()) {
 *   while (reader.next()) {
 *     reader.view        // `length` bytes at `offset`, valid until the following `next`
 *     reader.timeNs      // since reader.epochSeconds, exact for 104 days; `unixNs()` for all
 *   }
 * }
 * await reader.close()
 * reader.counts()        // where every packet went
 * ```
 *
 * `fill` waits for bytes, `next` never does, allocates nothing and copies nothing. What is broken is a
 * TW_BAD_FILE that names packet and byte, thrown after all that came before it.
 */
export class CaptureReader {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The same memory as `bytes`; payloads lie in it. */
  readonly view: DataView<ArrayBuffer>
  /** The payload of the present datagram. */
  offset = 0
  length = 0
  /** When it was captured: seconds since 1970, nanoseconds within; and since `epochSeconds`. */
  seconds = 0
  nanoseconds = 0
  timeNs = 0
  /** The second of the first packet. */
  epochSeconds = Number.NaN
  /** When the first and the last datagram were captured, since `epochSeconds`; NaN without one. */
  firstNs = Number.NaN
  lastNs = Number.NaN
  /** Datagrams so far. */
  datagrams = 0
  /** Where the present packet itself begins in the unpacked recording. */
  packetOffset = 0
  /** Where the record of the present packet begins in the unpacked recording, its header included. */
  recordOffset = 0
  /** The number of its destination in `destinations`. */
  destination = 0
  sourcePort = 0
  readonly destinations = new Destinations()

  readonly #input: UnpackedInput
  readonly #options: CaptureReaderOptions
  readonly #window: CaptureWindow
  readonly #chunkBytes: number
  readonly #parser: PacketParser
  readonly #reasons = new PacketReasons()
  readonly #context: { name: string; packets: number }
  readonly #wanted: string | null | undefined
  readonly #repeats = new Repeats()
  readonly #dedupeNs: number
  #container: Container
  #firstDatagram: FirstDatagram | undefined
  #chosen = -1
  #rest = 0
  #truncated = 0
  #longestTruncated = 0
  #cut = 0
  #coalesced = 0
  #repeated = 0
  #previousNs = Number.NaN
  #previousLength = -1
  #previousHash = 0
  #fresh = true
  /** What went wrong with bytes behind those that are at hand. */
  #deferred: unknown
  #ended = false
  #closed = false
  #midnightKnown = false

  private constructor(
    name: string,
    input: UnpackedInput,
    window: CaptureWindow,
    options: CaptureReaderOptions,
  ) {
    this.name = name
    this.#input = input
    this.#window = window
    this.#options = options
    this.bytes = window.bytes
    this.view = window.view
    this.#chunkBytes = options.chunkBytes ?? CHUNK_BYTES
    this.#parser = new PacketParser(window.tail)
    this.#context = { name, packets: 0 }
    const { to } = options
    this.#wanted = typeof to === 'string' ? canonicalDestination(to) : to
    this.#dedupeNs = options.dedupeNs ?? 0
    this.#firstDatagram = firstDatagramOf(options.framing)
    this.#container = this.#detect()
  }

  /**
   * Opens a recording and waits for its first packet.
   *
   * @param path of a file or FIFO; `-`: standard input
   * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_PERMISSION, TW_BAD_FILE, TW_NOT_SUPPORTED (zstd);
   * TW_BAD_OPTION if several destinations are in sight and none was chosen, or for a bad option
   */
  static async open(path: string, options: CaptureReaderOptions = {}): Promise<CaptureReader> {
    const name = path === STANDARD_INPUT ? 'standard input' : path
    const { place } = options
    const file = await openByteInput(path, place?.at)
    const leave = () => void file.close()
    options.signal?.addEventListener('abort', leave, { once: true })
    try {
      if (options.signal?.aborted === true) leave()
      const unpacked = await unpack(name, file)
      const input =
        place === undefined ? unpacked : new ResumedInput(unpacked, place.head, place.skip)
      return await CaptureReader.#begin(name, input, options)
    } catch (error) {
      await file.close()
      throw error
    } finally {
      options.signal?.removeEventListener('abort', leave)
    }
  }

  /** Reads a recording that is in memory, packed or not. @throws as `open` does */
  static async fromBytes(
    bytes: Uint8Array,
    options: CaptureReaderOptions = {},
    name = 'the recording',
  ): Promise<CaptureReader> {
    return CaptureReader.#begin(name, await unpack(name, new MemoryInput(bytes)), options)
  }

  static async #begin(
    name: string,
    input: UnpackedInput,
    options: CaptureReaderOptions,
  ): Promise<CaptureReader> {
    const chunkBytes = options.chunkBytes ?? CHUNK_BYTES
    const window = new CaptureWindow(CHUNK_BYTES + ROOM_BYTES, REASSEMBLED_BYTES_MAX)
    let more = true
    while (more && window.length < PCAP_HEADER_BYTES) more = await window.fill(input, chunkBytes)
    const reader = new CaptureReader(name, input, window, options)
    // Of a file, a whole chunk is looked at; of a pipe, what it takes to have a packet.
    const wantedBytes = Number.isNaN(input.totalBytes) ? 0 : chunkBytes
    const wantedSamples = options.framing === 'auto' ? SAMPLES : 1
    let problem: unknown
    let sampledBytes = 0
    try {
      while (more && window.length < CHUNK_BYTES) {
        const enough = window.length >= Math.max(wantedBytes, sampledBytes + SAMPLE_STEP_BYTES)
        if (enough && (await reader.#sampled(wantedSamples))) break
        if (enough) sampledBytes = window.length
        more = await window.fill(input, chunkBytes)
      }
    } catch (error) {
      // What came before is read first.
      problem = error
    }
    if (problem !== undefined && window.length === 0) throw problem
    reader.#deferred = problem
    await reader.#lookAhead(!more)
    return reader
  }

  /** Whether the bytes at hand hold so many datagrams, or are not what they seem. */
  async #sampled(count: number): Promise<boolean> {
    const { payloads, firstSeconds } = await this.sample()
    return count === 1 ? firstSeconds !== undefined : payloads.length >= count
  }

  /** What the bytes at hand show; nothing is taken. For `--framing auto`, and for a clock's epoch. */
  async sample(): Promise<CaptureSample> {
    const payloads: Uint8Array[] = []
    const beginnings: CutDatagram[] = []
    let firstSeconds: number | undefined
    const copy = await this.#copy()
    copy.#beginnings = beginnings
    try {
      while (payloads.length < SAMPLES && copy.next()) {
        const { offset, length } = copy
        payloads.push(copy.bytes.slice(offset, offset + length))
      }
    } catch {
      // Whoever reads on meets the fault where it is.
    }
    if (!Number.isNaN(copy.epochSeconds)) firstSeconds = copy.epochSeconds
    return { payloads, beginnings, firstSeconds }
  }

  /** Where a sample's reader leaves what it meets of datagrams that were cut short. */
  #beginnings: CutDatagram[] | undefined

  /** A reader of its own over what is in the window; only before anything was taken. */
  async #copy(): Promise<CaptureReader> {
    const { bytes, start, end } = this.#window
    assert(this.#context.packets === 0, 'a recording is sampled before it is read')
    const head = this.#headBytes
    const all = new Uint8Array(head.length + end - start)
    all.set(head)
    all.set(bytes.subarray(start, end), head.length)
    const window = new CaptureWindow(all.length, REASSEMBLED_BYTES_MAX)
    const input = await unpack(this.name, new MemoryInput(new Uint8Array(0)))
    window.bytes.set(all, window.start)
    window.end = window.start + all.length
    const options = { ...this.#options, to: this.#wanted ?? null }
    return new CaptureReader(this.name, input, window, options)
  }

  /** The file's header, which a copy needs too. */
  #headBytes: Uint8Array = new Uint8Array(0)

  /** Refuses what is in sight already: several destinations, or not the one that was asked for. */
  async #lookAhead(isAll: boolean): Promise<void> {
    if (this.#container.format === 'binaryfile' || this.#wanted === null) return
    const copy = await this.#copy()
    try {
      while (copy.next());
    } catch {
      // As above.
    }
    const { destinations } = copy
    if (this.#wanted === undefined) {
      if (destinations.size > 1) throw severalDestinations(this.name, destinations)
    } else if (isAll && copy.datagrams === 0 && destinations.size > 0) {
      throw noSuchDestination(this.name, this.#wanted, destinations)
    }
  }

  /** From now on coalesced datagrams of that framing are cut. */
  cutFor(framing: string): void {
    this.#firstDatagram = firstDatagramOf(framing)
  }

  /** How it is recorded and packed. */
  get format(): CaptureFormat {
    return this.#container.format
  }

  /** Packets so far: the number of the present one, counted from 1. */
  get packets(): number {
    return this.#context.packets
  }

  /** The header of the pcap that is read. */
  get head(): Uint8Array {
    return this.#headBytes
  }

  /** The file headers that have come: a recording may be several, one behind the other. */
  headers = 0

  /** Whether datagrams have a time of their own arrival; not so in a BinaryFILE. */
  get hasReceiveTime(): boolean {
    return this.#container.format !== 'binaryfile'
  }

  /** Whether `seconds` count from 1970; of a BinaryFILE without a date they count from midnight. */
  get hasDate(): boolean {
    return this.#container.format !== 'binaryfile' || this.#midnightKnown
  }

  /** Bytes of the packed file and how many of them have been read; NaN where nobody knows. */
  get totalBytes(): number {
    return this.#input.totalBytes
  }

  get consumedBytes(): number {
    return this.#input.consumedBytes
  }

  get packing(): Packing {
    return this.#input.packing
  }

  /** When the present datagram was captured, nanoseconds since 1970. Allocates: not for each. */
  unixNs(): bigint {
    return BigInt(this.seconds) * BigInt(NS_PER_SECOND) + BigInt(this.nanoseconds)
  }

  /** IP addresses of the present datagram; not known in a BinaryFILE. Not hot. */
  get sourceAddressBytes(): Uint8Array {
    const { sourceOffset, addressBytes } = this.#parser
    return this.bytes.subarray(sourceOffset, sourceOffset + addressBytes)
  }

  get destinationAddressBytes(): Uint8Array {
    const { destinationOffset, addressBytes } = this.#parser
    return this.bytes.subarray(destinationOffset, destinationOffset + addressBytes)
  }

  get destinationPort(): number {
    return this.#parser.destinationPort
  }

  /**
   * Writes the socket address of whoever sent the present datagram to the first 32 bytes of `name`; false
   * where a recording does not tell. No allocation.
   */
  copySender(name: DataView): boolean {
    return this.#copyAddress(name, this.#parser.sourceOffset, this.#parser.sourcePort)
  }

  /** The same with whom it was sent to. */
  copyDestination(name: DataView): boolean {
    return this.#copyAddress(name, this.#parser.destinationOffset, this.#parser.destinationPort)
  }

  #copyAddress(name: DataView, offset: number, port: number): boolean {
    if (!this.hasReceiveTime) return false
    const ipv6 = this.#parser.addressBytes === 16
    for (let i = 0; i < SOCKET_ADDRESS_ROOM_BYTES; i += 4) name.setUint32(i, 0)
    name.setUint16(0, ipv6 ? AF_INET6 : AF_INET, true)
    name.setUint16(2, port)
    copyBytes(this.view, offset, name, ipv6 ? 8 : 4, ipv6 ? 16 : 4)
    return true
  }

  /** Who sent the present datagram: port and address as one number, folded where it is longer; NaN: unknown. */
  get senderNumber(): number {
    if (!this.hasReceiveTime) return Number.NaN
    const { sourceOffset, addressBytes, sourcePort } = this.#parser
    let address = 0
    for (let i = 0; i < addressBytes; i += 4) address ^= this.view.getUint32(sourceOffset + i)
    return sourcePort * TWO_POW_32 + (address >>> 0)
  }

  /** The destination of the present datagram as `ADDRESS:PORT`. Not hot. */
  get destinationText(): string {
    return this.destinations.text(this.destination)
  }

  /**
   * Makes more bytes ready for `next`, which has to have said no; false at the end of the recording.
   *
   * @throws {TickwireError} TW_BAD_FILE; TW_BAD_OPTION at the end, if nothing went to the destination that
   * was asked for
   */
  async fill(): Promise<boolean> {
    if (this.#fresh) {
      this.#fresh = false
      if (this.#window.length > 0) return true
    }
    if (this.#ended || this.#closed) return false
    try {
      if (this.#deferred !== undefined) throw this.#deferred
      if (await this.#window.fill(this.#input, this.#chunkBytes)) return true
    } catch (error) {
      this.#end()
      if (!(error instanceof TickwireError)) throw error
      const where = `${error.what}, behind packet ${this.#context.packets}`
      throw new TickwireError(error.code, where, error.remedy, { cause: error })
    }
    this.#end()
    if (typeof this.#wanted === 'string' && this.datagrams === 0 && this.destinations.size > 0) {
      throw noSuchDestination(this.name, this.#wanted, this.destinations)
    }
    return false
  }

  /**
   * Moves to the next datagram of the bytes at hand; false if there is none. Hot.
   *
   * @throws {TickwireError} TW_BAD_FILE; TW_BAD_OPTION where a second destination shows and none was chosen
   */
  next(): boolean {
    if (this.#rest > 0) {
      this.offset += this.length
      this.#coalesced++
      this.#cutFirst(this.#rest)
      return true
    }
    for (;;) {
      const recordOffset = this.#window.fileOffset
      const found = this.#container.next()
      if (found === FOUND.packet) this.recordOffset = recordOffset
      if (found === FOUND.packet) {
        if (this.#takePacket(this.#container)) return true
      } else if (found === FOUND.nothing) return false
      else if (found === FOUND.header) this.#container = this.#detect()
    }
  }

  /** Gives the file back; a `fill` that waits comes to its end. May be called twice, at any time. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#input.close()
  }

  /** Where every packet so far went. */
  counts(): CaptureCounts {
    const { fragments } = this.#parser
    return {
      format: this.#container.format,
      packing: this.#input.packing,
      packets: this.#context.packets,
      otherPackets: this.#reasons.byName(),
      truncated: this.#truncated,
      fragments: {
        reassembled: fragments.reassembled,
        incomplete: fragments.incomplete + fragments.waiting,
        parts: fragments.parts,
      },
      cut: this.#cut,
      coalesced: this.#coalesced,
      repeats: this.#repeated,
    }
  }

  /** What the user of the recording should know of it, in sentences. */
  warnings(): string[] {
    return captureWarnings(this.name, this.counts(), this.datagrams, {
      longestTruncated: this.#longestTruncated,
      endedEarly: this.#input.endedEarly,
      trailingBytes: this.#input.trailingBytes,
    })
  }

  /** The error for a recording without a datagram, with what it holds instead. */
  noDatagrams(): TickwireError {
    return noDatagrams(this.name, this.counts())
  }

  /** Counts a datagram as something else after all: the caller has no use for it. */
  passOver(reason: number): void {
    this.datagrams--
    this.#reasons.add(reason)
  }

  #takePacket(container: Container): boolean {
    this.#context.packets++
    const { packetStart, packetEnd, seconds, nanoseconds } = container
    if (Number.isNaN(this.epochSeconds)) this.epochSeconds = seconds
    this.seconds = seconds
    this.nanoseconds = nanoseconds
    this.timeNs = (seconds - this.epochSeconds) * NS_PER_SECOND + nanoseconds
    this.packetOffset = this.#window.fileOffset - (this.#window.start - packetStart)
    if (container.format === 'binaryfile') {
      this.offset = packetStart
      this.length = packetEnd - packetStart
      this.#count()
      return true
    }
    const parser = this.#parser
    const kind = parser.find(this.bytes, packetStart, packetEnd, container.linkType, this.timeNs)
    if (kind === PACKET.datagram) return this.#takeDatagram()
    if (kind === PACKET.other) this.#reasons.add(parser.reason)
    else if (kind === PACKET.truncated) {
      this.#truncated++
      this.#longestTruncated = Math.max(this.#longestTruncated, packetEnd - packetStart)
      if (this.#beginnings !== undefined) this.#keepBeginning(this.#beginnings, packetEnd)
    }
    return false
  }

  #keepBeginning(beginnings: CutDatagram[], packetEnd: number): void {
    const { payloadOffset, payloadBytes } = this.#parser
    if (payloadBytes === 0 || beginnings.length >= SAMPLES) return
    const bytes = this.bytes.slice(payloadOffset, packetEnd)
    beginnings.push({ bytes, length: payloadBytes })
  }

  #takeDatagram(): boolean {
    const parser = this.#parser
    const { destinationOffset, addressBytes, destinationPort } = parser
    const number = this.destinations.add(
      this.bytes,
      destinationOffset,
      addressBytes,
      destinationPort,
    )
    if (number !== this.#chosen && this.#wanted !== null && !this.#choose(number)) {
      this.#reasons.add(REASON.otherDestinations)
      return false
    }
    this.destination = number
    this.sourcePort = parser.sourcePort
    this.offset = parser.payloadOffset
    if (this.#isRepeated(parser.payloadBytes, number)) {
      this.#reasons.add(REASON.repeated)
      return false
    }
    this.#cutFirst(parser.payloadBytes)
    return true
  }

  /** Whether datagrams to a destination that was not chosen before are to be read. */
  #choose(number: number): boolean {
    if (this.#wanted === undefined) {
      if (this.#chosen >= 0) {
        this.#reasons.add(REASON.otherDestinations)
        throw severalDestinations(this.name, this.destinations)
      }
      this.#chosen = number
      return true
    }
    if (this.#chosen >= 0 || number < 0) return false
    // What was seen before was not it.
    if (this.destinations.count(number) > 1) return false
    if (this.destinations.text(number) !== this.#wanted) return false
    this.#chosen = number
    return true
  }

  #isRepeated(length: number, destination: number): boolean {
    if (this.#dedupeNs > 0) {
      const { view, offset, timeNs } = this
      return this.#repeats.isRepeated(view, offset, length, destination, timeNs, this.#dedupeNs)
    }
    const hash = edgesOf(this.view, this.offset, length) ^ destination
    const same = length === this.#previousLength && hash === this.#previousHash && length > 0
    if (same && Math.abs(this.timeNs - this.#previousNs) <= REPEAT_NS) this.#repeated++
    this.#previousNs = this.timeNs
    this.#previousLength = length
    this.#previousHash = hash
    return false
  }

  /** Opens the first datagram of `length` bytes at `offset`. */
  #cutFirst(length: number): void {
    const first = this.#firstDatagram
    this.length = first === undefined ? length : first(this.view, this.offset, length)
    this.#rest = length - this.length
    this.#count()
  }

  #count(): void {
    this.datagrams++
    if (Number.isNaN(this.firstNs)) this.firstNs = this.timeNs
    this.lastNs = this.timeNs
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#container.leavesPacket()) {
      this.#cut++
      this.#context.packets++
      this.#window.skip(this.#window.length)
    }
    this.#parser.fragments.settle()
  }

  /** The container whose header stands at the front of the window. */
  #detect(): Container {
    const { start, end } = this.#window
    this.#headBytes = this.bytes.slice(start, Math.min(end, start + PCAP_HEADER_BYTES))
    const { format, framing, date } = this.#options
    const binary = format === 'binaryfile' || framing === 'binaryfile'
    const day = date ?? dateInName(this.name)
    this.headers++
    const container = detectContainer(this.#window, this.#context, binary, day)
    if (container.format !== 'pcap') this.#headBytes = new Uint8Array(0)
    this.#midnightKnown = day !== undefined
    return container
  }
}
