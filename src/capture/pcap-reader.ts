import { assert } from '../foundation/assert.js'
import { NS_PER_SECOND } from '../foundation/units.js'
import { AddressText } from './address-text.js'
import { ByteWindow } from './byte-window.js'
import { CaptureBytes } from './capture-bytes.js'
import {
  badFile,
  CAPTURED_BYTES_MAX,
  FILE_HEADER_BYTES,
  type PcapFormat,
  parseFileHeader,
  RECORD_HEADER_BYTES,
} from './pcap-format.js'
import { type PacketKind, UdpPayload } from './udp-payload.js'

const CHUNK_BYTES = 65_536

/** A UDP datagram from a capture. */
export interface CapturedDatagram {
  /**
   * Nanoseconds since the first packet of the file, exact for 104 days. Negative where the file is
   * not in order.
   */
  readonly timeNs: number
  /** Not copied: valid until the next batch is asked for. */
  readonly payload: Uint8Array
  readonly destinationAddress: string
  readonly destinationPort: number
  readonly sourceAddress: string
  readonly sourcePort: number
}

/**
 * What has been read so far: `packets` is `datagrams` plus all that was skipped. See
 * {@link PacketKind} for the kinds; a last packet that the file cuts off counts as truncated.
 */
export interface PcapSummary {
  packets: number
  datagrams: number
  skipped: { notUdp: number; fragments: number; truncated: number }
  /** When the first packet was captured, nanoseconds since 1970; `null` without packets. */
  firstPacketUnixNs: bigint | null
}

/** How to read; the defaults are right for all but tests. */
export interface PcapReaderOptions {
  /** Bytes to read from the file at once. */
  readonly chunkBytes?: number
}

/**
 * Reads the UDP datagrams of a classic pcap file, plain or gzip, in the order of the file and in
 * constant memory. Either byte order, micro- or nanoseconds; Ethernet with up to two VLAN tags,
 * Linux cooked, raw IP and BSD loopback; IPv4 and IPv6.
 */
export class PcapReader {
  readonly summary: PcapSummary = {
    packets: 0,
    datagrams: 0,
    skipped: { notUdp: 0, fragments: 0, truncated: 0 },
    firstPacketUnixNs: null,
  }

  readonly #input: CaptureBytes
  readonly #window: ByteWindow
  readonly #format: PcapFormat
  readonly #udp: UdpPayload
  readonly #destinations = new AddressText()
  readonly #sources = new AddressText()
  /** Where the next record begins in the unpacked file. */
  #offset = FILE_HEADER_BYTES
  #firstSeconds = 0
  #firstFraction = 0
  #reading = false

  private constructor(input: CaptureBytes, window: ByteWindow, format: PcapFormat) {
    this.#input = input
    this.#window = window
    this.#format = format
    this.#udp = new UdpPayload(format.linkType)
  }

  /**
   * Opens a capture and reads its header.
   *
   * @throws {TickwireError} `TW_FILE_NOT_FOUND`, `TW_PERMISSION`, `TW_BAD_FILE`
   */
  static async open(path: string, options: PcapReaderOptions = {}): Promise<PcapReader> {
    const input = new CaptureBytes(path, options.chunkBytes ?? CHUNK_BYTES)
    const window = new ByteWindow()
    try {
      while (window.length < FILE_HEADER_BYTES) {
        const chunk = await input.next()
        if (chunk === null) break
        window.append(chunk)
      }
      const headerBytes = Math.min(window.length, FILE_HEADER_BYTES)
      const header = window.bytes.subarray(window.start, window.start + headerBytes)
      const format = parseFileHeader(header, path)
      window.skip(FILE_HEADER_BYTES)
      return new PcapReader(input, window, format)
    } catch (error) {
      await input.close()
      throw error
    }
  }

  /**
   * The datagrams, as many at a time as one read brought; never an empty batch. Closes the file at
   * the end. Can be called once.
   *
   * @throws {TickwireError} `TW_BAD_FILE` after all that could be read has been handed over.
   */
  async *batches(): AsyncGenerator<readonly CapturedDatagram[], void, undefined> {
    assert(!this.#reading, `batches() of ${this.#input.path} was called twice`)
    this.#reading = true
    try {
      for (let more = true; more; ) {
        const batch: CapturedDatagram[] = []
        let failure: unknown
        try {
          this.#takeRecords(batch)
        } catch (error) {
          failure = error
        }
        if (batch.length > 0) yield batch
        if (failure !== undefined) throw failure
        more = await this.#readMore()
      }
    } finally {
      await this.close()
    }
  }

  /** Gives the file back. A `batches` in progress ends at its next read. */
  close(): Promise<void> {
    return this.#input.close()
  }

  /** @returns false at the end of the file. */
  async #readMore(): Promise<boolean> {
    let chunk: Uint8Array | null = null
    try {
      chunk = await this.#input.next()
    } finally {
      if (chunk === null && this.#window.length > 0) {
        this.summary.packets++
        this.summary.skipped.truncated++
      }
    }
    if (chunk !== null) this.#window.append(chunk)
    return chunk !== null
  }

  /** Takes all whole records off the window and appends their datagrams to `batch`. */
  #takeRecords(batch: CapturedDatagram[]): void {
    const window = this.#window
    const { littleEndian } = this.#format
    while (window.length >= RECORD_HEADER_BYTES) {
      const { view, start } = window
      const capturedBytes = view.getUint32(start + 8, littleEndian)
      if (capturedBytes > CAPTURED_BYTES_MAX) {
        throw badFile(
          `${this.#input.path}: the packet at byte ${this.#offset} claims ${capturedBytes} captured bytes, more than ${CAPTURED_BYTES_MAX}`,
          'The file is damaged from there on: fetch it again, or cut it off before that packet',
        )
      }
      const recordBytes = RECORD_HEADER_BYTES + capturedBytes
      if (window.length < recordBytes) return
      const seconds = view.getUint32(start, littleEndian)
      const timeNs = this.#sinceFirstNs(seconds, view.getUint32(start + 4, littleEndian))
      const packetStart = start + RECORD_HEADER_BYTES
      const kind = this.#udp.find(window.bytes, packetStart, start + recordBytes)
      this.#count(kind)
      if (kind === 'datagram') batch.push(this.#datagram(timeNs))
      window.skip(recordBytes)
      this.#offset += recordBytes
    }
  }

  #sinceFirstNs(seconds: number, fraction: number): number {
    const { fractionNs } = this.#format
    if (this.summary.firstPacketUnixNs === null) {
      this.#firstSeconds = seconds
      this.#firstFraction = fraction
      this.summary.firstPacketUnixNs =
        BigInt(seconds) * BigInt(NS_PER_SECOND) + BigInt(fraction * fractionNs)
    }
    const wholeNs = (seconds - this.#firstSeconds) * NS_PER_SECOND
    return wholeNs + (fraction - this.#firstFraction) * fractionNs
  }

  #count(kind: PacketKind): void {
    const { summary } = this
    summary.packets++
    if (kind === 'datagram') summary.datagrams++
    else if (kind === 'not-udp') summary.skipped.notUdp++
    else if (kind === 'fragment') summary.skipped.fragments++
    else summary.skipped.truncated++
  }

  #datagram(timeNs: number): CapturedDatagram {
    const { bytes } = this.#window
    const udp = this.#udp
    return {
      timeNs,
      payload: bytes.subarray(udp.payloadOffset, udp.payloadOffset + udp.payloadBytes),
      destinationAddress: this.#destinations.read(bytes, udp.destinationOffset, udp.addressBytes),
      destinationPort: udp.destinationPort,
      sourceAddress: this.#sources.read(bytes, udp.sourceOffset, udp.addressBytes),
      sourcePort: udp.sourcePort,
    }
  }
}
