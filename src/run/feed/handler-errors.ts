import { badOption, messageOf, TickwireError } from '../../foundation/errors.js'
import { optionName } from '../../foundation/option-name.js'
import type { ReceivePlan } from '../options/receive-plan.js'

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

/** There are no books on the thread that asks for them. */
export function noBooks({ books, handler }: Pick<ReceivePlan, 'books' | 'handler'>): TickwireError {
  if (books === null) {
    return badOption('The feed builds no books', `Add ${optionName('books')} to its options.`)
  }
  if (handler.kind !== 'iterate') {
    return badOption(
      'The books of a feed with a handler module are in the thread of that module',
      'Look at them in its onBook(book, change, sequence); read tops that publishTop names with top(symbol).',
    )
  }
  return badOption(
    'Nobody knows yet what the books are built from: the header of the first datagram tells',
    `Ask when the first message is there, or name it with ${optionName('protocol')}.`,
  )
}
