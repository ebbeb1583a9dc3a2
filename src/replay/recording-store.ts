import { TickwireError } from '../foundation/errors.js'
import type { ReplyFraming } from '../retransmit/server.js'
import { STORED_HEADER_BYTES, type StoredStream } from '../retransmit/store-layout.js'
import { RetransmitStoreWriter } from '../retransmit/store-writer.js'
import { createFraming } from '../wire/create-framing.js'
import { DATAGRAM, type Framing, type FramingName } from '../wire/framing.js'
import { encodeMoldSession, MOLD_SESSION_BYTES } from '../wire/moldudp64.js'

/** The session of a framing that has none: ten spaces. */
const NO_SESSION = new Uint8Array(MOLD_SESSION_BYTES).fill(0x20)

/**
 * Puts the messages of recorded datagrams into a retransmission store. What the recording lacks is
 * missing there too; another session begins the store anew. One thread, not hot.
 */
export class RecordingStore {
  /** Datagrams that the framing could not read; they are in no store. */
  unreadable = 0
  /** Messages that were put into the store, whether or not it still holds them. */
  stored = 0
  readonly #buffer: SharedArrayBuffer
  readonly #framing: Framing
  readonly #replyFraming: ReplyFraming
  #givenSession: Uint8Array | undefined
  #writer: RetransmitStoreWriter | undefined
  /** Of the framing, as of the last datagram that could be read. */
  #session = 0

  /**
   * @param session what requests have to carry, where the recording does not say that
   * @throws {TickwireError} TW_BAD_OPTION for a session that is none, or that the recording itself names
   */
  constructor(buffer: SharedArrayBuffer, framing: FramingName, session: string | undefined) {
    this.#buffer = buffer
    this.#framing = createFraming(framing)
    this.#replyFraming = framing
    if (session !== undefined) this.#givenSession = givenSession(framing, session)
  }

  /** Stores what of a datagram is new. */
  add(payload: Uint8Array): void {
    const bytes = new DataView(payload.buffer, payload.byteOffset, payload.length)
    const framing = this.#framing
    if (framing.open(bytes, 0, bytes.byteLength) === DATAGRAM.invalid) {
      this.unreadable++
      return
    }
    const writer = this.#writerFor(payload)
    const ahead = this.#ahead(writer)
    if (ahead > 0) writer.skip(ahead)
    // Messages that came before, again: a line B, or one that was late.
    for (let old = -ahead; old > 0 && framing.next(); old--);
    while (framing.next()) {
      writer.append(bytes, framing.messageOffset, framing.messageLength)
      this.stored++
    }
    writer.publish()
  }

  /** The writer, with the stream begun that the opened datagram belongs to. */
  #writerFor(payload: Uint8Array): RetransmitStoreWriter {
    const { session } = this.#framing
    let writer = this.#writer
    if (writer === undefined) {
      writer = new RetransmitStoreWriter(this.#buffer, this.#stream(payload))
    } else if (session !== this.#session || this.#hasRestarted(writer)) {
      writer.begin(this.#stream(payload))
    }
    this.#writer = writer
    this.#session = session
    return writer
  }

  /** Without sessions, a publisher that starts again shows in its first sequence alone. */
  #hasRestarted(writer: RetransmitStoreWriter): boolean {
    const { sequence, messageCount, initialSequence } = this.#framing
    return (
      this.#replyFraming === 'raw' &&
      sequence === initialSequence &&
      this.#ahead(writer) < -messageCount
    )
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
      header: this.#replyFraming === 'iex-tp' ? payload.slice(0, STORED_HEADER_BYTES) : undefined,
    }
  }

  #recordedSession(payload: Uint8Array): Uint8Array {
    switch (this.#replyFraming) {
      case 'moldudp64':
        return payload.slice(0, MOLD_SESSION_BYTES)
      case 'iex-tp':
        return encodeMoldSession(String(this.#framing.session))
      case 'raw':
        return NO_SESSION
    }
  }
}

function givenSession(framing: ReplyFraming, session: string): Uint8Array {
  if (framing !== 'moldudp64') return encodeMoldSession(session)
  throw new TickwireError(
    'TW_BAD_OPTION',
    `session is "${session}", and the framing is moldudp64`,
    'Leave the session out: it is in each datagram of the recording.',
  )
}
