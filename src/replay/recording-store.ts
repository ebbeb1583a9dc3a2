import { TickwireError } from '../foundation/errors.js'
import type { ResponseFraming } from '../retransmit/response-framing.js'
import { STORED_HEADER_BYTES, type StoredStream } from '../retransmit/store-layout.js'
import { RetransmitStoreReader } from '../retransmit/store-reader.js'
import { RetransmitStoreWriter } from '../retransmit/store-writer.js'
import { createFraming } from '../wire/create-framing.js'
import { DATAGRAM, type Framing } from '../wire/framing.js'
import { encodeMoldSession, MOLD_SESSION_BYTES } from '../wire/moldudp64.js'

/** The session of a framing that has none: ten spaces. */
const NO_SESSION = new Uint8Array(MOLD_SESSION_BYTES).fill(0x20)

/** Of the header of IEX-TP: the protocol and the channel, which tell streams apart beside the session. */
const IEX_STREAM = { start: 2, end: 8 } as const
/** Room for any message that is compared. */
const COMPARED_BYTES = 65_536

/**
 * Puts the messages of recorded datagrams into a retransmission store. What the recording lacks is
 * missing there too. The store restarts with another session, and with another run of the same: a
 * publisher that started again under the same session shows in old sequences with other bytes. So no
 * request is ever answered with a byte of another run. One thread, not hot.
 */
export class RecordingStore {
  /** Datagrams that the framing could not read; they are in no store. */
  unreadable = 0
  /** Datagrams of another protocol or channel than the first one's; they are in no store. */
  otherStreams = 0
  /** Messages that were put into the store, whether or not it still holds them. */
  stored = 0
  readonly #buffer: SharedArrayBuffer
  readonly #framing: Framing
  readonly #framingName: ResponseFraming
  #givenSession: Uint8Array | undefined
  readonly #reader: RetransmitStoreReader
  readonly #compared = new DataView(new ArrayBuffer(COMPARED_BYTES))
  #writer: RetransmitStoreWriter | undefined
  /** IEX-TP: protocol and channel of the stream that is stored. */
  #iexStream: Uint8Array | undefined
  /** Of the framing, as of the last datagram that could be read. */
  #session = 0

  /**
   * @param session what requests have to carry, where the recording does not say that
   * @throws {TickwireError} TW_BAD_OPTION for a session that is none, or that the recording itself names
   */
  constructor(buffer: SharedArrayBuffer, framing: ResponseFraming, session: string | undefined) {
    this.#buffer = buffer
    this.#reader = new RetransmitStoreReader(buffer)
    this.#framing = createFraming(framing)
    this.#framingName = framing
    if (session !== undefined) this.#givenSession = givenSession(framing, session)
  }

  /** Stores what of a datagram is new. */
  add(payload: Uint8Array): void {
    const bytes = new DataView(payload.buffer, payload.byteOffset, payload.length)
    const framing = this.#framing
    const kind = framing.open(bytes, 0, bytes.byteLength)
    if (kind === DATAGRAM.invalid) this.unreadable++
    if (kind === DATAGRAM.invalid || kind === DATAGRAM.idle) return
    if (this.#isOtherStream(payload)) {
      this.otherStreams++
      return
    }
    const writer = this.#writerFor(payload, bytes)
    const ahead = this.#ahead(writer)
    // A heartbeat behind the store is of a line that lags, or of a run whose first message is to come.
    if (ahead > 0) writer.skip(ahead)
    // Messages that came before, again: a line B, or one that was late.
    for (let old = -ahead; old > 0 && framing.next(); old--);
    while (framing.next()) {
      writer.append(bytes, framing.messageOffset, framing.messageLength)
      this.stored++
    }
    writer.publish()
  }

  #isOtherStream(payload: Uint8Array): boolean {
    if (this.#framingName !== 'iex-tp') return false
    const stream = payload.slice(IEX_STREAM.start, IEX_STREAM.end)
    this.#iexStream ??= stream
    return !stream.every((octet, i) => octet === this.#iexStream?.[i])
  }

  /** The writer, with the stream begun that the opened datagram belongs to. */
  #writerFor(payload: Uint8Array, bytes: DataView): RetransmitStoreWriter {
    const { session } = this.#framing
    let writer = this.#writer
    if (writer === undefined) {
      writer = new RetransmitStoreWriter(this.#buffer, this.#stream(payload))
    } else if (session !== this.#session || this.#hasRestarted(writer, bytes)) {
      writer.begin(this.#stream(payload))
    }
    this.#writer = writer
    this.#session = session
    return writer
  }

  /**
   * Whether the opened datagram is of another run: it holds a sequence that the store has with other
   * bytes, or had so long ago that no line can lag that far. Leaves the framing before its first message.
   */
  #hasRestarted(writer: RetransmitStoreWriter, bytes: DataView): boolean {
    const framing = this.#framing
    const ahead = this.#ahead(writer)
    if (ahead >= 0 || framing.messageCount === 0) return false
    const reader = this.#reader
    if (!reader.refresh()) return false
    let sequence = writer.nextSequence + ahead
    if (sequence < reader.first) return true
    let differs = false
    for (; sequence < writer.nextSequence && !differs && framing.next(); sequence++) {
      const { messageOffset, messageLength } = framing
      const there = reader.tryCopy(sequence, 1, COMPARED_BYTES, this.#compared, 0, 'none')
      differs =
        there === 'copied' &&
        (reader.bytes !== messageLength || !this.#equals(bytes, messageOffset, messageLength))
    }
    framing.open(bytes, 0, bytes.byteLength)
    return differs
  }

  /** Whether the message that was copied for comparing is the same as that one. */
  #equals(bytes: DataView, offset: number, length: number): boolean {
    for (let i = 0; i < length; i++) {
      if (this.#compared.getUint8(i) !== bytes.getUint8(offset + i)) return false
    }
    return true
  }

  /** How far the opened datagram is ahead of the store; negative if it begins with known messages. */
  #ahead(writer: RetransmitStoreWriter): number {
    const ahead = this.#framing.sequence - writer.nextSequence
    return this.#framing.sequenceBits === 32 ? ahead | 0 : ahead
  }

  #stream(payload: Uint8Array): StoredStream {
    return {
      session: this.#givenSession ?? this.#recordedSession(payload),
      firstSequence: this.#framing.sequence,
      header: this.#framingName === 'iex-tp' ? payload.slice(0, STORED_HEADER_BYTES) : undefined,
    }
  }

  #recordedSession(payload: Uint8Array): Uint8Array {
    switch (this.#framingName) {
      case 'moldudp64':
        return payload.slice(0, MOLD_SESSION_BYTES)
      case 'iex-tp':
        return encodeMoldSession(String(this.#framing.session))
      case 'raw':
        return NO_SESSION
    }
  }
}

function givenSession(framing: ResponseFraming, session: string): Uint8Array {
  if (framing !== 'moldudp64') return encodeMoldSession(session)
  throw new TickwireError(
    'TW_BAD_OPTION',
    `session is "${session}", and the framing is moldudp64`,
    'Leave the session out: it is in each datagram of the recording.',
  )
}
