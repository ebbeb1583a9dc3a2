import { TWO_POW_32 } from '../../foundation/units.js'

/** From one number on the wire to another: the shorter way round, where they wrap (RFC 1982). */
export function wireDistance(from: number, to: number, wraps: boolean): number {
  return wraps ? (to - from) | 0 : to - from
}

/** The number on the wire so many messages behind another. */
export function wireAfter(wireSequence: number, count: number, wraps: boolean): number {
  return wraps ? (wireSequence + count) % TWO_POW_32 : wireSequence + count
}
