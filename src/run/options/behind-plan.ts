import { badOption } from '../../foundation/errors.js'
import { optionText } from '../../foundation/option-name.js'
import type { BehindPolicy } from '../../handle/behind-policy.js'
import { meaningless, whole } from './declaration.js'
import type { BehindOptions, ReadReceiveOptions } from './receive-options.js'

/** @throws {TickwireError} TW_BAD_OPTION */
export function planBehind(
  options: BehindOptions,
  { whenBehind: when, framing, conflateMessages }: ReadReceiveOptions,
  slots: number,
): BehindPolicy {
  if (when === 'every' && options.behindLimit !== undefined) {
    throw meaningless(
      'behindLimit',
      'every message is to be delivered',
      `Add ${optionText('whenBehind', 'skip-oldest')} or conflate, or leave it out.`,
    )
  }
  if (when !== 'conflate' && options.conflateMessages !== undefined) {
    throw meaningless(
      'conflateMessages',
      'nothing is to be conflated',
      `Add ${optionText('whenBehind', 'conflate')}, or leave it out.`,
    )
  }
  if (when === 'conflate' && framing !== 'raw') {
    throw badOption(
      `Messages of the framing ${framing} cannot be conflated: what they are about is not known`,
      `Use ${optionText('whenBehind', 'skip-oldest')}, or ${optionText('framing', 'raw')}.`,
    )
  }
  if (when !== 'every' && slots < 2) {
    throw meaningless(
      'whenBehind',
      'with one slot there is never a backlog',
      `Give ${optionText('slots', 2)} or more.`,
    )
  }
  const limit = options.behindLimit ?? (when === 'skip-oldest' ? slots >> 1 : Number.NaN)
  return {
    when,
    limit: Number.isNaN(limit) ? limit : whole('behindLimit', limit, 1, slots - 1),
    messages: conflateMessages,
  }
}
