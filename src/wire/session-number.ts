import type { Framing } from './framing.js'
import { MoldSessions } from './mold-sessions.js'
import { encodeMoldSession } from './moldudp64.js'

/** The number that a framing has for a session of this name, padded or not. */
export function sessionNumber({ name }: Framing, session: string): number {
  if (name === 'iex-tp') return Number(session)
  if (name !== 'moldudp64') return 0
  const { buffer } = encodeMoldSession(session)
  const sessions = new MoldSessions()
  sessions.add(new DataView(buffer), 0)
  return sessions.latest
}
