import { TickwireError } from '../../foundation/errors.js'
import { type BehindPolicy, WHEN_BEHIND, type WhenBehind } from '../../handle/behind-policy.js'
import { MAX_SLOTS } from '../../ring/layout.js'
import type { FramingName } from '../../wire/framing.js'
import { oneOf, optionalWhole, whole } from './checks.js'

const DEFAULT_CONFLATE_MESSAGES = 65_536

/** What is done when the handler is behind. Everything has a default. */
export interface BehindOptions {
  /**
   * Default `every`: all messages are delivered, and the ring fills. `skip-oldest` passes over the oldest
   * datagrams of a backlog. `conflate` (only for `raw`) delivers all trades, and of each instrument's
   * bids and asks only the newest.
   */
  readonly whenBehind?: WhenBehind | undefined
  /**
   * Slots of a line that may wait before the handler counts as behind; less than there are. Default: half
   * of them for `skip-oldest`, one batch for `conflate`.
   */
  readonly behindLimit?: number | undefined
  /** For `conflate`: messages that can wait outside of the ring. Default 65,536. */
  readonly conflateMessages?: number | undefined
}

/** @throws {TickwireError} TW_BAD_OPTION */
export function planBehind(
  options: BehindOptions,
  framing: FramingName,
  slots: number,
): BehindPolicy {
  const when = oneOf('when-behind', options.whenBehind ?? 'every', WHEN_BEHIND)
  if (when === 'every' && options.behindLimit !== undefined) {
    throw bad(
      'A --behind-limit was given, and every message is to be delivered all the same',
      'Add --when-behind skip-oldest or conflate, or leave --behind-limit out.',
    )
  }
  if (when !== 'conflate' && options.conflateMessages !== undefined) {
    throw bad(
      'A number of --conflate-messages was given, and nothing is to be conflated',
      'Add --when-behind conflate, or leave --conflate-messages out.',
    )
  }
  if (when === 'conflate' && framing !== 'raw') {
    throw bad(
      `Messages of the framing ${framing} cannot be conflated: what they are about is not known`,
      'Use --when-behind skip-oldest, or --framing raw.',
    )
  }
  if (when !== 'every' && slots < 2) {
    throw bad(
      `With one slot there is never a backlog, so --when-behind ${when} would do nothing`,
      'Give --slots 2 or more.',
    )
  }
  const limit = options.behindLimit ?? (when === 'skip-oldest' ? slots >> 1 : undefined)
  return {
    when,
    limit: optionalWhole('behind-limit', limit, 1, slots - 1),
    messages: whole(
      'conflate-messages',
      options.conflateMessages ?? DEFAULT_CONFLATE_MESSAGES,
      1,
      MAX_SLOTS,
    ),
  }
}

function bad(what: string, remedy: string): TickwireError {
  return new TickwireError('TW_BAD_OPTION', what, remedy)
}
