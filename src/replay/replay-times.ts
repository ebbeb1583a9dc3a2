import { badOption } from '../foundation/errors.js'

const DAY_SECONDS = 86_400

/**
 * A point in a recording: a time of day in UTC (`14:30:00.5`), an ISO date and time, or nanoseconds since
 * 1970.
 *
 * @param firstSeconds the recording's first packet, seconds since 1970: the day of a time of day
 * @returns seconds since 1970
 * @throws {TickwireError} TW_BAD_OPTION
 */
export function parseRecordedTime(name: string, text: string, firstSeconds: number): number {
  const day = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?$/.exec(text)
  if (day !== null) {
    const [, hours, minutes, seconds = '0'] = day
    const ofDay = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
    if (ofDay < DAY_SECONDS && Number(minutes) < 60 && Number(seconds) < 60) {
      return Math.floor(firstSeconds / DAY_SECONDS) * DAY_SECONDS + ofDay
    }
  } else if (/^\d{15,19}$/.test(text)) {
    return Number(BigInt(text) / 1_000_000_000n) + Number(BigInt(text) % 1_000_000_000n) / 1e9
  } else if (/^\d{4}-\d{2}-\d{2}([T ]|$)/.test(text)) {
    const withZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text) || text.length === 10 ? text : `${text}Z`
    const ms = Date.parse(withZone.replace(' ', 'T'))
    if (!Number.isNaN(ms)) return ms / 1000
  }
  throw badOption(
    `${name} is "${text.slice(0, 60)}"`,
    'Give a time of day in UTC (14:30:00), an ISO time (2026-03-13T14:30:00Z), or nanoseconds since 1970.',
  )
}
