import { TickwireError } from '../../foundation/errors.js'

/** A whole number within bounds. NaN is none. @throws {TickwireError} TW_BAD_OPTION */
export function whole(
  name: string,
  value: number,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw badOption(`${name} is ${value}`, `Give a whole number from ${min} to ${max}.`)
  }
  return value
}

/** The same for what may be left out, which NaN then stands for. */
export function optionalWhole(
  name: string,
  value: number | undefined,
  min: number,
  max?: number,
): number {
  return value === undefined ? Number.NaN : whole(name, value, min, max)
}

/** One of the allowed words. */
export function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found === undefined) {
    throw badOption(`${name} is "${value}"`, `Choose one of: ${allowed.join(', ')}.`)
  }
  return found
}

/** A CPU number, null for none, undefined for "not said". */
export function optionalCpu(
  name: string,
  value: number | null | undefined,
): number | null | undefined {
  return value === null || value === undefined ? value : whole(name, value, 0, 8191)
}

function badOption(what: string, remedy: string): TickwireError {
  return new TickwireError('TW_BAD_OPTION', what, remedy)
}
