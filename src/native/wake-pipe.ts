import { O_CLOEXEC, O_NONBLOCK } from './constants.js'
import { systemError } from './errno.js'
import { libc } from './libc.js'

/** Both ends of a pipe through which threads wake one of them; it carries nothing. Any thread may use them. */
export interface WakePipe {
  readonly readEnd: number
  readonly writeEnd: number
}

/**
 * Opens a pipe that no child process inherits, and that blocks nobody.
 *
 * @throws {TickwireError} TW_SYSTEM where the process has too many files open
 */
export function openWakePipe(): WakePipe {
  const ends = new Int32Array(2)
  if (libc().pipe2(ends, O_NONBLOCK | O_CLOEXEC) !== 0) {
    throw systemError('pipe2', libc().errno(), 'Opening a pipe between two threads')
  }
  return { readEnd: ends[0], writeEnd: ends[1] }
}

/** Once no thread uses it any more: its numbers may then be those of other files. */
export function closeWakePipe({ readEnd, writeEnd }: WakePipe): void {
  libc().close(writeEnd)
  libc().close(readEnd)
}
