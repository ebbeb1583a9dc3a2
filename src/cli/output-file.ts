import { openSync } from 'node:fs'
import { messageOf, TickwireError } from '../foundation/errors.js'

/**
 * Opens a file that a command will write at its end.
 *
 * @returns its descriptor
 * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_PERMISSION
 */
export function openForWriting(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new TickwireError(
      code === 'EACCES' || code === 'EPERM' ? 'TW_PERMISSION' : 'TW_FILE_NOT_FOUND',
      `${path} cannot be written: ${messageOf(error)}`,
      'Give a path in a folder that exists and that you may write to.',
      { cause: error },
    )
  }
}
