import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { Authenticator, ConnectionOptions, NatsConnection } from '@nats-io/transport-node'
import { messageOf, TickwireError } from '../../foundation/errors.js'
import type { NatsAccess, NatsEndpoint } from './nats-url.js'

/** How often a connection that was lost is tried again. */
const RECONNECT_MS = 200
/** How often a peer that says nothing is asked whether it is there, and how many answers may be missing. */
const PING_MS = 2000
const PINGS_OUT = 3
/** How long a server may take to let one in. */
const CONNECT_MS = 10_000
/** What Node.js takes for the host of a TLS connection that names none. */
const UNNAMED_HOST = 'localhost'

export type { JsMsg } from '@nats-io/jetstream'
export type { Msg, NatsConnection } from '@nats-io/transport-node'

/** Options of the client's `connect`, as plain data. */
export type NatsClientOptions = Readonly<Record<string, unknown>>

type Core = typeof import('@nats-io/transport-node')
type JetStream = typeof import('@nats-io/jetstream')

/** A connection to a NATS server with JetStream, and what of the client's modules is used. */
export interface NatsClient {
  readonly connection: NatsConnection
  readonly core: Core
  readonly jetstream: JetStream
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
}

/**
 * Connects to the servers of an endpoint, and tries for ever to be connected again when that ends.
 *
 * @param name by which the server's operator sees the connection
 * @param options the client's own, which go before ours
 * @throws {TickwireError} TW_MISSING_PACKAGE, TW_BROKER, TW_FILE_NOT_FOUND
 */
export async function connectNats(
  endpoint: NatsEndpoint,
  access: NatsAccess,
  name: string,
  options: NatsClientOptions = {},
): Promise<NatsClient> {
  const { core, jetstream } = await loadClient()
  const { servers, tls, token, user, password } = endpoint
  const files = tlsFiles(access)
  const authenticator = credentials(core, access)
  const { timeout: connectMs = CONNECT_MS } = options as { readonly timeout?: number }
  let connection: NatsConnection
  try {
    const opening = core.connect({
      servers: [...servers],
      name,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      reconnectJitter: RECONNECT_MS,
      timeout: connectMs,
      pingInterval: PING_MS,
      maxPingOut: PINGS_OUT,
      ...(token === undefined ? {} : { token }),
      ...(user === undefined ? {} : { user, pass: password ?? '' }),
      ...(tls || files !== undefined ? { tls: { ...files, ...addressCheck(servers) } } : {}),
      ...(authenticator === undefined ? {} : { authenticator }),
      ...(options as Partial<ConnectionOptions>),
    })
    connection = await openedWithin(opening, connectMs * servers.length)
  } catch (error) {
    throw new TickwireError(
      'TW_BROKER',
      `No NATS server was reached at ${servers.join(', ')}: ${messageOf(error)}`,
      'Look whether one runs there, and at the name, password, token or certificates.',
      { cause: error },
    )
  }
  try {
    const manager = await jetstream.jetstreamManager(connection)
    return { connection, core, jetstream, manager, client: jetstream.jetstream(connection) }
  } catch (error) {
    await connection.close()
    throw new TickwireError(
      'TW_BROKER',
      `The NATS server at ${servers.join(', ')} has no JetStream for this user: ${messageOf(error)}`,
      'Start it with -js, or enable JetStream for the account.',
      { cause: error },
    )
  }
}

/** A server that wants a certificate and gets none ends each attempt, and the client never says so. */
async function openedWithin(
  opening: Promise<NatsConnection>,
  timeoutMs: number,
): Promise<NatsConnection> {
  const over = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: over.signal }).then(() => {
    opening.then((connection) => connection.close()).catch(() => {})
    throw new Error(`no server let this client in within ${timeoutMs} ms`)
  })
  try {
    return await Promise.race([opening, late])
  } finally {
    late.catch(() => {})
    over.abort()
  }
}

async function loadClient(): Promise<{ readonly core: Core; readonly jetstream: JetStream }> {
  try {
    const [core, jetstream] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/jetstream'),
    ])
    return { core, jetstream }
  } catch (error) {
    throw new TickwireError(
      'TW_MISSING_PACKAGE',
      `The NATS client is not installed: ${messageOf(error)}`,
      'Install it: npm install @nats-io/transport-node @nats-io/jetstream',
      { cause: error },
    )
  }
}

function credentials(core: Core, { credsFile }: NatsAccess): Authenticator | undefined {
  return credsFile === undefined ? undefined : core.credsAuthenticator(readBytes(credsFile))
}

function tlsFiles({ tlsCaFile, tlsCertFile, tlsKeyFile }: NatsAccess) {
  if (tlsCaFile === undefined && tlsCertFile === undefined && tlsKeyFile === undefined) {
    return undefined
  }
  return {
    ...(tlsCaFile === undefined ? {} : { caFile: existing(tlsCaFile) }),
    ...(tlsCertFile === undefined ? {} : { certFile: existing(tlsCertFile) }),
    ...(tlsKeyFile === undefined ? {} : { keyFile: existing(tlsKeyFile) }),
  }
}

/**
 * The client names no host to TLS where a server was given by its address, and Node.js then looks for
 * "localhost" in the certificate. What has to stand there is an address that was given.
 */
function addressCheck(servers: readonly string[]) {
  const hosts = servers.map((server) => server.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
  const addresses = hosts.filter((host) => isIP(host) !== 0)
  return {
    checkServerIdentity: (host: string, certificate: PeerCertificate): Error | undefined => {
      const error = checkServerIdentity(host, certificate)
      if (error === undefined || host !== UNNAMED_HOST) return error
      const found = addresses.some((one) => checkServerIdentity(one, certificate) === undefined)
      return found ? undefined : error
    },
  }
}

function existing(file: string): string {
  readBytes(file)
  return file
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new TickwireError(
      'TW_FILE_NOT_FOUND',
      `The file ${file} cannot be read: ${messageOf(error)}`,
      'Give the path of a file that this user may read.',
      { cause: error },
    )
  }
}
