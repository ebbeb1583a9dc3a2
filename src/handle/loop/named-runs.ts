import { FEED } from '../../account/feed-counters.js'
import type { MessageDispatch, MessageViews } from '../../codec/message-dispatch.js'
import type { Protocol } from '../../codec/protocols.js'
import { BLOCK_HEADER_BYTES } from '../../wire/blocks.js'
import type { Handler } from '../handler.js'
import type { OpenRun } from '../open-run.js'
import { BlockRuns } from './block-runs.js'
import { FaultCounts } from './fault-counts.js'
import type { Naming } from './naming.js'
import type { RunDelivery } from './run-delivery.js'

/** Delivers messages that lie behind their lengths, each to the method that names it. One thread. */
export class NamedRuns implements RunDelivery {
  readonly takesPieces = true
  readonly #run: OpenRun
  readonly #littleEndian: boolean
  readonly #dispatch: MessageDispatch
  readonly #views: MessageViews
  readonly #handler: Handler
  readonly #onLate: Handler['onLate']
  readonly #faults: FaultCounts

  constructor(run: OpenRun, handler: Handler, protocol: Protocol) {
    this.#run = run
    this.#littleEndian = run.blocks === 'little-endian'
    this.#dispatch = protocol.createDispatch(handler, run.epoch)
    this.#views = protocol.createViews(run.epoch)
    this.#handler = handler
    this.#onLate = handler.onLate
    this.#faults = new FaultCounts(this.#dispatch, run.counts)
  }

  deliverRun(count: number): void {
    const { bytes, first, counts, late, pieces, pieceCount } = this.#run
    if (late && this.#onLate !== undefined) {
      this.#deliverLate(count, this.#onLate)
      return
    }
    const dispatch = this.#dispatch
    const littleEndian = this.#littleEndian
    let sequence = first
    for (let piece = 0; piece < pieceCount; piece++) {
      let offset = pieces.offsets[piece]
      for (let left = pieces.counts[piece]; left > 0; left--) {
        counts[FEED.currentSequence] = sequence
        const length = bytes.getUint16(offset, littleEndian)
        offset += BLOCK_HEADER_BYTES
        dispatch.dispatch(bytes, offset, length, sequence)
        offset += length
        sequence += 1
      }
    }
    this.#faults.note()
  }

  #deliverLate(count: number, onLate: NonNullable<Handler['onLate']>): void {
    const { bytes, first, counts } = this.#run
    let { offset } = this.#run
    for (let i = 0; i < count; i++) {
      counts[FEED.currentSequence] = first + i
      const length = bytes.getUint16(offset, this.#littleEndian)
      offset += BLOCK_HEADER_BYTES
      onLate.call(this.#handler, this.#views.select(bytes, offset, length), first + i)
      offset += length
    }
  }
}

/**
 * The same where the header of each datagram tells the protocol. One that is not known is delivered as
 * bytes. Memory is taken when a protocol is met for the first time.
 */
export class HeaderNamedRuns implements RunDelivery {
  readonly #run: OpenRun
  readonly #handler: Handler
  readonly #naming: Naming
  readonly #plain: RunDelivery
  readonly #named = new Map<number, RunDelivery>()
  #number = Number.NaN
  #runs: RunDelivery

  constructor(run: OpenRun, handler: Handler, naming: Naming) {
    this.#run = run
    this.#handler = handler
    this.#naming = naming
    // A handler may name messages only, and then gets none of a protocol that nobody knows.
    const ignoring: Handler = { onMessage() {} }
    this.#plain = new BlockRuns(run, typeof handler.onMessage === 'function' ? handler : ignoring)
    this.#runs = this.#plain
  }

  deliverRun(count: number): void {
    const number = this.#naming.numberOf(this.#run.framing)
    if (number !== this.#number) this.#choose(number)
    this.#runs.deliverRun(count)
  }

  #choose(number: number): void {
    const protocol = this.#naming.protocolOf(number)
    const runs =
      this.#named.get(number) ??
      (protocol === undefined ? this.#plain : new NamedRuns(this.#run, this.#handler, protocol))
    this.#named.set(number, runs)
    this.#number = number
    this.#runs = runs
  }
}
