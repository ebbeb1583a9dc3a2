import { FEED } from '../../account/feed-counters.js'
import type { MessageDispatch, MessageViews } from '../../codec/message-dispatch.js'
import type { Protocol } from '../../codec/protocols.js'
import { MessageView } from '../../wire/message-view.js'
import type { Handler } from '../handler.js'
import type { OpenRun } from '../open-run.js'
import { FaultCounts } from './fault-counts.js'
import type { RunDelivery } from './run-delivery.js'

/**
 * Delivers packets whose messages share one sequence (`mdp3`), as bytes. A run is one packet, and its framing
 * walks it. One thread.
 */
export class PacketRuns implements RunDelivery {
  readonly #run: OpenRun
  readonly #view = new MessageView()
  readonly #handler: Handler

  constructor(run: OpenRun, handler: Handler) {
    this.#run = run
    this.#handler = handler
  }

  deliverRun(): void {
    const { framing, bytes, first, late, counts } = this.#run
    const view = this.#view
    const handler = this.#handler
    counts[FEED.currentSequence] = first
    while (framing.next()) {
      view.wrap(bytes, framing.messageOffset, framing.messageLength)
      if (late && handler.onLate !== undefined) handler.onLate(view, first)
      else handler.onMessage(view, first)
    }
  }
}

/** The same, each message to the method that names it. */
export class NamedPacketRuns implements RunDelivery {
  readonly #run: OpenRun
  readonly #dispatch: MessageDispatch
  readonly #views: MessageViews
  readonly #handler: Handler
  readonly #faults: FaultCounts

  constructor(run: OpenRun, handler: Handler, protocol: Protocol) {
    this.#run = run
    this.#dispatch = protocol.createDispatch(handler, run.epoch)
    this.#views = protocol.createViews(run.epoch)
    this.#handler = handler
    this.#faults = new FaultCounts(this.#dispatch, run.counts)
  }

  deliverRun(): void {
    const { framing, bytes, first, late, counts } = this.#run
    const dispatch = this.#dispatch
    const handler = this.#handler
    counts[FEED.currentSequence] = first
    while (framing.next()) {
      const { messageOffset, messageLength } = framing
      if (late && handler.onLate !== undefined) {
        handler.onLate(this.#views.select(bytes, messageOffset, messageLength), first)
      } else dispatch.dispatch(bytes, messageOffset, messageLength, first)
    }
    this.#faults.note()
  }
}
