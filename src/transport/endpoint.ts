import { isIP, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { TickwireError } from '../foundation/errors.js'

export const DEFAULT_ENDPOINT = 'udp://127.0.0.1:9001'
const PARAMETERS = ['interface', 'source', 'ttl'] as const
const MAX_PORT = 65535
const MAX_TTL = 255

/** Where datagrams come from or go to. */
export interface Endpoint {
  /** As it was written. */
  readonly url: string
  /** An IP literal without brackets and zone. */
  readonly address: string
  /** 0 lets the kernel choose, for receivers only. */
  readonly port: number
  readonly ipv6: boolean
  readonly multicast: boolean
  /** A name (`eth0`) or an address of the interface to use; the kernel's choice if undefined. */
  readonly interface: string | undefined
  /** The only source to listen to: for a group it is joined with it. Senders do not look at it. */
  readonly source: string | undefined
  /** Hops that multicast may travel. */
  readonly ttl: number
}

/**
 * Reads `udp://127.0.0.1:9001`, `udp://[::1]:9001` or
 * `udp://239.1.1.1:9001?interface=10.0.0.1&source=10.0.0.9&ttl=2`. `source` may stand beside any address.
 *
 * @throws {TickwireError} TW_BAD_ENDPOINT with what is wrong in it
 */
export function parseEndpoint(text: string): Endpoint {
  const match = /^udp:\/\/(\[[^\]]*\]|[^:/?#[\]]*)(?::(\d+))?\/?(?:\?(.*))?$/.exec(text)
  if (match === null) throw bad(text, 'it is not of the form udp://ADDRESS:PORT', meant(text))
  const [, host = '', portText, query = ''] = match
  const bracketed = host.startsWith('[')
  const [address = '', zone] = (bracketed ? host.slice(1, -1) : host).split('%')
  if (isIP(address) === 0) throw bad(text, `"${host}" is not an IP address`)
  // To compile Node's pattern for IPv6 takes each thread 4 ms.
  if (isIPv4(address) === bracketed)
    throw bad(text, 'IPv6 addresses, and only those, take brackets')
  if (portText === undefined) throw bad(text, 'it has no port')
  const port = Number(portText)
  if (port > MAX_PORT) throw bad(text, `port ${portText} is above ${MAX_PORT}`)
  const parameters = new URLSearchParams(query)
  for (const name of parameters.keys()) {
    if (!PARAMETERS.some((known) => known === name)) {
      throw bad(text, `"${name}" is none of its parameters (${PARAMETERS.join(', ')})`)
    }
    if (parameters.getAll(name).length > 1) throw bad(text, `"${name}" stands in it more than once`)
    if (parameters.get(name) === '') throw bad(text, `"${name}" has no value`)
  }
  const source = parameters.get('source') ?? undefined
  const multicast = isMulticast(address)
  if (source !== undefined && (isIP(source) !== isIP(address) || !canBeSource(source))) {
    throw bad(text, `source "${source}" does not fit: it takes one host's address, of this family`)
  }
  const ttl = Number(parameters.get('ttl') ?? 1)
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > MAX_TTL) {
    throw bad(text, `ttl must be a whole number from 0 to ${MAX_TTL}`)
  }
  return {
    url: text,
    address,
    port,
    ipv6: bracketed,
    multicast,
    interface: parameters.get('interface') ?? zone,
    source,
    ttl,
  }
}

/** The same endpoint with another port. */
export function withPort(endpoint: Endpoint, port: number): Endpoint {
  const url = endpoint.url.replace(/:\d+(?=\/?(\?|$))/, `:${port}`)
  return { ...endpoint, url, port }
}

function isMulticast(address: string): boolean {
  if (isIPv4(address)) {
    const first = Number.parseInt(address, 10)
    return first >= 224 && first <= 239
  }
  return /^ff/i.test(address)
}

/** Whether datagrams can come from an address: an IP literal without a zone, of one host. */
export function canBeSource(address: string): boolean {
  const unspecified = /^[0:.]+$/.test(address)
  return isIP(address) !== 0 && !address.includes('%') && !unspecified && !isMulticast(address)
}

function bad(text: string, why: string, remedy?: string): TickwireError {
  return new TickwireError(
    'TW_BAD_ENDPOINT',
    `The endpoint "${text}" cannot be used: ${why}`,
    remedy ??
      `Write it like ${DEFAULT_ENDPOINT}, udp://[::1]:9001 or udp://239.1.1.1:9001?interface=10.0.0.1.`,
  )
}

/** The remedy where it is only the scheme that was left out. */
function meant(text: string): string | undefined {
  const url = `udp://${text}`
  return /^(\[[0-9a-f:.]+\]|[^:/?#[\]]+):\d+(\?.*)?$/i.test(text) ? `Write ${url}.` : undefined
}

/** The name of the interface that an endpoint names by name or by address; undefined if it names none. */
export function interfaceNameOf(endpoint: Endpoint): string | undefined {
  const wanted = endpoint.interface
  if (wanted === undefined) return undefined
  const all = networkInterfaces()
  for (const [name, addresses = []] of Object.entries(all)) {
    if (name === wanted || addresses.some((one) => one.address === wanted)) return name
  }
  // An interface without an address is not in the list; the kernel decides by its name.
  if (isIP(wanted) === 0) return wanted
  throw noSuchInterface(wanted)
}

/**
 * What `node:dgram` takes for the interface that an endpoint names: an address over IPv4, a zone over
 * IPv6; undefined if it names none.
 */
export function dgramInterfaceOf(endpoint: Endpoint): string | undefined {
  const name = interfaceNameOf(endpoint)
  if (name === undefined) return undefined
  if (endpoint.ipv6) return `::%${name}`
  const address = networkInterfaces()[name]?.find(({ family }) => family === 'IPv4')?.address
  if (address === undefined) throw noSuchInterface(name)
  return address
}

/** The error for an interface that this machine does not have. */
export function noSuchInterface(wanted: string): TickwireError {
  const names = Object.keys(networkInterfaces())
  return new TickwireError(
    'TW_NO_SUCH_INTERFACE',
    `No interface has the name or address "${wanted}" (there are: ${names.join(', ') || 'none'})`,
    'Name one of those, or leave interface= out to let the kernel choose.',
  )
}
