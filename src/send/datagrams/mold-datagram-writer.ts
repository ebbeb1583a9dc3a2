import { TWO_POW_32 } from '../../foundation/units.js'
import { MARKET_DATA_BYTES } from '../../wire/index.js'
import type { MessageStore } from '../../wire/message-store.js'
import {
  encodeMoldSession,
  MOLD_BLOCK_HEADER_BYTES,
  MOLD_COUNT_OFFSET,
  MOLD_HEADER_BYTES,
  MOLD_SEQUENCE_OFFSET,
} from '../../wire/moldudp64.js'
import {
  type DatagramShape,
  type DatagramWriter,
  type Messages,
  shapeOf,
  type WriterOptions,
} from './datagram-writer.js'

/** The first message of a session. */
export const MOLD_FIRST_SEQUENCE = 1

/**
 * Messages as the blocks of MoldUDP64: see `moldudp64.ts` for the layout. Every message written
 * takes a sequence, whatever becomes of its datagram, so that receivers can tell what never left.
 */
export class MoldDatagramWriter implements DatagramWriter {
  readonly shape: DatagramShape
  readonly firstSequence: number
  readonly sequenceBits = 53
  readonly #source: Messages
  /** Whether all messages are native ones. */
  readonly #isNative: boolean
  readonly #store: MessageStore | undefined
  /** The session's ten bytes as big-endian words: two of four bytes, one of two. */
  readonly #session0: number
  readonly #session4: number
  readonly #session8: number
  /** Of the next message. Exact below 2^53. */
  #sequence: number

  /**
   * @param source native messages begin with the first sequence, so that they say the same as the header
   * @throws {TickwireError} TW_BAD_OPTION for a session that is not a name of MoldUDP64
   */
  constructor(source: Messages, session: string, options: WriterOptions = {}) {
    this.shape = shapeOf('moldudp64', options.messageBytes ?? MARKET_DATA_BYTES)
    this.firstSequence = options.firstSequence ?? MOLD_FIRST_SEQUENCE
    this.#sequence = this.firstSequence
    this.#source = source
    this.#isNative = options.messageBytes === undefined
    this.#store = options.store
    const name = new DataView(encodeMoldSession(session).buffer)
    this.#session0 = name.getUint32(0)
    this.#session4 = name.getUint32(4)
    this.#session8 = name.getUint16(8)
  }

  write(bytes: DataView, offset: number, messages: number): number {
    this.#writeHeader(bytes, offset, messages)
    const end = this.#isNative
      ? this.#writeNative(bytes, offset + MOLD_HEADER_BYTES, messages)
      : this.#writeAny(bytes, offset + MOLD_HEADER_BYTES, messages)
    this.#sequence += messages
    if (this.#store !== undefined) this.#keep(this.#store, bytes, offset, messages)
    return end - offset
  }

  /** Blocks of equal length, whose places do not wait for the message before. */
  #writeNative(bytes: DataView, start: number, messages: number): number {
    let at = start
    for (let i = 0; i < messages; i++) {
      bytes.setUint16(at, MARKET_DATA_BYTES)
      this.#source.write(bytes, at + MOLD_BLOCK_HEADER_BYTES)
      at += MOLD_BLOCK_HEADER_BYTES + MARKET_DATA_BYTES
    }
    return at
  }

  #writeAny(bytes: DataView, start: number, messages: number): number {
    let at = start
    for (let i = 0; i < messages; i++) {
      const length = this.#source.write(bytes, at + MOLD_BLOCK_HEADER_BYTES)
      bytes.setUint16(at, length)
      at += MOLD_BLOCK_HEADER_BYTES + length
    }
    return at
  }

  /**
   * Writes a datagram without messages, which tells the next sequence.
   *
   * @param count 0 for a heartbeat, `MOLD_END_OF_SESSION` for the end
   */
  writeSignal(bytes: DataView, offset: number, count: number): void {
    this.#writeHeader(bytes, offset, count)
  }

  /** As `writeMoldHeader`, but with its own words: a sequence above 2^31 would be boxed on its way. */
  #writeHeader(bytes: DataView, offset: number, count: number): void {
    bytes.setUint32(offset, this.#session0)
    bytes.setUint32(offset + 4, this.#session4)
    bytes.setUint16(offset + 8, this.#session8)
    bytes.setUint32(offset + MOLD_SEQUENCE_OFFSET, Math.floor(this.#sequence / TWO_POW_32))
    bytes.setUint32(offset + MOLD_SEQUENCE_OFFSET + 4, this.#sequence % TWO_POW_32)
    bytes.setUint16(offset + MOLD_COUNT_OFFSET, count)
  }

  #keep(store: MessageStore, bytes: DataView, offset: number, messages: number): void {
    let at = offset + MOLD_HEADER_BYTES
    for (let i = 0; i < messages; i++) {
      const length = bytes.getUint16(at)
      store.append(bytes, at + MOLD_BLOCK_HEADER_BYTES, length)
      at += MOLD_BLOCK_HEADER_BYTES + length
    }
    store.publish()
  }
}
