import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { STANDARD_INPUT } from '../capture/bytes/byte-input.js'
import { canonicalDestination } from '../capture/destinations.js'
import { messageOf, TickwireError } from '../foundation/errors.js'

/** A recording as an endpoint. */
export interface CaptureUrl {
  readonly kind: 'file'
  /** As it was written. */
  readonly url: string
  /** Of a file or FIFO; `-`: standard input. */
  readonly path: string
  /** `ADDRESS:PORT` of the destination to read; undefined: the only one there is. */
  readonly to: string | undefined
}

/** Where messages come from. */
export type FeedUrl =
  | CaptureUrl
  | { readonly kind: 'udp'; readonly url: string }
  | { readonly kind: 'nats'; readonly url: string }

const SCHEME = /^([a-z][a-z0-9+.-]*):/i
const FILE = 'file:'
/** What no address has: a folder, or an ending of recordings. */
const PATH = /[/\\]|\.(pcap|pcapng|cap|bin|gz|zst)$/i

/**
 * Tells what an endpoint is: `udp://…`, `nats://…`, `file:PATH`, `file:PATH?to=GROUP:PORT`, `file:-`
 * (standard input), or a path: of a file that exists, or what can be nothing else. Only recordings are looked at
 * closely.
 *
 * @throws {TickwireError} TW_BAD_ENDPOINT
 */
export function parseFeedUrl(text: string): FeedUrl {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'file') return parseCaptureUrl(text)
  if (scheme === 'nats' || scheme === 'tls') return { kind: 'nats', url: text }
  // `udp:` and whatever is no endpoint at all: the parser of live endpoints says what is wrong with it.
  const isPath = scheme !== 'udp' && (existsSync(text) || (scheme === undefined && PATH.test(text)))
  if (!isPath) return { kind: 'udp', url: text }
  return { kind: 'file', url: `${FILE}${text}`, path: text, to: undefined }
}

/** Whether an endpoint is a recording. */
export function isCaptureUrl(text: string): boolean {
  return parseFeedUrl(text).kind === 'file'
}

function parseCaptureUrl(url: string): CaptureUrl {
  const rest = url.slice(FILE.length)
  const query = rest.indexOf('?')
  // A question mark may be a part of a file's name.
  const isName = query < 0 || (!rest.includes('?to=') && existsSync(rest))
  const path = pathOf(url, isName ? rest : rest.slice(0, query))
  const parameters = new URLSearchParams(isName ? '' : rest.slice(query + 1))
  for (const name of parameters.keys()) {
    if (name !== 'to') throw bad(url, `"${name}" is none of its parameters (to)`)
  }
  const to = parameters.get('to') ?? undefined
  return {
    kind: 'file',
    url,
    path,
    to: to === undefined ? undefined : canonicalDestination(to),
  }
}

function pathOf(url: string, text: string): string {
  if (text === '') throw bad(url, 'it names no file')
  if (!text.startsWith('//')) return text
  try {
    return fileURLToPath(`${FILE}${text}`)
  } catch (error) {
    throw bad(url, messageOf(error))
  }
}

function bad(url: string, why: string): TickwireError {
  return new TickwireError(
    'TW_BAD_ENDPOINT',
    `The endpoint "${url}" cannot be used: ${why}`,
    `Write it like file:day.pcap.gz, file:day.pcap?to=239.1.1.1:9001, or file:${STANDARD_INPUT} for standard input.`,
  )
}
