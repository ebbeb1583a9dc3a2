import { FEED } from '../../account/feed-counters.js'
import { messageOf } from '../../foundation/errors.js'
import { NS_PER_MS } from '../../foundation/units.js'
import type { BookKeeper } from '../../handle/books/book-keeper.js'
import type { Handler } from '../../handle/handler.js'
import { createRunDelivery } from '../../handle/loop/create-run-delivery.js'
import { HandleLoop } from '../../handle/loop/handle-loop.js'
import type { Naming } from '../../handle/loop/naming.js'
import type { MessageReader } from '../../handle/message-reader.js'
import type { ThreadClock } from '../../native/create-clock.js'
import type { IdleStrategy } from '../../ring/idle-strategy.js'
import type { HandlerFailure } from '../memory/feed-data.js'
import type { CollectionCounter } from '../thread/collection-counter.js'
import type { ControlBlock } from '../thread/control-block.js'
import { type Agent, runDutyCycle } from '../thread/duty-cycle.js'
import type { Heartbeat } from '../thread/heartbeat.js'
import { closeAccount } from './close-account.js'

/** After a stop, the backlog is delivered for this long; what is left then counts as undelivered. */
const STOP_GRACE_NS = 2000 * NS_PER_MS
/** The part of it in which gaps may still be filled; the rest is for what was held back for them. */
const GAP_GRACE_NS = 500 * NS_PER_MS
/** Turns without work between two looks at what time alone brings about, where turns cost nothing. */
const IDLE_CHECK_TURNS = 64
/** How long the last turns sleep at most while they wait for receivers to close. */
const CLOSE_WAIT_MS = 5

/**
 * Runs the handling side of a feed from the first message to the closed account. One thread, hot until
 * it returns.
 */
export class Delivery {
  readonly loop: HandleLoop
  readonly #reader: MessageReader
  readonly #control: ControlBlock
  readonly #lineCount: number
  readonly #clock: ThreadClock
  readonly #keeper: BookKeeper | undefined
  #deadlineNs = Number.NaN

  constructor(
    reader: MessageReader,
    handler: Handler,
    control: ControlBlock,
    lineCount: number,
    clock: ThreadClock,
    parks: boolean,
    naming: Naming | undefined,
    keeper: BookKeeper | undefined,
  ) {
    const runs = createRunDelivery(reader.run, handler, naming, keeper)
    this.loop = new HandleLoop(reader, runs, parks ? 1 : IDLE_CHECK_TURNS)
    this.#reader = reader
    this.#control = control
    this.#lineCount = lineCount
    this.#clock = clock
    this.#keeper = keeper
  }

  /**
   * Delivers until the total is reached, or a stop has been asked for and the rings are empty.
   *
   * @param agent the loop, or the loop together with what else the thread does
   * @returns what the handler threw, if it did
   */
  deliver(
    agent: Agent,
    idle: IdleStrategy,
    collections: CollectionCounter,
    heartbeat: Heartbeat,
  ): HandlerFailure | null {
    let failure: HandlerFailure | null = null
    try {
      runDutyCycle(agent, idle, () => this.#over(), collections, heartbeat)
    } catch (error) {
      failure = this.failure(error)
      this.#reader.fail()
    }
    collections.end()
    this.#control.requestStop()
    return failure
  }

  /**
   * Takes what is left in the rings, as undelivered, until the receivers are closed; then closes the
   * account.
   *
   * @param readLastCounters called in between
   * @returns what the handler threw in onGap, if it did
   */
  close(readLastCounters: () => void): HandlerFailure | null {
    const reader = this.#reader
    const { handlerBell } = this.#control
    for (const _ of closeAccount(reader, this.#control, this.#lineCount, readLastCounters)) {
      handlerBell.arm()
      handlerBell.wait(CLOSE_WAIT_MS)
    }
    this.#keeper?.finish()
    return reader.problem === undefined ? null : this.failure(reader.problem)
  }

  /** What the handler threw, with the message that it had in its hands. */
  failure(error: unknown): HandlerFailure {
    return {
      sequence: this.#reader.run.counts[FEED.currentSequence],
      message: messageOf(error),
      stack: error instanceof Error ? error.stack : undefined,
    }
  }

  #over(): boolean {
    if (this.#reader.complete || this.#reader.problem !== undefined) return true
    if (!this.#control.stopping) return false
    if (this.#control.closedLines === this.#lineCount && this.#reader.left() === 'nothing')
      return true
    const nowNs = this.#clock.monotonicNs()
    if (Number.isNaN(this.#deadlineNs)) this.#deadlineNs = nowNs + STOP_GRACE_NS
    if (nowNs > this.#deadlineNs - STOP_GRACE_NS + GAP_GRACE_NS) this.#reader.giveUpGaps()
    return nowNs > this.#deadlineNs
  }
}
