import { badOption } from '../../foundation/errors.js'
import { optionName } from '../../foundation/option-name.js'
import type { NatsFrom, NatsSource } from '../../receive/nats/nats-receiver.js'
import type { NatsClientOptions } from '../../transport/nats/nats-client.js'
import { isNatsUrl, type NatsAccess, parseNatsUrl } from '../../transport/nats/nats-url.js'
import type { OptionTable } from './declaration.js'
import { type EndpointOptions, endpointTexts } from './endpoint-names.js'

/** How to show who one is to a NATS server. */
export interface NatsAccessOptions {
  /** A file of credentials, as `nsc` writes them. A user and password, or a token, stand in the URL. */
  readonly creds?: string | undefined
  /** Certificates of those whom to trust, in a file; it asks for TLS. */
  readonly tlsCa?: string | undefined
  /** This side's certificate and its key, in files. */
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
  /**
   * Options of the NATS client's `connect` that go before ours: plain data, since they travel to a thread.
   * By default a lost connection is tried again for ever.
   */
  readonly nats?: NatsClientOptions | undefined
}

/** What of the options of `receive` is about streams. */
export interface NatsOptions extends NatsAccessOptions {
  /**
   * Where in a stream to begin: `now` (the default), `last` (the last values first), `start`, a sequence of
   * the feed's last run, or a time: ISO, or ns since 1970.
   */
  readonly from?: string | number | undefined
}

/** The options of a stream among others, as far as they are given. */
export function natsOptionsOf(options: NatsOptions): NatsOptions {
  const names = ['from', ...Object.keys(NATS_ACCESS_TABLE)]
  const given = Object.entries(options).filter(
    ([name, value]) => names.includes(name) && value !== undefined,
  )
  return Object.fromEntries(given) as NatsOptions
}

/** Their declarations, for tables of options. */
export const NATS_ACCESS_TABLE = {
  creds: { kind: 'text', value: 'file', help: 'log in with this file of credentials' },
  tlsCa: { kind: 'text', value: 'file', help: 'trust the certificates in this file' },
  tlsCert: { kind: 'text', value: 'file', help: 'show this certificate to the server' },
  tlsKey: { kind: 'text', value: 'file', help: 'use this key for the certificate' },
  nats: { kind: 'program' },
} as const satisfies OptionTable

/** Sequences are shorter than times in nanoseconds. */
const SEQUENCE_DIGITS = 16
const NS_PER_MS = 1_000_000n

/**
 * The plan of a run over a stream; undefined where no endpoint is one.
 *
 * @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT
 */
export function planNats(options: NatsOptions & EndpointOptions): NatsSource | undefined {
  const urls = endpointTexts(options)
  if (!urls.some(isNatsUrl)) return undefined
  const [url = ''] = urls
  if (urls.length > 1) {
    throw badOption(
      `${urls.length} endpoints were given, and one is a stream`,
      'Give the stream alone: it is the whole feed.',
    )
  }
  return {
    endpoint: parseNatsUrl(url),
    access: natsAccess(options),
    connection: options.nats ?? {},
    from: parseFrom(options.from ?? 'now'),
  }
}

/** @throws {TickwireError} TW_BAD_OPTION for what only streams have */
export function refuseNatsOptions(options: NatsOptions): void {
  for (const name of ['from', ...Object.keys(NATS_ACCESS_TABLE)] as const) {
    if ((options as Record<string, unknown>)[name] === undefined) continue
    throw badOption(
      `${optionName(name)} is given, and no endpoint is a stream`,
      'Give nats://HOST:PORT/STREAM as endpoint, or leave it out.',
    )
  }
}

export function natsAccess(options: NatsAccessOptions): NatsAccess {
  return {
    credsFile: options.creds,
    tlsCaFile: options.tlsCa,
    tlsCertFile: options.tlsCert,
    tlsKeyFile: options.tlsKey,
  }
}

/** @throws {TickwireError} TW_BAD_OPTION */
function parseFrom(given: string | number): NatsFrom {
  const text = String(given).trim()
  if (text === 'now' || text === 'last' || text === 'start') return { kind: text }
  if (/^\d+$/.test(text)) {
    if (text.length > SEQUENCE_DIGITS) return { kind: 'time', ns: text }
    return { kind: 'sequence', sequence: Number(text) }
  }
  const ms = Date.parse(text)
  // A date alone could be many things; a time of day is one of today.
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(ms)) {
    return { kind: 'time', ns: nsOf(text, ms) }
  }
  throw badOption(
    `${optionName('from')} is "${text}"`,
    'Give now, last, start, a sequence, or a time such as 2026-03-02T14:30:00Z or in ns since 1970.',
  )
}

/** With all digits of the second's fraction, of which a Date keeps three. */
function nsOf(text: string, ms: number): string {
  const fraction = /[:]\d\d\.(\d{1,9})/.exec(text)?.[1] ?? ''
  const seconds = BigInt(Math.floor(ms / 1000)) * 1000n * NS_PER_MS
  return `${seconds + BigInt(fraction.padEnd(9, '0'))}`
}
