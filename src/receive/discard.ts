import type { ProfileRecorder } from '../account/profile/profile-recorder.js'
import type { Clock, SessionEpoch } from '../foundation/clock.js'
import { TWO_POW_32 } from '../foundation/units.js'
import type { UdpSocket } from '../native/udp-socket.js'
import { Inbox } from '../transport/inbox.js'
import { SlotSource } from '../transport/slot-source.js'
import type { Framing } from '../wire/framing.js'

/** Where nobody asks for times. */
const NO_EPOCH: SessionEpoch = { unixSeconds: 0, highNs: 0, lowNs: 0 }
/** Datagrams, or trains, per system call. */
const BATCH = 32

/** What the receiver of one line notes in a run that is profiled. */
export interface ReceiveProfile {
  /** Tells when slots are handed over. */
  readonly clock: Clock
  /** From which its times are counted. */
  readonly epoch: SessionEpoch
  /** Notes what is discarded. */
  readonly thrownAway: ProfileRecorder
  /** Index of the line. */
  readonly line: number
}

/** Reads datagrams for which there is no room, and forgets all but the number of their messages. */
export class Discard {
  /** Of the last `receive`: the messages of the feed that were in what it read. */
  messages = 0
  /** Of the last `receive`: what of it was of other sources, and the datagrams in that. */
  otherSlots = 0
  otherDatagrams = 0
  /** Whether it ever read messages; of the newest the session and the sequence behind its last. */
  noted = false
  session = 0
  end = 0
  /** The kernel's drop counter beside what was read last. */
  drops = 0
  readonly #framing: Framing
  readonly #inbox: Inbox
  readonly #source: SlotSource
  readonly #profile: ReceiveProfile | undefined

  /** @param allowed addresses of the only sources; none: any source is allowed */
  constructor(
    socket: UdpSocket,
    framing: Framing,
    slotBytes: number,
    allowed: readonly string[],
    profile: ReceiveProfile | undefined,
  ) {
    this.#framing = framing
    this.#profile = profile
    this.#inbox = new Inbox(socket, BATCH, slotBytes, allowed.length > 0)
    this.#source = new SlotSource(this.#inbox.ring, profile?.epoch ?? NO_EPOCH, allowed)
  }

  /** @returns how many were read, or a negative error number as `UdpSocket.receiveMany` */
  receive(): number {
    const source = this.#source
    // When it was seen that the ring is full: while these are read, slots may become free.
    if (this.#profile !== undefined) this.#profile.clock.read()
    // All slots are free here.
    const received = this.#inbox.receive()
    this.messages = 0
    this.otherSlots = 0
    this.otherDatagrams = 0
    if (received <= 0) return received
    const taken = source.take(BATCH)
    for (let nth = 0; nth < taken; nth++) {
      source.open(nth)
      const messages = source.foreign ? 0 : this.#countMessages()
      if (source.foreign) this.#countForeign()
      this.messages += messages
      if (this.#profile !== undefined) this.#note(this.#profile, messages)
      source.close(nth, 1)
    }
    source.release(taken)
    return received
  }

  /** Where the datagram that is open ends, if that is beyond all of its session that were before it. */
  #noteEnd(): void {
    const { session, sequence, messageCount, sequenceBits } = this.#framing
    const end = sequence + messageCount
    const wraps = sequenceBits === 32
    this.drops = this.#source.drops
    if (this.noted && session === this.session) {
      if ((wraps ? (end - this.end) | 0 : end - this.end) <= 0) return
    }
    this.noted = true
    this.session = session
    this.end = wraps ? end % TWO_POW_32 : end
  }

  #countForeign(): void {
    this.otherSlots += 1
    this.otherDatagrams += this.#datagrams()
  }

  /** Notes what the source has opened. */
  #note({ clock, thrownAway, line }: ReceiveProfile, messages: number): void {
    thrownAway.arrivedNs = this.#source.receivedNs
    thrownAway.pushedNs = clock.ns
    thrownAway.noteThrownAway(messages, this.#source.length, this.#datagrams(), line)
  }

  /** Datagrams in what the source has opened. */
  #datagrams(): number {
    const { length, segmentBytes } = this.#source
    return segmentBytes > 0 ? Math.ceil(length / segmentBytes) : 1
  }

  /** Messages in what the source has opened, a datagram or a train. */
  #countMessages(): number {
    const source = this.#source
    if (source.damaged) return 0
    const step = source.segmentBytes > 0 ? source.segmentBytes : Math.max(1, source.length)
    let messages = 0
    for (let at = 0; at < source.length; at += step) {
      const length = Math.min(step, source.length - at)
      this.#framing.open(source.bytes, source.offset + at, length)
      messages += this.#framing.messageCount
      if (this.#framing.messageCount > 0) this.#noteEnd()
    }
    return messages
  }
}
