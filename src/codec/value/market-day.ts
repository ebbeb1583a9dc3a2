import { TickwireError } from '../../foundation/errors.js'

const MS_PER_DAY = 86_400_000
const NS_PER_MS = 1_000_000n

/**
 * One day of a market in its own time zone: what turns "nanoseconds since midnight" into a moment.
 *
 * Neither the zone nor the date of the machine that this runs on is ever asked. A day on which the
 * clocks change has 23 or 25 hours; times of day count what has passed since its midnight.
 */
export class MarketDay {
  /** As `YYYY-MM-DD`. */
  readonly date: string
  /** IANA name, such as `America/New_York`. */
  readonly timeZone: string
  /** The day's beginning in nanoseconds since 1970. */
  readonly midnightNs: bigint

  /**
   * @param date as `YYYY-MM-DD`
   * @throws {TickwireError} TW_BAD_OPTION if there is no such day or no such zone
   */
  constructor(date: string, timeZone: string) {
    const utcMs = parseDate(date)
    this.date = date
    this.timeZone = timeZone
    this.midnightNs = BigInt(beginningOfDay(utcMs, formatterOf(timeZone))) * NS_PER_MS
  }

  /** The day in which a moment falls, given in nanoseconds since 1970. */
  static at(unixNs: bigint, timeZone: string): MarketDay {
    const local = localMs(Number(unixNs / NS_PER_MS), formatterOf(timeZone))
    return new MarketDay(dateText(local), timeZone)
  }

  /** The moment in nanoseconds since 1970 that lies so many nanoseconds after this day's midnight. */
  toUnixNs(nsOfDay: number | bigint): bigint {
    return this.midnightNs + BigInt(nsOfDay)
  }

  /** Nanoseconds from this day's midnight to a moment; negative before it. */
  toNsOfDay(unixNs: bigint): bigint {
    return unixNs - this.midnightNs
  }
}

/**
 * The date in a name such as `01302019.NASDAQ_ITCH50.gz`, where month, day and year come first, as
 * `YYYY-MM-DD`; undefined where there is none.
 */
export function dateInFileName(name: string): string | undefined {
  const [, month, day, year] = /(?:^|[^\d])(\d{2})(\d{2})((?:19|20)\d{2})(?!\d)/.exec(name) ?? []
  const date = `${year}-${month}-${day}`
  return isDate(date) ? date : undefined
}

/** A moment in ISO form with nine decimal places, in UTC: `2016-08-22T13:30:00.123456789Z`. */
export function isoTime(unixNs: bigint): string {
  const seconds = (unixNs - floorMod(unixNs, 1_000_000_000n)) / 1_000_000_000n
  const fraction = floorMod(unixNs, 1_000_000_000n).toString().padStart(9, '0')
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, -5)}.${fraction}Z`
}

function floorMod(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/

/** Midnight of a date in UTC, in milliseconds since 1970; NaN if there is no such day. */
function utcMidnight(date: string): number {
  if (!DATE.test(date)) return Number.NaN
  const utcMs = Date.parse(`${date}T00:00:00Z`)
  return dateText(utcMs) === date ? utcMs : Number.NaN
}

function isDate(date: string): boolean {
  return !Number.isNaN(utcMidnight(date))
}

function parseDate(date: string): number {
  if (isDate(date)) return utcMidnight(date)
  throw new TickwireError(
    'TW_BAD_OPTION',
    `"${date}" is no date`,
    'Give a day that exists as YYYY-MM-DD, such as 2026-03-09.',
  )
}

function dateText(utcMs: number): string {
  return Number.isNaN(utcMs) ? '' : new Date(utcMs).toISOString().slice(0, 10)
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `"${timeZone}" is no time zone that is known here`,
      'Give an IANA name such as America/New_York.',
    )
  }
}

/** What the clocks of a zone show at a moment, as if they showed UTC. */
function localMs(unixMs: number, formatter: Intl.DateTimeFormat): number {
  const parts: Record<string, number> = {}
  for (const { type, value } of formatter.formatToParts(unixMs)) parts[type] = Number(value)
  const at = (name: string) => parts[name] ?? 0
  return Date.UTC(
    at('year'),
    at('month') - 1,
    at('day'),
    at('hour'),
    at('minute'),
    at('second'),
    ((unixMs % 1000) + 1000) % 1000,
  )
}

/**
 * The first moment at which a zone's clocks show the day. They differ from UTC by less than a day,
 * and change it at most once in that time.
 */
function beginningOfDay(utcMs: number, formatter: Intl.DateTimeFormat): number {
  const candidates = [utcMs - MS_PER_DAY, utcMs + MS_PER_DAY].map(
    (near) => utcMs - (localMs(near, formatter) - near),
  )
  const exact = candidates.filter((each) => localMs(each, formatter) === utcMs)
  // Where the clocks skip midnight the day begins with the change: the later candidate's moment.
  return exact.length > 0 ? Math.min(...exact) : Math.max(...candidates)
}
