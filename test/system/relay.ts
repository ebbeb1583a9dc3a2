import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { FramingName } from '../../src/wire/index.js'

/** What a relay does to the datagrams that pass it. Probabilities are from 0 to 1. */
export interface RelayPlan {
  /** The same seed and the same datagrams in the same order: the same fate for each. */
  readonly seed: number
  readonly loss: number
  readonly duplication: number
  /** Of those that are held back until so many others have overtaken them. */
  readonly reordering: number
  readonly overtakers: number
  /** Datagrams that nothing happens to: so many at the beginning, and all from this one on. */
  readonly spareFirst: number
  readonly spareFrom: number
  /** From this datagram on nothing is forwarded. */
  readonly deadFrom: number
}

/** Nothing happens to anything. */
const FAITHFUL: RelayPlan = {
  seed: 1,
  loss: 0,
  duplication: 0,
  reordering: 0,
  overtakers: 3,
  spareFirst: 0,
  spareFrom: Number.POSITIVE_INFINITY,
  deadFrom: Number.POSITIVE_INFINITY,
}

/** Indices of what a relay counts. */
export const RELAYED = {
  received: 0,
  receivedMessages: 1,
  forwarded: 2,
  lostMessages: 3,
  doubledMessages: 4,
  /** That were held back until others had overtaken them. */
  heldMessages: 5,
} as const
const COUNTERS = 6

export interface RelayData {
  readonly toPort: number
  readonly framing: FramingName
  readonly plan: RelayPlan
  readonly counters: Float64Array
  /** 1: end. */
  readonly stopping: Int32Array
}

/** Messages that follow each other, in one datagram that was lost. */
export interface LostRange {
  readonly first: number
  readonly count: number
}

/** What a relay has done, once it is closed. */
export interface RelayResult {
  readonly lost: readonly LostRange[]
  /** Datagrams that were still held back, and that the kernel dropped before the relay. */
  readonly heldBack: number
  readonly kernelDrops: number
}

/** A lossy network between two ports of 127.0.0.1, in a thread of its own. Linux. */
export class Relay {
  /** What comes there is forwarded, or not. */
  readonly url: string
  readonly #worker: Worker
  readonly #counters: Float64Array
  readonly #stopping: Int32Array

  private constructor(port: number, worker: Worker, data: RelayData) {
    this.url = `udp://127.0.0.1:${port}`
    this.#worker = worker
    this.#counters = data.counters
    this.#stopping = data.stopping
  }

  /** Opens a relay to a port; it is closed with the test at the latest. */
  static async open(
    t: TestContext,
    toPort: number,
    framing: FramingName,
    plan: Partial<RelayPlan>,
  ): Promise<Relay> {
    const counters = new Float64Array(new SharedArrayBuffer(COUNTERS * 8))
    const stopping = new Int32Array(new SharedArrayBuffer(4))
    const data: RelayData = { toPort, framing, plan: { ...FAITHFUL, ...plan }, counters, stopping }
    const file = new URL('./relay-worker.js', import.meta.url)
    const worker = new Worker(file, { workerData: data })
    t.after(() => worker.terminate())
    const [{ port }] = (await once(worker, 'message')) as [{ port: number }]
    t.diagnostic(`relay: ${JSON.stringify(plan)}`)
    return new Relay(port, worker, data)
  }

  count(what: keyof typeof RELAYED): number {
    return this.#counters[RELAYED[what]]
  }

  /** Ends the relay, and tells what it lost. */
  async close(): Promise<RelayResult> {
    const result = once(this.#worker, 'message') as Promise<[RelayResult]>
    Atomics.store(this.#stopping, 0, 1)
    const [[end]] = await Promise.all([result, once(this.#worker, 'exit')])
    return end
  }
}
