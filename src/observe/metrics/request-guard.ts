import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { ListenAddress } from './listen-address.js'

const COOKIE = 'tickwire_token'

/** Why a request gets no answer, as HTTP says it. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 405
  readonly reason: string
}

/**
 * Decides whom a metrics server answers. Pages of other sites can make a browser ask it, in two ways:
 *
 * - A name of theirs that is made to lead here (DNS rebinding) stands in `Host`. So a Host must be an IP
 *   address, `localhost`, the machine's own name, or the one that the server was given.
 * - A request from their own address names it in `Origin`. So an Origin must be the Host that was asked.
 */
export class RequestGuard {
  readonly #names: ReadonlySet<string>
  readonly #token: Buffer | null

  constructor({ host, token }: ListenAddress) {
    this.#names = new Set(['localhost', host.toLowerCase(), hostname().toLowerCase()])
    this.#token = token === null ? null : digest(token)
  }

  /** Null: it is to be answered. */
  refusal(request: IncomingMessage): Refusal | null {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { status: 405, reason: 'Only GET and HEAD: this server changes nothing.' }
    }
    const { host, origin } = request.headers
    const name = hostName(host)
    if (host === undefined || name === undefined) return { status: 400, reason: 'Host is missing.' }
    if (isIP(name) === 0 && !this.#names.has(name)) {
      return { status: 403, reason: 'Host names another machine: ask by address.' }
    }
    if (origin !== undefined && origin !== `http://${host}`) {
      return { status: 403, reason: 'Pages of other origins are not answered.' }
    }
    if (!this.#knows(request)) {
      return {
        status: 401,
        reason: 'Bring the token: Authorization: Bearer TOKEN, or /?token=TOKEN',
      }
    }
    return null
  }

  /**
   * For somebody who gave the token in the address of the page: what keeps it in the browser, so that it
   * can leave the address; undefined otherwise.
   */
  cookie(request: IncomingMessage): string | undefined {
    const given = tokenOf(request.url)
    if (this.#token === null || given === undefined || !this.#is(given)) return undefined
    return `${COOKIE}=${encodeURIComponent(given)}; HttpOnly; SameSite=Strict; Path=/`
  }

  #knows(request: IncomingMessage): boolean {
    if (this.#token === null) return true
    const { authorization = '', cookie = '' } = request.headers
    const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    const kept = cookie
      .split(/; */)
      .find((pair) => pair.startsWith(`${COOKIE}=`))
      ?.slice(COOKIE.length + 1)
    const all = [bearer, decoded(kept), tokenOf(request.url)]
    return all.some((given) => given !== undefined && this.#is(given))
  }

  /** In a time that tells nothing of where they differ. */
  #is(given: string): boolean {
    return this.#token !== null && timingSafeEqual(digest(given), this.#token)
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function tokenOf(url: string | undefined): string | undefined {
  const query = url?.split('?', 2)[1]
  return query === undefined ? undefined : (new URLSearchParams(query).get('token') ?? undefined)
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The name or address in a Host header, without port and brackets. */
function hostName(host: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host ?? '')
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}
