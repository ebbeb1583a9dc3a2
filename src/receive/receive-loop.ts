import { LINE } from '../account/line-counters.js'
import type { BoxedNumbers } from '../native/boxed-numbers.js'
import { EAGAIN, POLLIN } from '../native/constants.js'
import { libc } from '../native/libc.js'
import type { UdpSocket } from '../native/udp-socket.js'
import type { Doorbell } from '../ring/doorbell.js'
import { armForKernel } from '../ring/kernel-slots.js'
import { SlotProducer } from '../ring/slot-producer.js'
import type { Membership } from '../transport/membership.js'
import type { Framing } from '../wire/framing.js'
import { Discard, type ReceiveProfile } from './discard.js'
import type { WhenFull } from './when-full.js'

/** Datagrams per system call at most. */
const BATCH = 64
/** Turns between two looks at the kernel's drop counter: a system call each. */
const DROP_CHECK_TURNS = 1024
/** How long a receiver sleeps at most while the ring is full. */
const FULL_WAIT_MS = 1
/** How long a receiver sleeps at most while the socket is empty. */
const EMPTY_WAIT_MS = 10

export interface ReceiveLoopOptions {
  readonly socket: UdpSocket
  readonly ring: SharedArrayBuffer
  /** Rung when datagrams were published. */
  readonly handlerBell: Doorbell
  /** This line's counters; written here only. */
  readonly counters: Float64Array
  readonly whenFull: WhenFull
  /** Counts the messages in datagrams that are discarded. */
  readonly framing: Framing
  /** Addresses of the only sources; the ring then has names. None: any source is allowed. */
  readonly allowedSources: readonly string[]
  /** Empty turns after which the loop sleeps in the kernel; Infinity: it never does. */
  readonly spinTurns: number
  /** Whether the handler's thread may be waiting for the very core that this one spins on. */
  readonly sharesCore: boolean
  /** Of a line that is a group. */
  readonly membership?: Membership | undefined
  /** What is noted for `tune`; undefined: nothing. */
  readonly profile?: ReceiveProfile | undefined
}

/**
 * The receiving side's duty cycle: lets the kernel fill free slots and publishes them, nothing per
 * message. One thread, the one that made the socket.
 */
export class ReceiveLoop {
  readonly #socket: UdpSocket
  readonly #producer: SlotProducer
  readonly #headers: BoxedNumbers
  readonly #handlerBell: Doorbell
  readonly #libc = libc()
  readonly #counters: Float64Array
  readonly #waits: boolean
  readonly #spinTurns: number
  readonly #sharesCore: boolean
  readonly #discard: Discard
  readonly #profile: ReceiveProfile | undefined
  readonly #membership: Membership | undefined
  #turns = 0
  #emptyTurns = 0
  #full = false
  #fullArmed = false
  #unannouncedDrops = 0
  #rawDrops = 0

  constructor(options: ReceiveLoopOptions) {
    this.#socket = options.socket
    this.#producer = new SlotProducer(options.ring)
    this.#headers = armForKernel(options.ring, libc().address(new Uint8Array(options.ring)), true)
    this.#handlerBell = options.handlerBell
    this.#counters = options.counters
    this.#waits = options.whenFull === 'wait'
    this.#spinTurns = options.spinTurns
    this.#sharesCore = options.sharesCore
    this.#discard = new Discard(
      options.socket,
      options.framing,
      this.#producer.layout.slotBytes,
      options.allowedSources,
      options.profile,
    )
    this.#profile = options.profile
    this.#membership = options.membership
  }

  /** One turn: at most one receive call. Returns the datagrams it moved. */
  doWork(): number {
    if (++this.#turns % DROP_CHECK_TURNS === 0) this.#look()
    const producer = this.#producer
    const free = producer.claim(BATCH)
    if (free === 0) return this.#waits ? this.#waitForSpace() : this.#throwAway()
    this.#full = false
    const index = producer.claimedIndex
    const received = this.#socket.receiveMany(this.#headers.at(index), free)
    if (received <= 0) return this.#nothingReceived(received)
    if (this.#unannouncedDrops > 0) {
      producer.setDroppedBefore(index, this.#unannouncedDrops)
      this.#unannouncedDrops = 0
    }
    if (this.#profile !== undefined) this.#stampPushed(this.#profile, received)
    // Where more is waiting than was asked for, the kernel's buffer comes first: the ring is the handler's.
    const handlerWaits = this.#sharesCore && received < free && producer.isBehind
    producer.publish(received)
    // A handler that slept may be waiting for this very core, and so may one whose time slice was over;
    // unless the kernel has let it in already, in the midst of the ringing.
    const rung = this.#handlerBell.ring()
    if ((rung || handlerWaits) && producer.isBehind) this.#libc.sched_yield()
    this.#counters[LINE.datagrams] += received
    this.#emptyTurns = 0
    return received
  }

  /** Brings the line's kernel drop counter up to date. */
  readDrops(): void {
    const raw = this.#socket.drops()
    if (raw < 0) return
    // Signed: sums over processors may be read a little too low, and then go back.
    const news = (raw - this.#rawDrops) | 0
    if (news <= 0) return
    this.#counters[LINE.kernelDrops] += news
    this.#rawDrops = raw
  }

  /**
   * Takes datagrams with wrong checksums out of what the kernel has dropped: they were damaged on their
   * way, and nobody knows whose they were. Only those behind the last datagram, as the counters tell.
   *
   * @param wrongChecksums that the machine has counted until now
   */
  leaveOut(wrongChecksums: number): void {
    const counters = this.#counters
    const wrong = wrongChecksums - counters[LINE.checksumsBefore]
    const news = counters[LINE.kernelDrops] - counters[LINE.dropsBefore]
    counters[LINE.kernelDrops] -= Math.max(0, Math.min(wrong, news))
  }

  /**
   * Takes what the kernel still holds, then notes the last figures. Datagrams that come meanwhile are
   * taken too, but no more than `limit` in all, and never for longer than the handler needs to make
   * room: `mayContinue` is asked whenever nothing moved.
   */
  drain(limit: number, mayContinue: () => boolean): void {
    let moved = 0
    for (;;) {
      const before = this.#counters[LINE.datagrams]
      const free = this.#producer.claim(BATCH) > 0
      this.doWork()
      const taken = this.#counters[LINE.datagrams] - before
      moved += taken
      if (moved >= limit) break
      if (taken > 0) continue
      // Where room is not waited for, an empty buffer is the end whether there is room or not.
      if (free || !this.#waits || !mayContinue()) break
    }
    this.readDrops()
  }

  /**
   * Reads what the kernel still holds and counts it as discarded, for a thread that handles too and
   * has no one to make room; at most `limit` datagrams.
   */
  throwAwayRest(limit: number): void {
    for (let moved = 0; moved < limit; ) {
      const thrown = this.#throwAway()
      if (thrown === 0) break
      moved += thrown
    }
    this.readDrops()
  }

  /** What is looked at now and then. */
  #look(): void {
    this.readDrops()
    const membership = this.#membership
    if (membership === undefined) return
    const index = this.#counters[LINE.interfaceIndex]
    if (index === 0 || index === membership.index) return
    if (membership.tryMoveTo(index)) this.#counters[LINE.joins] += 1
  }

  #nothingReceived(result: number): number {
    if (result < 0 && result !== -EAGAIN) {
      this.#counters[LINE.receiveErrors] += 1
      this.#counters[LINE.receiveErrno] = -result
    }
    // Spinning on would keep the handler from its work until the next tick of the scheduler, milliseconds.
    if (this.#sharesCore && this.#producer.isBehind) this.#libc.sched_yield()
    if (++this.#emptyTurns < this.#spinTurns) return 0
    this.#look()
    this.#socket.wait(POLLIN, EMPTY_WAIT_MS)
    return 0
  }

  /** Before they are handed over, since the other side may look at once. */
  #stampPushed({ clock }: ReceiveProfile, count: number): void {
    clock.read()
    this.#producer.pushedNs = clock.ns
    this.#producer.stampPushed(count)
  }

  /** Leaves datagrams in the kernel's buffer. Sleeps: a core that waits is a core the handler can use. */
  #waitForSpace(): number {
    if (!this.#full) {
      this.#full = true
      this.#producer.countFull()
    }
    if (this.#fullArmed) {
      this.#fullArmed = false
      this.#producer.spaceBell.wait(FULL_WAIT_MS)
    } else {
      this.#fullArmed = true
      this.#producer.spaceBell.arm()
    }
    return 0
  }

  /** Reads datagrams and forgets them, but for the number of their messages. */
  #throwAway(): number {
    const received = this.#discard.receive()
    if (received <= 0) return this.#nothingReceived(received)
    if (!this.#full) {
      this.#full = true
      this.#producer.countFull()
    }
    const { messages, otherSlots, otherDatagrams } = this.#discard
    const counters = this.#counters
    counters[LINE.datagrams] += received
    counters[LINE.otherSources] += otherDatagrams
    counters[LINE.ringDroppedDatagrams] += received - otherSlots
    counters[LINE.ringDroppedMessages] += messages
    if (this.#discard.noted) this.#noteDiscarded(this.#discard)
    this.#unannouncedDrops += messages
    this.#emptyTurns = 0
    return received
  }

  /** Where the newest discarded datagram ended: so far the feed was sent, though nobody will show it. */
  #noteDiscarded({ session, end, drops }: Discard): void {
    const counters = this.#counters
    counters[LINE.discardedSession] = session
    counters[LINE.discardedEnd] = end
    counters[LINE.discardedStamp] = drops
    counters[LINE.discardedMark] = 1
  }
}
