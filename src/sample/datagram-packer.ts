import { encodeMoldSession, MOLD_END_OF_SESSION, writeMoldHeader } from '../wire/moldudp64.js'

const MOLD_HEADER_BYTES = 20
const IEX_HEADER_BYTES = 40
const BLOCK_BYTES = 2
/** The usual limit of a payload that must not be fragmented. */
const PAYLOAD_BYTES_MAX = 1_400
/** A publisher sends what it has when its first message is this old. */
const PACKING_NS = 20_000
const HEARTBEAT_NS = 1e9
const SESSION = 'TICKWIRE01'
const IEX_SESSION = 1_234_567_890
const IEX_CHANNEL = 1

/** Takes a finished datagram, which is valid only during the call. */
export type DatagramTaker = (bytes: DataView, length: number, timeNs: number) => void

/**
 * Packs messages into datagrams of a framing, and sends heartbeats when there are none.
 *
 * ```
 *   const offset = packer.begin(timeNs, length)   // room for one message
 *   view.init(packer.bytes, offset) ...
 * ```
 */
export class DatagramPacker {
  readonly bytes = new DataView(new ArrayBuffer(2_048))
  readonly #take: DatagramTaker
  readonly #headerBytes: number
  readonly #protocol: number | undefined
  readonly #session: Uint8Array
  readonly #dayStartNs: bigint
  #firstNs = 0
  #sequence = 1
  #count = 0
  #end: number
  #streamOffset = 0
  #lastSentNs = Number.NaN

  /**
   * @param protocol the number of an IEX-TP protocol; undefined: MoldUDP64
   * @param dayStartNs midnight, since 1970
   */
  constructor(take: DatagramTaker, protocol: number | undefined, dayStartNs: bigint) {
    this.#take = take
    this.#protocol = protocol
    this.#headerBytes = protocol === undefined ? MOLD_HEADER_BYTES : IEX_HEADER_BYTES
    this.#session = encodeMoldSession(SESSION)
    this.#dayStartNs = dayStartNs
    this.#end = this.#headerBytes
  }

  /** Messages that were begun. */
  get messages(): number {
    return this.#sequence - 1 + this.#count
  }

  /**
   * Makes room for a message that happened at `timeNs`; its length and place are written.
   *
   * @returns where in `bytes` the message begins
   */
  begin(timeNs: number, length: number): number {
    const full = this.#end + BLOCK_BYTES + length > PAYLOAD_BYTES_MAX
    if (this.#count > 0 && (full || timeNs - this.#firstNs > PACKING_NS)) this.flush()
    if (this.#count === 0) {
      this.#sendHeartbeats(timeNs)
      this.#firstNs = timeNs
    }
    this.bytes.setUint16(this.#end, length, this.#protocol !== undefined)
    const offset = this.#end + BLOCK_BYTES
    this.#end = offset + length
    this.#count++
    return offset
  }

  /** Sends what is packed. */
  flush(): void {
    if (this.#count > 0) this.#send(this.#count, this.#firstNs + PACKING_NS)
  }

  /** Sends what is packed, and says that nothing will follow. */
  finish(): void {
    this.flush()
    const timeNs = this.#lastSentNs + HEARTBEAT_NS
    this.#send(this.#protocol === undefined ? MOLD_END_OF_SESSION : 0, timeNs)
  }

  #sendHeartbeats(untilNs: number): void {
    while (this.#lastSentNs + HEARTBEAT_NS < untilNs) this.#send(0, this.#lastSentNs + HEARTBEAT_NS)
  }

  #send(count: number, timeNs: number): void {
    const { bytes } = this
    const end = count === this.#count ? this.#end : this.#headerBytes
    if (this.#protocol === undefined)
      writeMoldHeader(bytes, 0, this.#session, this.#sequence, count)
    else this.#writeIexHeader(this.#protocol, count, end, timeNs)
    this.#take(bytes, end, timeNs)
    this.#lastSentNs = timeNs
    this.#streamOffset += end - this.#headerBytes
    this.#sequence += this.#count
    this.#count = 0
    this.#end = this.#headerBytes
  }

  #writeIexHeader(protocol: number, count: number, end: number, timeNs: number): void {
    const { bytes } = this
    bytes.setUint8(0, 1)
    bytes.setUint8(1, 0)
    bytes.setUint16(2, protocol, true)
    bytes.setUint32(4, IEX_CHANNEL, true)
    bytes.setUint32(8, IEX_SESSION, true)
    bytes.setUint16(12, end - IEX_HEADER_BYTES, true)
    bytes.setUint16(14, count, true)
    bytes.setBigInt64(16, BigInt(this.#streamOffset), true)
    bytes.setBigInt64(24, BigInt(this.#sequence), true)
    bytes.setBigInt64(32, this.#dayStartNs + BigInt(timeNs), true)
  }
}
