import type { SessionEpoch } from '../foundation/clock.js'
import { NS_PER_SECOND } from '../foundation/units.js'
import type { BookTop } from './top-section.js'

const NS_DIGITS = 9

/** The top of a book as it lies in a stream: its time is not counted from a session's begin. */
type StoredTop = Omit<BookTop, 'receivedNs'> & {
  /** Ns since 1970 in decimal; null: not known. */
  readonly receivedNs: string | null
}

/** @param receivedNs ns since 1970 in decimal; empty: not known */
export function encodeTop(top: BookTop, receivedNs: string): Uint8Array {
  const stored: StoredTop = { ...top, receivedNs: receivedNs === '' ? null : receivedNs }
  return new TextEncoder().encode(JSON.stringify(stored))
}

/** Undefined: it is no top. */
export function decodeTop(bytes: Uint8Array, epoch: SessionEpoch): BookTop | undefined {
  const stored = parseTop(bytes)
  if (stored === undefined) return undefined
  return { ...stored, receivedNs: sinceEpoch(stored.receivedNs, epoch) }
}

/** The same top as one that may be wrong, since its bridge does not answer for it any more. */
export function distrustTop(bytes: Uint8Array): Uint8Array | undefined {
  const stored = parseTop(bytes)
  if (stored === undefined) return undefined
  const suspect = stored.suspect ?? {
    sinceSequence: stored.sequence + 1,
    cause: 'late-start' as const,
    messages: 0,
  }
  const distrusted: StoredTop = { ...stored, state: 'suspect', suspect }
  return new TextEncoder().encode(JSON.stringify(distrusted))
}

function parseTop(bytes: Uint8Array): StoredTop | undefined {
  try {
    const top = JSON.parse(new TextDecoder().decode(bytes)) as StoredTop | null
    return typeof top?.instrument === 'string' && typeof top.state === 'string' ? top : undefined
  } catch {
    return undefined
  }
}

function sinceEpoch(ns: string | null, { unixSeconds }: SessionEpoch): number | null {
  if (ns === null || ns.length <= NS_DIGITS) return null
  const seconds = Number(ns.slice(0, -NS_DIGITS)) - unixSeconds
  return seconds * NS_PER_SECOND + Number(ns.slice(-NS_DIGITS))
}
