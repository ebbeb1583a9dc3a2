import { MarketDay } from '../../codec/value/market-day.js'
import { badOption } from '../../foundation/errors.js'

const ZONE = 'America/New_York'
const NS_PER_DAY = 86_400_000_000_000n
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/
const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/
const ZONE_OFFSET = /^([+-])(\d{2}):?(\d{2})$/

/**
 * A moment that a user names: a time of the exchange's day (New York), a date and time in ISO form (without
 * a zone: New York's), or nanoseconds since 1970.
 */
export class Moment {
  readonly #ofDayNs: bigint | undefined
  readonly #unixNs: bigint | undefined

  /** @throws {TickwireError} TW_BAD_OPTION */
  constructor(text: string) {
    const iso = ISO.exec(text)
    if (/^\d+$/.test(text)) {
      const ns = BigInt(text)
      if (ns < NS_PER_DAY) this.#ofDayNs = ns
      else this.#unixNs = ns
    } else if (iso !== null) {
      const [, date = '', clock = '', zone] = iso
      this.#unixNs = unixOf(date, clockNs(clock, text), zone)
    } else {
      this.#ofDayNs = clockNs(text, text)
    }
  }

  /** In nanoseconds since 1970, on the day of a moment if none was named. */
  unixNs(dayOf: bigint): bigint {
    if (this.#unixNs !== undefined) return this.#unixNs
    return MarketDay.at(dayOf, ZONE).toUnixNs(this.#ofDayNs ?? 0n)
  }

  /** In nanoseconds since midnight, for a recording that has times of day only. */
  ofDayNs(): bigint {
    if (this.#ofDayNs !== undefined) return this.#ofDayNs
    const unixNs = this.#unixNs ?? 0n
    return MarketDay.at(unixNs, ZONE).toNsOfDay(unixNs)
  }
}

function unixOf(date: string, ofDayNs: bigint, zone: string | undefined): bigint {
  if (zone === undefined) return new MarketDay(date, ZONE).toUnixNs(ofDayNs)
  const [, sign = '+', hours = '0', minutes = '0'] = ZONE_OFFSET.exec(zone) ?? []
  const offset = BigInt(Number(hours) * 60 + Number(minutes)) * 60_000_000_000n
  return new MarketDay(date, 'UTC').toUnixNs(ofDayNs) - (sign === '-' ? -offset : offset)
}

function clockNs(clock: string, text: string): bigint {
  const parts = CLOCK.exec(clock)
  if (parts === null) throw noTime(text)
  const [hours, minutes, seconds] = [parts[1], parts[2], parts[3] ?? '0'].map(Number) as [
    number,
    number,
    number,
  ]
  if (hours > 24 || minutes > 59 || seconds > 60) throw noTime(text)
  const fraction = BigInt((parts[4] ?? '').padEnd(9, '0'))
  return BigInt(hours * 3600 + minutes * 60 + seconds) * 1_000_000_000n + fraction
}

function noTime(text: string) {
  return badOption(
    `at is "${text}", which is no time`,
    'Give a time of day in New York such as 09:31:07.123456789, an ISO time such as 2016-08-22T13:31:07Z, or nanoseconds since 1970.',
  )
}
