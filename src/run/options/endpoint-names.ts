import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { badOption, messageOf, TickwireError } from '../../foundation/errors.js'
import { optionName } from '../../foundation/option-name.js'
import { DEFAULT_ENDPOINT } from '../../transport/endpoint.js'

/** One endpoint or several: URLs, or ports of `udp://127.0.0.1`. */
export type Endpoints = string | number | readonly (string | number)[]

/** The two names that an endpoint option has. */
export interface EndpointOptions {
  readonly endpoint?: Endpoints | undefined
  readonly endpoints?: Endpoints | undefined
}

const MAX_PORT = 65_535
const DEFAULT_HOST = 'udp://127.0.0.1'
/** The parts of a `udp:` URL: what stands before the host, the host, and what stands behind it. */
const HOST = /^(udp:\/\/)([^:/?#[\]]*)((?::\d+)?\/?(?:\?.*)?)$/

/**
 * The endpoints that were given, as URLs; the default one if there is none.
 *
 * @throws {TickwireError} TW_BAD_OPTION if both names were used, or for what is neither text nor port
 */
export function endpointTexts({ endpoint, endpoints }: EndpointOptions): readonly string[] {
  if (endpoint !== undefined && endpoints !== undefined) {
    throw badOption(
      `${optionName('endpoint')} and ${optionName('endpoints')} were both given`,
      'They are one option with two names: use one of them.',
    )
  }
  const given = endpoint ?? endpoints ?? DEFAULT_ENDPOINT
  return (Array.isArray(given) ? given : [given]).map(endpointText)
}

/** `9001` and `'9001'` mean the port. */
export function endpointText(given: unknown): string {
  const port = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given
  if (typeof port === 'number') {
    if (Number.isInteger(port) && port >= 0 && port <= MAX_PORT) return `${DEFAULT_HOST}:${port}`
    throw badOption(`The endpoint ${port} is no port`, `Give a number from 0 to ${MAX_PORT}.`)
  }
  if (typeof given === 'string') return given
  throw badOption(
    `An endpoint is ${given === null ? 'null' : `of the type ${typeof given}`}`,
    `Give a URL such as '${DEFAULT_ENDPOINT}', or a port.`,
  )
}

/**
 * The same URLs with addresses in the place of host names, looked up once, IPv4 first. No host becomes any
 * address. What is no `udp:` URL stays as it is.
 *
 * @throws {TickwireError} TW_BAD_ENDPOINT for a name that has no address
 */
export async function resolveHosts(texts: readonly string[]): Promise<readonly string[]> {
  return Promise.all(texts.map(resolveHost))
}

/** The host name in a URL; undefined where an address or nothing stands there. */
export function hostNameOf(text: string): string | undefined {
  const host = HOST.exec(text)?.[2]
  if (host === undefined || host === '' || isIP(host) !== 0 || !/[a-z]/i.test(host))
    return undefined
  return host
}

async function resolveHost(text: string): Promise<string> {
  const [, scheme = '', host, rest = ''] = HOST.exec(text) ?? []
  if (host === '' && rest.startsWith(':')) return `${scheme}0.0.0.0${rest}`
  const name = hostNameOf(text)
  if (name === undefined) return text
  try {
    const { address, family } = await lookup(name, { order: 'ipv4first' })
    return `${scheme}${family === 6 ? `[${address}]` : address}${rest}`
  } catch (error) {
    throw new TickwireError(
      'TW_BAD_ENDPOINT',
      `The host name "${name}" of the endpoint "${text}" has no address: ${messageOf(error)}`,
      'Look at the spelling, or give the IP address.',
      { cause: error },
    )
  }
}
