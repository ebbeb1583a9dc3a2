import type { ExactInteger } from './exact.js'

/**
 * The exact decimal text of a fixed-point number, without zeros at its end: 97000 with 4 decimals is
 * `9.7`, -5 is `-0.0005`, 10000 is `1`.
 *
 * @param mantissa whole steps; a number must be exact, so below 2^53
 * @param decimals decimal places of a step, 0 to 20
 */
export function decimalText(mantissa: ExactInteger, decimals: number): string {
  const negative = mantissa < 0
  const digits = String(mantissa)
    .slice(negative ? 1 : 0)
    .padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  let end = digits.length
  while (end > whole.length && digits.charCodeAt(end - 1) === 0x30) end--
  const text = end === whole.length ? whole : `${whole}.${digits.slice(whole.length, end)}`
  return negative ? `-${text}` : text
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/

/**
 * The mantissa that a decimal text stands for, the other way of {@link decimalText}.
 *
 * @throws {RangeError} if it is no decimal number, or has more places than steps allow
 */
export function parseDecimal(text: string, decimals: number): bigint {
  const [, sign, whole, fraction = ''] = DECIMAL.exec(text) ?? []
  if (whole === undefined || /[1-9]/.test(fraction.slice(decimals))) {
    throw new RangeError(`"${text}" is no decimal number with up to ${decimals} places`)
  }
  const mantissa = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'))
  return sign === '-' ? -mantissa : mantissa
}
