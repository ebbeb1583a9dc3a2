import type { StoredMsg } from '@nats-io/jetstream'
import { messageOf, TickwireError } from '../../foundation/errors.js'
import { type BatchFacts, readBatch } from '../../wire/bridged/batch-headers.js'
import type { NatsClient } from './nats-client.js'

/** A batch as the stream holds it. */
export interface StoredBatch {
  /** The stream's own number of it. */
  readonly streamSequence: number
  readonly facts: BatchFacts
  readonly body: Uint8Array
}

/** What the server says when there is no such message. */
const NO_MESSAGE = 10037

/** Looks batches of one feed up in its stream. One thread, on its event loop. */
export class StreamLog {
  readonly #client: NatsClient
  readonly #stream: string
  readonly #subject: string

  constructor(client: NatsClient, stream: string, subject: string) {
    this.#client = client
    this.#stream = stream
    this.#subject = subject
  }

  /** The last batch of the feed; undefined: there is none. @throws {TickwireError} TW_BROKER */
  async last(): Promise<StoredBatch | undefined> {
    const message = await this.#get({ last_by_subj: this.#subject })
    return message === undefined ? undefined : batchOf(message)
  }

  /** The first batch of the feed from a number of the stream on. @throws {TickwireError} TW_BROKER */
  async at(streamSequence: number): Promise<StoredBatch | undefined> {
    let from = Math.max(1, streamSequence)
    for (;;) {
      const message = await this.#get({ seq: from, next_by_subj: this.#subject })
      if (message === undefined) return undefined
      const batch = batchOf(message)
      if (batch !== undefined) return batch
      from = message.seq + 1
    }
  }

  /**
   * The number of the first batch that `isBehind` is false for, by halving: batches have to lie in order,
   * but for those that came twice. Undefined if it is true for all.
   *
   * @throws {TickwireError} TW_BROKER
   */
  async find(isBehind: (facts: BatchFacts) => boolean): Promise<number | undefined> {
    const { state } = await this.#client.manager.streams.info(this.#stream)
    let low = Math.max(1, state.first_seq)
    let high = state.last_seq + 1
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const batch = await this.at(middle)
      if (batch === undefined || batch.streamSequence >= high) high = middle
      else if (isBehind(batch.facts)) low = batch.streamSequence + 1
      else high = middle
    }
    const found = await this.at(low)
    return found?.streamSequence
  }

  async #get(query: object): Promise<StoredMsg | undefined> {
    try {
      const message = await this.#client.manager.streams.getMessage(
        this.#stream,
        query as { seq: number },
      )
      return message ?? undefined
    } catch (error) {
      const code = (error as { readonly code?: unknown }).code
      if (code === NO_MESSAGE || /no message found/i.test(messageOf(error))) return undefined
      throw new TickwireError(
        'TW_BROKER',
        `The stream ${this.#stream} could not be read: ${messageOf(error)}`,
        'Look at the server, and whether this user may read the stream.',
        { cause: error },
      )
    }
  }
}

function batchOf(message: StoredMsg): StoredBatch | undefined {
  const facts = readBatch(message.header, message.data)
  if (typeof facts === 'string') return undefined
  return { streamSequence: message.seq, facts, body: message.data }
}
