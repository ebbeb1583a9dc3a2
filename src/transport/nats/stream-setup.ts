import type { StreamConfig, StreamInfo } from '@nats-io/jetstream'
import { messageOf, TickwireError } from '../../foundation/errors.js'
import type { NatsClient } from './nats-client.js'

/** The subjects under which a stream has messages, of those that a filter lets through. */
export async function streamSubjects(
  { manager }: NatsClient,
  stream: string,
  filter: string,
): Promise<string[]> {
  const { state } = await manager.streams.info(stream, { subjects_filter: filter })
  return Object.keys(state.subjects ?? {})
}

/** What a stream shall be; undefined: as it is, or the server's default. */
export interface StreamWish {
  readonly subjects: readonly string[]
  readonly storage: 'file' | 'memory' | undefined
  readonly replicas: number | undefined
  readonly retention: 'limits' | 'interest' | 'workqueue' | undefined
  readonly maxBytes: number | undefined
  readonly maxAgeMs: number | undefined
  readonly maxMessages: number | undefined
  readonly maxMessagesPerSubject: number | undefined
  readonly duplicateWindowMs: number | undefined
  readonly description: string
}

const NS_PER_MS = 1e6
const NOT_FOUND = 10059

/** What the server holds of a stream; undefined: there is none. @throws {TickwireError} TW_BROKER */
export async function streamInfo(
  { manager }: NatsClient,
  stream: string,
): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(stream)
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    if (code === NOT_FOUND || /stream not found/i.test(messageOf(error))) return undefined
    throw new TickwireError(
      'TW_BROKER',
      `The NATS server did not tell of the stream ${stream}: ${messageOf(error)}`,
      'Look at the server, and whether this user may see the stream.',
      { cause: error },
    )
  }
}

/**
 * Makes a stream, or sees that the one there is as it shall be.
 *
 * @param create whether one that is not there is made
 * @throws {TickwireError} TW_STREAM with the difference; TW_BROKER
 */
export async function setUpStream(
  client: NatsClient,
  stream: string,
  wish: StreamWish,
  create: boolean,
): Promise<StreamInfo> {
  const config = configOf(stream, wish)
  const found = await streamInfo(client, stream)
  if (found !== undefined) {
    const differences = differencesOf(found.config, config)
    if (differences.length === 0) return found
    throw new TickwireError(
      'TW_STREAM',
      `The stream ${stream} is not as it shall be: ${differences.join('; ')}`,
      'Ask for what it is, or change it with the tools of the server.',
    )
  }
  if (!create) {
    throw new TickwireError(
      'TW_STREAM',
      `The server has no stream ${stream}`,
      'Add --create, or make it with the tools of the server.',
    )
  }
  try {
    return await client.manager.streams.add(config as StreamConfig)
  } catch (error) {
    throw new TickwireError(
      'TW_STREAM',
      `The stream ${stream} could not be made: ${messageOf(error)}`,
      'Look at the limits of the server and of the account.',
      { cause: error },
    )
  }
}

type Config = Partial<StreamConfig> & { readonly name: string }

function configOf(stream: string, wish: StreamWish): Config {
  const known = {
    storage: wish.storage,
    num_replicas: wish.replicas,
    retention: wish.retention,
    max_bytes: wish.maxBytes,
    max_msgs: wish.maxMessages,
    max_msgs_per_subject: wish.maxMessagesPerSubject,
    max_age: wish.maxAgeMs === undefined ? undefined : wish.maxAgeMs * NS_PER_MS,
    duplicate_window:
      wish.duplicateWindowMs === undefined ? undefined : wish.duplicateWindowMs * NS_PER_MS,
  }
  const given = Object.entries(known).filter(([, value]) => value !== undefined)
  return {
    name: stream,
    subjects: [...wish.subjects],
    description: wish.description,
    allow_direct: true,
    ...(Object.fromEntries(given) as Partial<StreamConfig>),
  }
}

/** Whatever was asked for and is otherwise, in words. */
function differencesOf(found: StreamConfig, wanted: Config): string[] {
  const differences: string[] = []
  for (const [key, value] of Object.entries(wanted)) {
    if (key === 'name' || key === 'description' || key === 'allow_direct') continue
    const there = (found as unknown as Record<string, unknown>)[key]
    if (key === 'subjects') {
      const missing = (value as string[]).filter((one) => !covers(there as string[], one))
      if (missing.length > 0) differences.push(`it does not take the subject ${missing.join(', ')}`)
    } else if (there !== value) differences.push(`${key} is ${shown(there)}, not ${shown(value)}`)
  }
  return differences
}

/** Whether one of a stream's subjects takes in another, which may end in a wildcard. */
function covers(subjects: readonly string[], subject: string): boolean {
  const wanted = subject.split('.')
  return subjects.some((one) => {
    const tokens = one.split('.')
    for (let i = 0; i < tokens.length; i++) {
      if (tokens[i] === '>') return wanted.length > i
      if (tokens[i] !== '*' && tokens[i] !== wanted[i]) return false
    }
    return tokens.length === wanted.length
  })
}

function shown(value: unknown): string {
  return value === undefined ? 'not set' : String(value)
}
