import { createRetransmissionCounters } from '../../src/account/retransmission-counters.js'
import type { RecoveryPort } from '../../src/handle/reader/feed-reader-options.js'
import { DEFAULT_RETRANSMISSION_LIMITS } from '../../src/retransmit/limits.js'
import type { ResponseFraming } from '../../src/retransmit/response-framing.js'
import { RetransmissionServer } from '../../src/retransmit/server.js'
import { createRetransmitStore, MIN_STORE_BYTES } from '../../src/retransmit/store-layout.js'
import { RetransmitStoreWriter } from '../../src/retransmit/store-writer.js'
import { MOLD_COUNT_OFFSET, MOLD_HEADER_BYTES, readMoldSequence } from '../../src/wire/moldudp64.js'
import type { Agenda } from './agenda.js'
import { ANSWERED, MAX_MESSAGE_BYTES, stampWay, writeMessage } from './content.js'
import { type Held, type Stream, sessionName, storedHeader } from './datagram.js'
import type { Random } from './random.js'
import type { ReceiveQueue } from './receive-queue.js'
import type { ServerScenario } from './scenario.js'

/** What a message takes in a response, about. */
const MESSAGE_BYTES = 32

/** One for all runs, since it is the largest thing in them: a run begins a stream of its own in it. */
const STORE = createRetransmitStore(MIN_STORE_BYTES)

/** The way to a real request server over its real store, and back, with the faults of its scenario. */
export class RequestServer implements RecoveryPort {
  readonly source: ReceiveQueue
  readonly request = new DataView(new ArrayBuffer(MOLD_HEADER_BYTES))
  /** Told of each request that leaves. */
  onRequest: (first: number, count: number) => void = () => {}
  readonly #framing: ResponseFraming
  readonly #scenario: ServerScenario
  readonly #agenda: Agenda
  readonly #random: Random
  readonly #now: () => number
  readonly #progress: () => number
  readonly #message = new DataView(new ArrayBuffer(MAX_MESSAGE_BYTES))
  readonly #server: RetransmissionServer
  #writer: RetransmitStoreWriter | undefined
  #stream: Stream | undefined

  constructor(
    framing: ResponseFraming,
    scenario: ServerScenario,
    source: ReceiveQueue,
    agenda: Agenda,
    random: Random,
    clock: { readonly now: () => number; readonly progress: () => number },
  ) {
    this.source = source
    this.#framing = framing
    this.#scenario = scenario
    this.#agenda = agenda
    this.#random = random
    this.#now = clock.now
    this.#progress = clock.progress
    this.#server = new RetransmissionServer({
      store: STORE,
      framing,
      limits: {
        ...DEFAULT_RETRANSMISSION_LIMITS,
        maxPayloadBytes: scenario.payloadBytes,
        maxReplyDatagrams: scenario.replyDatagrams,
        clientBytesPerSecond: scenario.messagesPerSecond * MESSAGE_BYTES,
        clientBurstBytes: Math.max(scenario.payloadBytes, scenario.burstMessages * MESSAGE_BYTES),
      },
      counters: createRetransmissionCounters(),
    })
  }

  begin(stream: Stream): void {
    const name = sessionName(this.#framing, stream.session)
    const stored = {
      session: Uint8Array.from(name, (character) => character.charCodeAt(0)),
      firstSequence: stream.first,
      header: storedHeader(this.#framing, stream),
    }
    this.#stream = stream
    if (this.#writer === undefined) this.#writer = new RetransmitStoreWriter(STORE, stored)
    else this.#writer.begin(stored)
  }

  /** Keeps what is published. */
  append(held: Held): void {
    for (let i = 0; i < held.count; i++) {
      const sequence = held.sequence + i
      const length = writeMessage(this.#framing, this.#message, 0, held.stream.index, sequence)
      this.#writer?.append(this.#message, 0, length)
    }
    this.#writer?.publish()
  }

  poll(): void {}

  trySend(): boolean {
    if (this.#scenario.unreachable) return false
    const { delayNs, jitterNs, lossChance } = this.#scenario
    this.onRequest(readMoldSequence(this.request, 0), this.request.getUint16(MOLD_COUNT_OFFSET))
    if (this.#random.chance(lossChance)) return true
    const request = new Uint8Array(this.request.buffer.slice(0))
    const dueNs = this.#now() + delayNs / 2 + jitterNs * this.#random.unit()
    this.#agenda.at(dueNs, () => this.#answer(request, dueNs))
    return true
  }

  /** Brings what no request server sent. */
  bring(payload: Uint8Array, dueNs: number): void {
    this.#agenda.at(dueNs, () => this.source.arrive({ payload, held: undefined }, dueNs))
  }

  #answer(request: Uint8Array, nowNs: number): void {
    const { deadFrom, deadUntil, keeps, delayNs, lossChance, copyChance } = this.#scenario
    const progress = this.#progress()
    if (deadFrom < 1 && progress >= deadFrom && (progress < deadUntil || deadUntil === 1)) return
    const stream = this.#stream
    const first = readMoldSequence(new DataView(request.buffer), 0)
    const end = this.#writer?.nextSequence ?? 0
    if (stream === undefined || this.#unwrap(first, end) < end - keeps) return
    const server = this.#server
    for (let more = server.open(request, 'reader', nowNs); more; more = server.next()) {
      const payload = server.response.slice(0, server.responseBytes)
      stampWay(this.#framing, payload, ANSWERED)
      const copies = this.#random.chance(copyChance) ? 2 : 1
      for (let i = 0; i < copies; i++) {
        if (this.#random.chance(lossChance)) continue
        const dueNs = nowNs + delayNs / 2 + this.#scenario.jitterNs * this.#random.unit()
        const held = this.#heldIn(payload, stream, end)
        this.#agenda.at(dueNs, () => this.source.arrive({ payload, held }, dueNs))
      }
    }
  }

  #unwrap(sequence: number, end: number): number {
    return this.#framing === 'raw' ? end + ((sequence - (end % 2 ** 32)) | 0) : sequence
  }

  #heldIn(payload: Uint8Array, stream: Stream, end: number): Held {
    const view = new DataView(payload.buffer)
    if (this.#framing === 'raw') {
      const sequence = this.#unwrap(view.getUint32(16, true), end)
      return { stream, sequence, count: payload.length / 29, kind: 'messages' }
    }
    const mold = this.#framing === 'moldudp64'
    return {
      stream,
      sequence: mold ? readMoldSequence(view, 0) : Number(view.getBigInt64(24, true)),
      count: mold ? view.getUint16(18) : view.getUint16(14, true),
      kind: 'messages',
    }
  }
}
