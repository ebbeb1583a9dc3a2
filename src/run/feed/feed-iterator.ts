import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Book } from '../../book/index.js'
import { atMost } from '../../foundation/at-most.js'
import { deferred } from '../../foundation/deferred.js'
import type { BookKeeper } from '../../handle/books/book-keeper.js'
import type { AnyMessageView } from '../../handle/handler.js'
import { MessageCursor } from '../../handle/loop/message-cursor.js'
import type { Naming } from '../../handle/loop/naming.js'
import type { MessageReader } from '../../handle/message-reader.js'
import { closeAccount } from '../handling/close-account.js'
import type { OpenCaptures } from '../handling/open-captures.js'
import type { ControlBlock } from '../thread/control-block.js'

/** How long the caller's thread waits at most before it looks at what time alone brings about. */
const WAIT_MS = 10
/** The same while an answer to a request is awaited. */
const WAITING_MS = 1
/** How long batches may follow one another before timers and sockets of the caller get their turn. */
const TURN_MS = 5
/** How long a caller that was asked to stop may take over its batch; it may be waiting for the stop itself. */
const STOP_GRACE_MS = 2000
/** The part of it in which gaps may still be filled; the rest is for what was held back for them. */
const GAP_GRACE_MS = 500

/**
 * Messages that can be walked without an allocation for each. The object and its `message` are used
 * again: valid until the next batch, or the next message.
 */
export interface MessageBatch<View extends AnyMessageView = AnyMessageView> extends Iterable<View> {
  /** Moves to the next message; false after the last. */
  next(): boolean
  /** The message that `next` moved to. Lies in the ring, nothing is copied. */
  readonly message: View
  /** Its sequence in the feed. */
  readonly sequence: number
  /** Whether it fills a gap behind which messages were handed out before. */
  readonly late: boolean
  /** When it was received, in nanoseconds since the feed's `epoch`; NaN if nobody knows. */
  readonly receivedNs: number
  /**
   * With `books`: the book that an event has changed with this message, as it is now; undefined: none. How,
   * `feed.books.change` tells.
   */
  readonly book: Book | undefined
  /** The name of the protocol that names it, such as `tops16`; null: none does. */
  readonly protocol: string | null
  /**
   * When its datagram was sent, in nanoseconds since 1970; null where the framing does not say. Allocates: not
   * for each message.
   */
  sentUnixNs(): bigint | null
}

/** Reads a feed on the caller's own thread and event loop. */
export class FeedIterator {
  readonly #reader: MessageReader
  readonly #control: ControlBlock
  readonly #lineCount: number
  readonly #captures: OpenCaptures | undefined
  readonly #batch: ReaderBatch
  readonly #keeper: BookKeeper | undefined
  readonly #left = deferred<void>()
  #started = false
  /** Whether a loop is at work. */
  isRunning = false
  /** When gaps are declared lost; Infinity before a stop. */
  #gapsEndMs = Number.POSITIVE_INFINITY

  /**
   * @param naming how messages get their views; none: they are bytes, or native messages
   * @param keeper who applies them to books; none: nobody
   * @param captures recordings that are read here; undefined where others fill the rings
   */
  constructor(
    reader: MessageReader,
    control: ControlBlock,
    lineCount: number,
    naming: Naming | undefined,
    keeper: BookKeeper | undefined,
    captures?: OpenCaptures,
  ) {
    this.#captures = captures
    this.#reader = reader
    this.#control = control
    this.#lineCount = lineCount
    this.#batch = new ReaderBatch(reader, naming, keeper)
    this.#keeper = keeper
  }

  async *batches(): AsyncGenerator<MessageBatch, void, undefined> {
    this.#started = true
    this.isRunning = true
    const reader = this.#reader
    let turnEndsMs = performance.now() + TURN_MS
    try {
      while (!this.#batch.ended && !this.#over()) {
        if (reader.take()) {
          yield this.#batch
          while (this.#batch.next());
          if (performance.now() > turnEndsMs) {
            await nextTurn()
            turnEndsMs = performance.now() + TURN_MS
          }
          continue
        }
        if (performance.now() > this.#gapsEndMs) reader.giveUpGaps()
        // What was held back may have been let go.
        if (reader.whileIdle(true)) {
          yield this.#batch
          while (this.#batch.next());
        }
        await this.#wait()
        turnEndsMs = performance.now() + TURN_MS
      }
      while (this.#captures?.isWhole && !this.#batch.ended && reader.believeLast()) {
        yield this.#batch
        while (this.#batch.next());
      }
    } finally {
      this.isRunning = false
      this.#left.resolve()
    }
  }

  /** Settles when the account is closed, iterated or not. */
  async closed(stopRequested: Promise<void>): Promise<void> {
    await Promise.race([this.#left.promise, stopRequested])
    this.#gapsEndMs = performance.now() + GAP_GRACE_MS
    if (this.#started) await atMost(STOP_GRACE_MS, this.#left.promise)
    this.#batch.end()
    this.#closeCaptures()
    for (const _ of closeAccount(this.#reader, this.#control, this.#lineCount)) await nextTurn()
    this.#keeper?.finish()
  }

  #over(): boolean {
    if (this.#reader.complete) {
      this.#control.requestStop()
      return true
    }
    return this.#control.closedLines === this.#lineCount && this.#reader.left() === 'nothing'
  }

  /** Nothing more is read of the recordings. */
  #closeCaptures(): void {
    this.#captures?.lines.end()
    if (this.#captures === undefined || this.#control.closedLines > 0) return
    for (let line = 0; line < this.#lineCount; line++) this.#control.noteLineClosed()
  }

  async #waitForCaptures({ lines }: OpenCaptures): Promise<void> {
    if (lines.proceed() || this.#control.closedLines > 0) return
    this.#captures?.noteProgress()
    if (!this.#control.stopping && (await lines.wait())) return
    if (!this.#control.stopping && lines.problem === undefined) this.#captures?.noteComplete()
    this.#closeCaptures()
    // Recorded time stands still now: what is missing does not come any more.
    this.#reader.giveUpGaps()
  }

  async #wait(): Promise<void> {
    if (this.#captures !== undefined) {
      await this.#waitForCaptures(this.#captures)
      return
    }
    const bell = this.#control.handlerBell
    bell.arm()
    const left = this.#reader.left()
    // Answers may still come when all lines are closed.
    if (left === 'gaps') await bell.waitAsync(WAITING_MS)
    else if (left === 'nothing' && this.#control.closedLines < this.#lineCount) {
      await bell.waitAsync(WAIT_MS)
    } else bell.disarm()
  }
}

/** Allocated once per feed; so is the result that its iterator hands out. */
class ReaderBatch implements MessageBatch {
  ended = false
  readonly #cursor: MessageCursor
  readonly #keeper: BookKeeper | undefined
  readonly #result: { done: boolean; value: AnyMessageView }
  readonly #iterator: Iterator<AnyMessageView>

  constructor(reader: MessageReader, naming: Naming | undefined, keeper: BookKeeper | undefined) {
    this.#cursor = new MessageCursor(reader, naming, keeper)
    this.#keeper = keeper
    this.#result = { done: false, value: this.#cursor.message }
    this.#iterator = {
      next: () => {
        this.#result.done = !this.next()
        this.#result.value = this.#cursor.message
        return this.#result as IteratorResult<AnyMessageView>
      },
    }
  }

  get message(): AnyMessageView {
    return this.#cursor.message
  }

  get sequence(): number {
    return this.#cursor.sequence
  }

  get late(): boolean {
    return this.#cursor.late
  }

  get receivedNs(): number {
    return this.#cursor.receivedNs
  }

  get book(): Book | undefined {
    const { changed } = this.#cursor
    return changed < 0 ? undefined : this.#keeper?.books?.at(changed)
  }

  get protocol(): string | null {
    return this.#cursor.protocol?.name ?? null
  }

  sentUnixNs(): bigint | null {
    return this.#cursor.sentUnixNs()
  }

  next(): boolean {
    return !this.ended && this.#cursor.next()
  }

  /** Takes the messages away from a caller that still holds the batch. */
  end(): void {
    this.ended = true
  }

  [Symbol.iterator](): Iterator<AnyMessageView> {
    return this.#iterator
  }
}
