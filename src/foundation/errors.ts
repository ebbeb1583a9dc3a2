/**
 * Every operating error that Tickwire can report. A code is a promise: it never changes its
 * meaning, and `docs/errors.md` describes each one.
 */
export const ERROR_CODES = [
  'TW_ADDRESS_NOT_LOCAL',
  'TW_BAD_ENDPOINT',
  'TW_BAD_FILE',
  'TW_BAD_HANDLER',
  'TW_BAD_OPTION',
  'TW_BAD_SCHEMA',
  'TW_BROKER',
  'TW_BUG',
  'TW_BUNDLED',
  'TW_CALLBACK_THREW',
  'TW_FILE_EXISTS',
  'TW_FILE_NOT_FOUND',
  'TW_HANDLER_EXITED',
  'TW_HANDLER_STUCK',
  'TW_HANDLER_THREW',
  'TW_MESSAGE_TOO_LONG',
  'TW_MISSING_PACKAGE',
  'TW_NO_FFI',
  'TW_NO_RECEIVER',
  'TW_NO_SUCH_CPU',
  'TW_NO_SUCH_INTERFACE',
  'TW_NO_TRAFFIC',
  'TW_NOT_SUPPORTED',
  'TW_PERMISSION',
  'TW_PORT_IN_USE',
  'TW_STOPPED',
  'TW_STREAM',
  'TW_SYSTEM',
  'TW_THREAD_DIED',
  'TW_UNREACHABLE',
] as const

/** The stable name of an operating error. */
export type ErrorCode = (typeof ERROR_CODES)[number]

/** A message is read by people: what came from outside may be of any length, the message may not. */
const MAX_TEXT = 2000

/** The parts of an error that survive a trip between threads. */
export interface ErrorRecord {
  readonly code: ErrorCode
  readonly what: string
  readonly remedy: string
  readonly stack?: string | undefined
}

/**
 * Something outside the program went wrong: a taken port, a missing file, a thread that died.
 *
 * `message` reads "what happened, with its numbers. What to do."
 */
export class TickwireError extends Error {
  override readonly name = 'TickwireError'
  /** Stable; see `docs/errors.md`. */
  readonly code: ErrorCode
  /** What happened, with its numbers, without a full stop. */
  readonly what: string
  /** What to do about it. */
  readonly remedy: string

  constructor(code: ErrorCode, what: string, remedy: string, options?: ErrorOptions) {
    const parts = [bounded(what), bounded(remedy)] as const
    super(parts.join('. '), options)
    this.code = code
    this.what = parts[0]
    this.remedy = parts[1]
  }

  /** A form that `postMessage` can carry. */
  toRecord(): ErrorRecord {
    return { code: this.code, what: this.what, remedy: this.remedy, stack: this.stack }
  }

  static fromRecord(record: ErrorRecord): TickwireError {
    const error = new TickwireError(record.code, record.what, record.remedy)
    if (record.stack !== undefined) error.stack = record.stack
    return error
  }
}

/** The error for an option that is none, that has no such value, or that does not go with another. */
export function badOption(what: string, remedy: string, options?: ErrorOptions): TickwireError {
  return new TickwireError('TW_BAD_OPTION', what, remedy, options)
}

/** A text that is cut where it would be too long to be read, and says so. */
export function bounded(text: string, most = MAX_TEXT): string {
  if (text.length <= most) return text
  const left = text.length - most
  return `${text.slice(0, most)} … (${left.toLocaleString('en')} more characters)`
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
