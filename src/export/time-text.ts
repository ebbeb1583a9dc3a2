import type { Column } from '../codec/column/column.js'
import { isoTime, type MarketDay } from '../codec/value/market-day.js'
import type { MessageView } from '../wire/message-view.js'

const NS_PER_SECOND = 1_000_000_000n

/**
 * A time field as a moment, nanoseconds since 1970; undefined where it cannot be one: a time of day on
 * a day that nobody named.
 */
export function momentOf(
  column: Column,
  message: MessageView,
  day: MarketDay | undefined,
): bigint | undefined {
  const value = BigInt(column.exact(message))
  switch (column.unit) {
    case 'ns-since-1970':
      return value
    case 's-since-1970':
      return value * NS_PER_SECOND
    case 'ns-of-day':
      return day?.toUnixNs(value)
    case 's-of-day':
      return day?.toUnixNs(value * NS_PER_SECOND)
    default:
      return undefined
  }
}

/** A time field in ISO form; a time of day without its date where the day is not known. */
export function prettyTime(
  column: Column,
  message: MessageView,
  day: MarketDay | undefined,
): string {
  const moment = momentOf(column, message, day)
  if (moment !== undefined) return isoTime(moment)
  const value = BigInt(column.exact(message))
  const nsOfDay = column.unit === 's-of-day' ? value * NS_PER_SECOND : value
  return isoTime(nsOfDay).slice('1970-01-01T'.length, -1)
}
