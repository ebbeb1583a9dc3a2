import { BOOKS } from '../../account/book-counters.js'
import { FEED } from '../../account/feed-counters.js'
import type { BookTop } from '../../account/top-section.js'
import { BOOK_PROTOCOLS, type BookProtocol, Books, type BooksOptions } from '../../book/index.js'
import { protocolOfIexTp } from '../../codec/protocol-names.js'
import type { Framing } from '../../wire/framing.js'
import { IexTpFraming } from '../../wire/iex-tp-framing.js'
import type { FeedStatus, Gap, Skip } from '../handler.js'
import type { OpenRun } from '../open-run.js'
import { type PublishedTop, TopPublisher } from './top-publisher.js'

const NONE = -1

/** What of a feed's books is kept where others can read it. */
export interface BookCounters {
  /** As BOOKS lays them out. */
  readonly counts: Float64Array
  readonly tops: readonly PublishedTop[]
}

/** Who is told of what is no message. */
interface Listener {
  onGap?: ((gap: Gap) => void) | undefined
  onStatus?: ((status: FeedStatus) => void) | undefined
  onSkip?: ((skip: Skip) => void) | undefined
  onTop?: ((top: BookTop) => void) | undefined
}

/** The same, and what only books are told. */
interface Notified extends Listener {
  onElsewhere: (first: number, count: number) => void
}

/**
 * The books of a feed, in the thread that handles its messages: applies each message that is delivered, tells
 * the books of what will not come and of new beginnings, and keeps what others may read of them.
 *
 * ```
 *   FeedReader -- runs --> BookRuns, MessageCursor --> apply --> Books --> onBook
 *       |                                                          ^
 *       +-- onGap, onSkip, session --> listener() ----- gap, restart
 * ```
 *
 * Most gaps show by themselves, in the sequence of the message behind them. One thread; hot, allocates
 * nothing but when the books' own memory grows.
 */
export class BookKeeper {
  readonly #protocol: BookProtocol | 'auto'
  readonly #options: BooksOptions
  readonly #counters: BookCounters
  #books: Books | undefined
  #tops: TopPublisher | undefined
  /** What was counted last. */
  #version = NONE
  #instruments = NONE
  #growths = NONE

  /**
   * @param protocol `auto`: the header of the first datagram says it; without books from it there are none
   */
  constructor(protocol: BookProtocol | 'auto', options: BooksOptions, counters: BookCounters) {
    this.#protocol = protocol
    this.#options = options
    this.#counters = counters
    if (protocol !== 'auto') this.#make(protocol)
  }

  /** The books; undefined before the first datagram where its header says what they are made from. */
  get books(): Books | undefined {
    return this.#books
  }

  /** The books that the messages of the open datagram are for; undefined if they are of another protocol. */
  booksFor(framing: Framing): Books | undefined {
    if (this.#protocol !== 'auto') return this.#books
    return framing instanceof IexTpFraming ? this.booksOf(framing.protocol) : undefined
  }

  /** The same where the number of the protocol in the header of IEX-TP is known. */
  booksOf(iexNumber: number): Books | undefined {
    if (this.#protocol !== 'auto') return this.#books
    const name = protocolOfIexTp(iexNumber)
    const protocol = BOOK_PROTOCOLS.find((one) => one === name)
    if (protocol === undefined) return undefined
    const books = this.#books ?? this.#make(protocol)
    return books.protocol === protocol ? books : undefined
  }

  /** Says when the messages of a run were received: by the kernel, else as the reader's clock has it. */
  begin(books: Books, run: OpenRun): void {
    books.receivedNs = run.receivedNs >= 0 ? run.receivedNs : run.counts[FEED.lastMessageNs]
  }

  /**
   * Applies a message, whose sequence is in the field of the books.
   *
   * @returns the index of the book that changed; -1: none
   */
  apply(books: Books, bytes: DataView, offset: number, length: number): number {
    const changed = books.apply(bytes, offset, length)
    this.#tops?.update(changed)
    return changed
  }

  /** Counts what is known after a run. */
  end(books: Books): void {
    const { counts } = this.#counters
    counts[BOOKS.sequence] = books.lastSequence
    if (books.version !== this.#version || books.instrumentCount !== this.#instruments) {
      this.#count(books)
    }
  }

  /** The same listener, with the books told before it. */
  listener(listener: Listener): Notified {
    const { onGap, onStatus, onSkip, onTop } = listener
    return {
      onGap: (gap: Gap) => {
        this.lose(gap.firstSequence, gap.count)
        onGap?.call(listener, gap)
      },
      onStatus: (status: FeedStatus) => {
        if (status.kind === 'session') this.restart()
        onStatus?.call(listener, status)
      },
      onSkip: (skip: Skip) => {
        this.lose(skip.firstSequence, skip.lastSequence + 1 - skip.firstSequence)
        onSkip?.call(listener, skip)
      },
      onTop: onTop?.bind(listener),
      onElsewhere: (first: number, count: number) => this.#books?.passOver(first, count),
    }
  }

  /** Messages that will not come. */
  lose(first: number, count: number): void {
    const books = this.#books
    if (books === undefined) return
    books.gap(first, count)
    this.#tops?.update(NONE)
    this.end(books)
  }

  /** The publisher begins again. */
  restart(): void {
    const books = this.#books
    if (books === undefined) return
    books.restart()
    this.#tops?.update(NONE)
    this.end(books)
  }

  /** No more messages come: what is half said of an event is forgotten, and the hash of all is kept. */
  finish(): void {
    const books = this.#books
    if (books === undefined) return
    const { counts } = this.#counters
    books.finish()
    this.#count(books)
    const hash = books.allHash
    counts[BOOKS.hashHigh] = Number.parseInt(hash.slice(0, 8), 16)
    counts[BOOKS.hashLow] = Number.parseInt(hash.slice(8), 16)
    counts[BOOKS.finished] = 1
  }

  #make(protocol: BookProtocol): Books {
    const books = new Books(protocol, this.#options)
    const { tops } = this.#counters
    this.#books = books
    if (tops.length > 0) {
      this.#tops = new TopPublisher(books, tops)
      this.#tops.update(NONE)
    }
    this.#count(books)
    return books
  }

  #count(books: Books): void {
    const { counts } = this.#counters
    this.#version = books.version
    this.#instruments = books.instrumentCount
    counts[BOOKS.instruments] = books.instrumentCount
    counts[BOOKS.countedNs] = books.receivedNs
    books.copySuspects(counts, BOOKS.gap)
    if (books.growths === this.#growths) return
    this.#growths = books.growths
    counts[BOOKS.growths] = books.growths
    counts[BOOKS.memoryBytes] = books.memoryBytes
  }
}
