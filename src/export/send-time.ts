import type { CaptureFramingName } from '../wire/framing.js'
import { MDP3_SENT_OFFSET } from '../wire/mdp3-framing.js'

/** Where framings have their send time: 64 bits of nanoseconds since 1970, little-endian. */
export const SENT_OFFSETS: Readonly<Partial<Record<CaptureFramingName, number>>> = {
  'iex-tp': 32,
  mdp3: MDP3_SENT_OFFSET,
}

/** Whether datagrams of that framing say when they were sent. */
export function tellsSendTime(framing: CaptureFramingName): boolean {
  return SENT_OFFSETS[framing] !== undefined
}
