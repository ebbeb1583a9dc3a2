import { TickwireError } from '../../foundation/errors.js'

/** A stream of a NATS server as an endpoint, and how to get to it. Plain data: it travels to threads. */
export interface NatsEndpoint {
  /** As it was written, without a password. */
  readonly url: string
  /** `HOST:PORT` of each server that may be asked. */
  readonly servers: readonly string[]
  readonly stream: string
  /** The feed in the stream; undefined: the stream's name, or the only one that there is. */
  readonly feed: string | undefined
  /** The shard of the feed's instruments; undefined: all of them. */
  readonly shard: number | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  readonly token: string | undefined
  readonly tls: boolean
}

/** How to show who one is, beside what stands in the URL. */
export interface NatsAccess {
  /** A file of credentials, as `nsc` writes them. */
  readonly credsFile: string | undefined
  /** Files of certificates and of a key, in PEM. */
  readonly tlsCaFile: string | undefined
  readonly tlsCertFile: string | undefined
  readonly tlsKeyFile: string | undefined
}

const URL_PARTS = /^(nats|tls):\/\/(?:([^@/]*)@)?([^/?]+)\/([^/?]+)(?:\?(.*))?$/i
const DEFAULT_PORT = 4222
/** What a stream may be called: no dots, wildcards, spaces or slashes. */
const STREAM_NAME = /^[^\s.*>/\\]+$/

/** Whether an endpoint is a stream of a NATS server. */
export function isNatsUrl(text: string): boolean {
  return /^(nats|tls):/i.test(text)
}

/**
 * Reads `nats://[USER:PASSWORD@|TOKEN@]HOST[:PORT][,HOST[:PORT]…]/STREAM[?feed=NAME&shard=K]`; `tls:` asks for TLS.
 *
 * @throws {TickwireError} TW_BAD_ENDPOINT
 */
export function parseNatsUrl(text: string): NatsEndpoint {
  const match = URL_PARTS.exec(text)
  if (match === null) throw bad(text, 'it is not of the form nats://HOST:PORT/STREAM')
  const [, scheme = '', login, hosts = '', stream = '', query = ''] = match
  if (!STREAM_NAME.test(stream)) throw bad(text, `"${stream}" is no name of a stream`)
  const parameters = new URLSearchParams(query)
  for (const name of parameters.keys()) {
    if (name !== 'feed' && name !== 'shard') {
      throw bad(text, `"${name}" is none of its parameters (feed, shard)`)
    }
  }
  const shard = parameters.get('shard')
  if (shard !== null && !/^\d{1,3}$/.test(shard)) throw bad(text, `"${shard}" is no shard`)
  const colon = login?.indexOf(':') ?? -1
  const named = login !== undefined && colon >= 0
  return {
    url: login === undefined ? text : text.replace(`${login}@`, ''),
    servers: hosts.split(',').map((host) => serverOf(text, host)),
    stream,
    feed: parameters.get('feed') ?? undefined,
    shard: shard === null ? undefined : Number(shard),
    user: named ? decodeURIComponent(login.slice(0, colon)) : undefined,
    password: named ? decodeURIComponent(login.slice(colon + 1)) : undefined,
    token: login !== undefined && !named ? decodeURIComponent(login) : undefined,
    tls: scheme.toLowerCase() === 'tls',
  }
}

function serverOf(text: string, host: string): string {
  const [, name, port] = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d+))?$/i.exec(host) ?? []
  const number = port === undefined ? DEFAULT_PORT : Number(port)
  if (name === undefined || number < 1 || number > 65_535) {
    throw bad(text, `"${host}" is no HOST:PORT`)
  }
  return `${name}:${number}`
}

/** A name as one token of a subject. */
export function subjectToken(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_')
}

/** The subject of a feed's batches. */
export function feedSubject(feed: string): string {
  return `tickwire.${subjectToken(feed)}`
}

/** Subjects of the batches of a feed: one, or one for each shard of its instruments. */
export function feedSubjects(feed: string, shards: number): string[] {
  const subject = feedSubject(feed)
  return shards === 1 ? [subject] : Array.from({ length: shards }, (_, k) => `${subject}.${k}`)
}

/** The subject before those of a feed's last values; and the stream that holds them. */
export function lastSubject(feed: string): string {
  return `tickwire-last.${subjectToken(feed)}`
}

export function lastStream(stream: string): string {
  return `${stream}-last`
}

function bad(text: string, why: string): TickwireError {
  const shown = text.replace(/\/\/[^@/]*@/, '//')
  return new TickwireError(
    'TW_BAD_ENDPOINT',
    `The endpoint "${shown}" cannot be used: ${why}`,
    'Write it like nats://127.0.0.1:4222/STREAM, or nats://HOST:PORT,HOST:PORT/STREAM?feed=NAME.',
  )
}
