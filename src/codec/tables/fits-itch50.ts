import { codeOf } from '../table/field-table.js'
import { ITCH50 } from './itch50.js'

const LENGTHS: ReadonlyMap<number, number> = new Map(
  ITCH50.messages.map((message) => [codeOf(message), message.length]),
)

/**
 * Whether a message of this type and length in bytes may be one of ITCH 5.0, for feeds whose headers do not tell
 * the protocol. Any thread.
 */
export function fitsItch50(code: number, length: number): boolean {
  return LENGTHS.get(code) === length
}
