import { TickwireError } from '../../foundation/errors.js'
import type { NatsClient } from '../../transport/nats/nats-client.js'
import { feedSubject, feedSubjects, type NatsEndpoint } from '../../transport/nats/nats-url.js'
import { StreamLog } from '../../transport/nats/stream-log.js'
import { streamInfo, streamSubjects } from '../../transport/nats/stream-setup.js'

/** Under which subjects a stream has a feed. */
export interface StreamLayout {
  /** In how many shards of instruments; 1: there are none. */
  readonly shards: number
  /** Those that are read, and what a consumer of all of them filters by. */
  readonly subjects: readonly string[]
  readonly filter: string
}

/** The feed to read: the one that was named, or the stream's own, or the only one. */
export async function findFeed(
  client: NatsClient,
  { stream, feed }: NatsEndpoint,
): Promise<string> {
  if (feed !== undefined) return feed
  if ((await streamInfo(client, stream)) === undefined) {
    throw new TickwireError(
      'TW_STREAM',
      `The server has no stream ${stream}`,
      'Start the bridge first, with --create, or look at the name.',
    )
  }
  const subjects = await streamSubjects(client, stream, 'tickwire.>')
  const feeds = [...new Set(subjects.map((one) => one.split('.')[1] ?? ''))]
  if (feeds.length === 0 || feeds.includes(stream)) return stream
  const [only, other] = feeds
  if (only !== undefined && other === undefined) return only
  throw new TickwireError(
    'TW_BAD_OPTION',
    `The stream ${stream} holds several feeds: ${feeds.join(', ')}`,
    `Name one: nats://…/${stream}?feed=${only}`,
  )
}

/**
 * How a stream has a feed; undefined: nothing was published yet, and the stream takes both.
 *
 * @throws {TickwireError} TW_BAD_OPTION for a shard that there is not; TW_BROKER
 */
export async function findLayout(
  client: NatsClient,
  { stream, shard }: NatsEndpoint,
  feed: string,
): Promise<StreamLayout | undefined> {
  const shards = await countShards(client, stream, feed)
  if (shards === undefined) return undefined
  if (shard !== undefined && (shards === 1 || shard >= shards)) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `The feed ${feed} has no shard ${shard}`,
      shards === 1 ? 'It has none: leave the shard out.' : `Name one from 0 to ${shards - 1}.`,
    )
  }
  const all = feedSubjects(feed, shards)
  const [first = ''] = all
  if (shard === undefined) {
    return { shards, subjects: all, filter: shards === 1 ? first : `${feedSubject(feed)}.*` }
  }
  const filter = all[shard] ?? first
  return { shards, subjects: [filter], filter }
}

async function countShards(
  client: NatsClient,
  stream: string,
  feed: string,
): Promise<number | undefined> {
  const subject = feedSubject(feed)
  const [part] = await streamSubjects(client, stream, `${subject}.*`)
  if (part !== undefined) {
    const last = await new StreamLog(client, stream, part).last()
    if (last?.facts.part !== undefined) return last.facts.part.of
  }
  if ((await streamSubjects(client, stream, subject)).length > 0) return 1
  const info = await streamInfo(client, stream)
  const subjects = info?.config.subjects ?? []
  if (subjects.includes(subject)) return 1
  const parts = subjects.filter((one) => one.startsWith(`${subject}.`) && /\.\d+$/.test(one))
  return parts.length > 0 ? parts.length : undefined
}
