import type { SessionEpoch } from '../foundation/clock.js'
import { NS_PER_SECOND } from '../foundation/units.js'

/** Ns since the session epoch as those since 1970, in decimal; NaN is nothing. */
export function unixNs({ unixSeconds }: SessionEpoch, ns: number): string {
  if (Number.isNaN(ns)) return ''
  const seconds = Math.floor(ns / NS_PER_SECOND)
  const rest = Math.round(ns - seconds * NS_PER_SECOND)
  return `${unixSeconds + seconds}${`${rest}`.padStart(9, '0')}`
}
