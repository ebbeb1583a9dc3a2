import { TickwireError } from '../../foundation/errors.js'
import { optionName } from '../../foundation/option-name.js'

/**
 * The error for what only the socket transport can do, where this platform has none. Asked once `auto` is
 * decided.
 *
 * @param option whose option it is; undefined: it is not one
 */
export function needsLinux(what: string, option?: string): TickwireError {
  return new TickwireError(
    'TW_NOT_SUPPORTED',
    `${what} needs the socket transport, which this platform does not have`,
    option === undefined
      ? 'Run it on 64-bit Linux.'
      : `Leave ${optionName(option)} out, or run it on 64-bit Linux.`,
  )
}
