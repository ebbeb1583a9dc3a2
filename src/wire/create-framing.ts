import { TickwireError } from '../foundation/errors.js'
import { BinaryFileFraming } from './binary-file-framing.js'
import type { CaptureFramingName, Framing } from './framing.js'
import { IexTpFraming } from './iex-tp-framing.js'
import { Mdp3Framing } from './mdp3-framing.js'
import { MoldUdp64Framing } from './moldudp64-framing.js'
import { RawFraming } from './raw-framing.js'

/**
 * A new framing of that name, for one line on one thread.
 *
 * A thread should make only one kind, so that its calls of `open` and `next` stay monomorphic.
 *
 * @param session the only session to read, any if undefined: for `moldudp64` its name, for `iex-tp`
 *   its number in decimal. Datagrams of others are `DATAGRAM.foreign`
 * @throws {TickwireError} TW_BAD_OPTION if that is no session of this framing; `raw`,
 * `binaryfile` and `mdp3` have none
 */
export function createFraming(name: CaptureFramingName, session?: string): Framing {
  switch (name) {
    case 'raw':
      if (session !== undefined) throw noSessions(session, name)
      return new RawFraming()
    case 'binaryfile':
      if (session !== undefined) throw noSessions(session, name)
      return new BinaryFileFraming()
    case 'mdp3':
      if (session !== undefined) throw noSessions(session, name)
      return new Mdp3Framing()
    case 'moldudp64':
      return new MoldUdp64Framing(session)
    case 'iex-tp':
      return new IexTpFraming(session === undefined ? undefined : parseIexSession(session))
  }
}

function noSessions(session: string, framing: CaptureFramingName): TickwireError {
  return new TickwireError(
    'TW_BAD_OPTION',
    `session is "${session}", but the framing ${framing} has no sessions`,
    'Leave the session out, or name the framing that the publisher uses.',
  )
}

function parseIexSession(session: string): number {
  const number = Number(session)
  if (!/^\d{1,10}$/.test(session) || number !== number >>> 0) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `session is "${session}"`,
      'With the framing iex-tp, give an integer from 0 to 4294967295 in decimal.',
    )
  }
  return number
}
