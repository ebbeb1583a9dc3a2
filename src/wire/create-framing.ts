import type { Framing, FramingName } from './framing.js'
import { IexTpFraming } from './iex-tp-framing.js'
import { RawFraming } from './raw-framing.js'

/**
 * A new framing of that name, for one line on one thread.
 *
 * A thread should make only one kind, so that its calls of `open` and `next` stay monomorphic.
 */
export function createFraming(name: FramingName): Framing {
  switch (name) {
    case 'raw':
      return new RawFraming()
    case 'iex-tp':
      return new IexTpFraming()
  }
}
