import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemError } from '../../native/errno.js'
import { type ListenAddress, listenUrl } from './listen-address.js'
import { RequestGuard } from './request-guard.js'

/** Room for 200 viewers, who have a connection for their events and another one, and for scrapers. */
const MAX_CONNECTIONS = 512
const MAX_HEADER_BYTES = 8192
const MAX_HEADERS = 64
/** A request has to be there within so long, and what was answered has to be taken. */
const REQUEST_MS = 5000
const RESPONSE_MS = 20_000
/** Longer than scrapers wait between two scrapes as a rule. */
const KEEP_ALIVE_MS = 65_000
const CHECK_MS = 1000

/** Nothing of a page comes from elsewhere, and nobody may frame it. */
const SECURITY = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const

/** What is answered under one path. */
export type Route = (request: IncomingMessage, response: ServerResponse) => void

/**
 * A read-only HTTP server with bounds for everything: connections, headers, time. It answers under the
 * paths it is given, and nobody that `RequestGuard` refuses.
 */
export class HttpServer {
  readonly #server: Server
  readonly #guard: RequestGuard
  readonly #address: ListenAddress
  readonly #routes: ReadonlyMap<string, Route>

  constructor(address: ListenAddress, routes: ReadonlyMap<string, Route>) {
    this.#address = address
    this.#guard = new RequestGuard(address)
    this.#routes = routes
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: REQUEST_MS,
        requestTimeout: REQUEST_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: CHECK_MS,
      },
      (request, response) => this.#answer(request, response),
    )
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#server.maxHeadersCount = MAX_HEADERS
    // What is no HTTP gets no answer: it would go to whoever made a browser send it.
    this.#server.on('clientError', (_, socket) => socket.destroy())
  }

  /**
   * @returns the URL with the port that was bound
   * @throws {TickwireError} TW_PORT_IN_USE, TW_ADDRESS_NOT_LOCAL, TW_PERMISSION, TW_SYSTEM
   */
  async listen(): Promise<string> {
    const { host, port } = this.#address
    try {
      this.#server.listen({ host, port, exclusive: true })
      await once(this.#server, 'listening')
    } catch (error) {
      const { code = 'unknown', syscall = 'listen' } = error as NodeJS.ErrnoException
      throw systemError(syscall, code, `Listening on ${listenUrl(host, port)}`)
    }
    return listenUrl(host, (this.#server.address() as AddressInfo).port)
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(SECURITY)) response.setHeader(name, value)
    // A body is not read; the connection ends with the answer, so that it is not taken for a request.
    if (hasBody(request)) response.setHeader('Connection', 'close')
    response.setTimeout(RESPONSE_MS, () => response.destroy())
    const refusal = this.#guard.refusal(request)
    if (refusal !== null) {
      if (refusal.status === 405) response.setHeader('Allow', 'GET, HEAD')
      if (refusal.status === 401) response.setHeader('WWW-Authenticate', 'Bearer')
      answerText(response, refusal.status, `${refusal.reason}\n`)
      return
    }
    const path = request.url?.split('?', 1)[0] ?? '/'
    const cookie = this.#guard.cookie(request)
    if (cookie !== undefined && path === '/') {
      response.setHeader('Set-Cookie', cookie)
      response.setHeader('Location', '/')
      answerText(response, 303, 'The token is kept in a cookie.\n')
      return
    }
    const route = this.#routes.get(path)
    if (route === undefined) answerText(response, 404, 'There is nothing here.\n')
    else route(request, response)
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

/** Answers with a whole text of the moment. */
export function answerText(
  response: ServerResponse,
  status: number,
  text: string | Buffer,
  type = 'text/plain; charset=utf-8',
): void {
  const body = typeof text === 'string' ? Buffer.from(text) : text
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store')
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length })
  response.end(body)
}
