import { TickwireError } from '../foundation/errors.js'

const ZONE = 'America/New_York'
const HOUR_SECONDS = 3600

/**
 * When a day began in New York, seconds since 1970: what NASDAQ's times count from. Clocks change at two
 * in the morning, so midnight is always there, once.
 *
 * @param date `YYYY-MM-DD`
 * @throws {TickwireError} TW_BAD_OPTION
 */
export function midnightInNewYork(date: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)
  const utcMs = match === null ? Number.NaN : Date.parse(`${date}T00:00:00Z`)
  if (Number.isNaN(utcMs) || new Date(utcMs).toISOString().slice(0, 10) !== date) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `date is "${date.slice(0, 40)}"`,
      'Give the day of the recording as YYYY-MM-DD.',
    )
  }
  const hour = new Intl.DateTimeFormat('en-US', {
    timeZone: ZONE,
    hour: '2-digit',
    hourCycle: 'h23',
  })
  // New York is four or five hours behind Greenwich.
  for (const behind of [4, 5]) {
    const seconds = utcMs / 1000 + behind * HOUR_SECONDS
    if (Number(hour.format(seconds * 1000)) === 0) return seconds
  }
  return utcMs / 1000 + 5 * HOUR_SECONDS
}

/** The day in a name such as `01302020.NASDAQ_ITCH50.gz`, as `YYYY-MM-DD`; undefined without one. */
export function dateInName(path: string): string | undefined {
  const match = /(?:^|[^\d])(\d{2})(\d{2})(\d{4})(?!\d)[^/\\]*$/.exec(path)
  if (match === null) return undefined
  const [, month, day, year] = match
  const date = `${year}-${month}-${day}`
  const ms = Date.parse(`${date}T00:00:00Z`)
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date) return undefined
  return date
}
