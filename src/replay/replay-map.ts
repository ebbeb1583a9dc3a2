import { canonicalDestination, type Destinations } from '../capture/destinations.js'
import { badOption } from '../foundation/errors.js'
import { optionName } from '../foundation/option-name.js'

/** Lines that one sender has at most. */
const MAX_MAPPED = 16
const NOWHERE = -1

/** A recorded destination and where its datagrams go. */
export interface MapEntry {
  /** `ADDRESS:PORT`, as recordings name it. */
  readonly recorded: string
  /** As it was written. */
  readonly url: string
}

/**
 * Reads `GROUP:PORT=URL`, as often as it was given.
 *
 * @throws {TickwireError} TW_BAD_OPTION
 */
export function parseMap(texts: readonly string[]): readonly MapEntry[] {
  const entries = texts.map((text): MapEntry => {
    const [, recorded, url] = /^([^=]+)=(.+)$/s.exec(text) ?? []
    if (recorded === undefined || url === undefined) {
      throw badOption(
        `${optionName('map')} is "${text}"`,
        'Write it like 239.1.1.1:9001=udp://127.0.0.1:9001.',
      )
    }
    return { recorded: canonicalDestination(recorded), url }
  })
  const seen = new Set<string>()
  for (const { recorded } of entries) {
    if (seen.has(recorded)) {
      throw badOption(`${optionName('map')} names ${recorded} twice`, 'Name it once.')
    }
    seen.add(recorded)
  }
  if (entries.length > MAX_MAPPED) {
    throw badOption(
      `${optionName('map')} was given ${entries.length} times`,
      `Give it ${MAX_MAPPED} times at most.`,
    )
  }
  return entries
}

/** Tells to which line a recorded datagram goes. One thread; no allocation but for a new destination. */
export class ReplayMap {
  readonly #recorded: readonly string[]
  readonly #lines: number[] = []

  constructor(entries: readonly MapEntry[]) {
    this.#recorded = entries.map(({ recorded }) => recorded)
  }

  /** The line of a destination of the recording, by its number there; negative: it goes nowhere. */
  lineOf(number: number, destinations: Destinations): number {
    if (number < 0) return NOWHERE
    const known = this.#lines[number]
    if (known !== undefined) return known
    const line = this.#recorded.indexOf(destinations.text(number))
    this.#lines[number] = line
    return line
  }

  /** A sentence for each destination that was named and is not in the recording. */
  warnings(destinations: Destinations): string[] {
    const there = new Set<string>()
    for (let i = 0; i < destinations.size; i++) there.add(destinations.text(i))
    return this.#recorded
      .filter((one) => !there.has(one))
      .map(
        (one) =>
          `The recording holds no datagram to ${one} (${optionName('map')}); there are: ${destinations.list()}`,
      )
  }
}
