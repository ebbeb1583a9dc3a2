import { TickwireError } from '../foundation/errors.js'
import { createFraming } from './create-framing.js'
import { DATAGRAM, type Framing, type FramingName } from './framing.js'

/** The part of the datagrams that has to fit. */
const FITTING_PART = 0.75
/** The most particular first: raw has no header at all. */
const ORDER = ['iex-tp', 'moldudp64', 'mdp3', 'raw'] as const satisfies readonly FramingName[]

/**
 * The framing that datagrams have, by what they look like: IEX-TP by its version, lengths and count,
 * MoldUDP64 by blocks that fill it, MDP 3.0 by sizes that do and rising sequences, raw by multiples of 29 bytes and
 * rising sequences.
 *
 * @param payloads the first of a feed; 16 are enough
 * @param cut bytes of the first datagram in a payload that may hold several, by the framing that is tried
 * @throws {TickwireError} TW_BAD_OPTION with what was tried
 */
export function detectFraming(
  payloads: readonly Uint8Array[],
  cut: (framing: FramingName, view: DataView, length: number) => number = (_, __, length) => length,
): FramingName {
  const tried: string[] = []
  for (const name of ORDER) {
    const fitting = countFitting(createFraming(name), payloads, (view, length) =>
      cut(name, view, length),
    )
    if (fitting > 0 && fitting >= payloads.length * FITTING_PART) return name
    tried.push(`${name} (${fitting} of ${payloads.length})`)
  }
  throw new TickwireError(
    'TW_BAD_OPTION',
    `The framing cannot be told: the first datagrams that fit are ${tried.join(', ')}`,
    'Name it with --framing.',
  )
}

function countFitting(
  framing: Framing,
  payloads: readonly Uint8Array[],
  cut: (view: DataView, length: number) => number,
): number {
  let fitting = 0
  let before = Number.NaN
  for (const { buffer, byteOffset, length } of payloads) {
    const view = new DataView(buffer, byteOffset, length)
    const kind = framing.open(view, 0, cut(view, length))
    if (kind === DATAGRAM.invalid || kind === DATAGRAM.foreign) continue
    // Nearly anything can be read as something with a rest behind it.
    if (kind === DATAGRAM.idle || framing.trailingBytes > 0) continue
    const { sequence } = framing
    // Two lines in one recording repeat what is told, and a publisher may begin again.
    const rises = Number.isNaN(before) || ((sequence - before) | 0) >= 0
    if (framing.sequenceBits === 32 && !rises) continue
    before = sequence
    fitting++
  }
  return fitting
}
