import { messageOf, TickwireError } from '../../foundation/errors.js'

/** A handler that has been told the report may take this long in onStop. */
export const ON_STOP_MS = 5000

/** onStop takes too long. */
export function onStopStuck(): TickwireError {
  return new TickwireError(
    'TW_HANDLER_STUCK',
    `The handler's onStop did not finish within ${ON_STOP_MS} ms, and was ended`,
    'Do less in onStop, or keep what is to be done for after the run.',
  )
}

/** The handler threw with a message in its hands. */
export function handlerThrew(failure: {
  sequence: number
  message: string
  stack: string | undefined
}) {
  const error = new TickwireError(
    'TW_HANDLER_THREW',
    `The handler threw at the message with sequence ${failure.sequence}: ${failure.message}`,
    'Mend the handler; catch in onMessage what may happen there.',
  )
  if (failure.stack !== undefined) error.stack = failure.stack
  return error
}

/** What is no TickwireError is a bug. */
export function unexpected(error: unknown): TickwireError {
  return new TickwireError('TW_BUG', messageOf(error), 'Please report this as a bug.')
}
