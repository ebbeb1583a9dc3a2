import { isIP } from 'node:net'
import { badOption } from '../../foundation/errors.js'
import { optionName } from '../../foundation/option-name.js'

/** The port that is registered for nobody and free in most places, next to Prometheus' exporters. */
const DEFAULT_PORT = 9464

/** Where a metrics server listens, and who may ask it. */
export interface ListenAddress {
  /** An IP address or a name, without brackets. */
  readonly host: string
  /** 0: the kernel chooses one. */
  readonly port: number
  /** What every request has to bring; null: nothing, which is for this machine alone. */
  readonly token: string | null
}

/**
 * Reads `http://HOST:PORT`.
 *
 * @param token undefined: none, which is for loopback addresses alone
 * @throws {TickwireError} TW_BAD_OPTION
 */
export function parseListenAddress(url: string, token?: string): ListenAddress {
  const name = optionName('metrics')
  const wrong = (why: string) =>
    badOption(
      `${name} ${JSON.stringify(url)} ${why}`,
      `Give an address of this machine, such as http://127.0.0.1:${DEFAULT_PORT}; with port 0 a free one is chosen.`,
    )
  const text = url.includes('://') ? url : `http://${url}`
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  if (parsed === undefined) throw wrong('is no URL')
  if (parsed.protocol !== 'http:') throw wrong(`begins with ${parsed.protocol}//, not with http://`)
  if (parsed.username !== '' || parsed.password !== '') throw wrong('has a user in it')
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') {
    throw wrong('has more in it than a host and a port')
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  if (token === '') throw badOption(`${optionName('metricsToken')} is empty`, 'Give it a value.')
  if (token === undefined && !isLoopback(host)) {
    throw badOption(
      `${name} ${url} can be reached from other machines, and ${optionName('metricsToken')} is missing`,
      `Give a secret with ${optionName('metricsToken')}, or listen on 127.0.0.1.`,
    )
  }
  // A URL leaves the port of its scheme out.
  const given = /:(\d+)\/?$/.exec(text)?.[1]
  const port = given === undefined ? DEFAULT_PORT : Number(given)
  return { host, port, token: token ?? null }
}

/** Whether only this machine can reach an address. */
function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.')
  return host === '::1' || host === 'localhost'
}

/** The URL of an address that was bound. */
export function listenUrl(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}
