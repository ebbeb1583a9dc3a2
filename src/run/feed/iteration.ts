import type { Books } from '../../book/index.js'
import type { BookKeeper } from '../../handle/books/book-keeper.js'
import { createReader } from '../handling/create-reader.js'
import { type OpenFlow, openFlow } from '../handling/flow-port.js'
import { loadBooks } from '../handling/load-books.js'
import { loadNaming } from '../handling/load-naming.js'
import type { CaptureEnd, OpenCaptures } from '../handling/open-captures.js'
import { type OpenRecovery, openRecovery } from '../handling/recovery-port.js'
import { type FeedData, slotSources } from '../memory/feed-data.js'
import type { ReceiveOptions } from '../options/receive-options.js'
import type { Callbacks } from '../thread/callbacks.js'
import { ControlBlock } from '../thread/control-block.js'
import { FeedIterator } from './feed-iterator.js'

/** What handles a feed on the thread of a caller that iterates over it. */
export class Iteration {
  readonly iterator: FeedIterator
  /** Recordings that this thread reads; undefined where others fill the rings. */
  readonly captures: OpenCaptures | undefined
  readonly #keeper: BookKeeper | undefined
  readonly #recovery: OpenRecovery | undefined
  readonly #flow: OpenFlow | undefined

  private constructor(
    iterator: FeedIterator,
    captures: OpenCaptures | undefined,
    keeper: BookKeeper | undefined,
    recovery: OpenRecovery | undefined,
    flow: OpenFlow | undefined,
  ) {
    this.iterator = iterator
    this.captures = captures
    this.#keeper = keeper
    this.#recovery = recovery
    this.#flow = flow
  }

  /**
   * @param options whose callbacks are told what is no message
   * @throws {TickwireError} TW_BAD_SCHEMA, TW_UNREACHABLE, TW_NO_SUCH_INTERFACE, TW_SYSTEM
   */
  static async open(
    data: FeedData,
    options: ReceiveOptions,
    callbacks: Callbacks,
    captures?: OpenCaptures,
  ): Promise<Iteration> {
    const { recover } = data.plan
    const naming = await loadNaming(data.plan)
    const keeper = await loadBooks(data)
    const listener = {
      onGap: callbacks.guard('onGap', options.onGap),
      onStatus: callbacks.guard('onStatus', options.onStatus),
      onSkip: callbacks.guard('onSkip', options.onSkip),
      onTop: callbacks.guard('onTop', options.onTop),
    }
    const told = keeper?.listener(listener) ?? listener
    const lines = captures?.lines
    const sources = lines?.sources ?? slotSources(data)
    const recovery = recover === undefined ? undefined : openRecovery(data, recover)
    let flow: OpenFlow | undefined
    try {
      flow = lines === undefined ? openFlow(data) : undefined
      const reader = createReader(data, sources, told, recovery, flow, lines?.clock)
      const control = new ControlBlock(data.control)
      const count = data.lines.length
      const iterator = new FeedIterator(reader, control, count, naming, keeper, captures)
      return new Iteration(iterator, captures, keeper, recovery, flow)
    } catch (error) {
      recovery?.close()
      flow?.close()
      throw error
    }
  }

  /** Undefined: none are built, or nobody knows yet from what. */
  get books(): Books | undefined {
    return this.#keeper?.books
  }

  /** Settles when the account is closed, iterated or not, and all that was opened is closed. */
  async closed(stopRequested: Promise<void>): Promise<CaptureEnd | undefined> {
    await this.iterator.closed(stopRequested)
    const end = await this.captures?.close()
    this.#recovery?.close()
    this.#flow?.close()
    return end
  }
}
