import { distrustTop } from '../../account/last-top.js'
import type { NatsClient } from '../../transport/nats/nats-client.js'
import {
  type AsOf,
  type LastTop,
  type LastValue,
  readLastTop,
  readLastValue,
} from '../../wire/bridged/last-value.js'

const MESSAGES_AHEAD = 256
const EXPIRES_MS = 5000

interface Stored {
  readonly body: Uint8Array
}

/** What a stream of last values holds of a feed, tops in the order of their sequences. */
interface Last {
  readonly values: (LastValue & Stored)[]
  readonly tops: (LastTop & Stored)[]
}

/** What a top is handed over as. A bridge that says how far all goes knows nothing of what others have left. */
export function believed(top: LastTop & Stored, asOf: AsOf): Uint8Array | undefined {
  const own = top.bridge !== '' && top.bridge === asOf.bridge
  return own ? top.body : distrustTop(top.body)
}

/** Reads what a stream of last values holds under a subject. */
export async function readLast(client: NatsClient, stream: string, subject: string): Promise<Last> {
  const { DeliverPolicy } = client.jetstream
  const consumer = await client.client.consumers.get(stream, {
    filter_subjects: subject,
    deliver_policy: DeliverPolicy.LastPerSubject,
  })
  const { num_pending: pending } = await consumer.info()
  const last: Last = { values: [], tops: [] }
  if (pending === 0) return last
  const messages = await consumer.consume({ max_messages: MESSAGES_AHEAD, expires: EXPIRES_MS })
  for await (const message of messages) {
    const { headers, data: body } = message
    const top = headers === undefined ? undefined : readLastTop(headers)
    const value = headers === undefined ? undefined : readLastValue(headers)
    if (top !== undefined) last.tops.push({ ...top, body })
    else if (value !== undefined) last.values.push({ ...value, body })
    if (message.info.pending === 0) break
  }
  messages.stop()
  last.tops.sort((a, b) => a.sequence - b.sequence)
  return last
}
