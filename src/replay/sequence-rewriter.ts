import { TWO_POW_32 } from '../foundation/units.js'
import { createFraming } from '../wire/create-framing.js'
import { DATAGRAM, type Framing, type FramingName } from '../wire/framing.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from '../wire/market-data-view.js'
import { MOLD_SEQUENCE_OFFSET } from '../wire/moldudp64.js'

/** Of the header of IEX-TP. */
const IEX_SEQUENCE_OFFSET = 24

/**
 * Makes the rounds of a recording one feed: in each, sequences go on where the round before ended. What
 * the framing cannot read stays as it is.
 */
export class SequenceRewriter {
  readonly #framing: Framing
  /** What is added in the present round. */
  #added = 0
  #first = Number.NaN
  #next = 0

  constructor(framing: FramingName) {
    this.#framing = createFraming(framing)
  }

  /** The recording begins again. */
  beginLoop(): void {
    if (!Number.isNaN(this.#first)) this.#added += this.#next - this.#first
  }

  /** Rewrites a datagram where it lies. */
  rewrite(view: DataView, offset: number, length: number): void {
    const framing = this.#framing
    const kind = framing.open(view, offset, length)
    if (kind === DATAGRAM.invalid || kind === DATAGRAM.foreign || kind === DATAGRAM.idle) return
    const { sequence, messageCount } = framing
    if (this.#added === 0) {
      if (Number.isNaN(this.#first)) this.#first = sequence
      this.#next = Math.max(this.#next, sequence + messageCount)
      return
    }
    const now = sequence + this.#added
    if (framing.name === 'moldudp64') {
      view.setUint32(offset + MOLD_SEQUENCE_OFFSET, Math.floor(now / TWO_POW_32))
      view.setUint32(offset + MOLD_SEQUENCE_OFFSET + 4, now % TWO_POW_32)
    } else if (framing.name === 'iex-tp') {
      view.setUint32(offset + IEX_SEQUENCE_OFFSET, now % TWO_POW_32, true)
      view.setUint32(offset + IEX_SEQUENCE_OFFSET + 4, Math.floor(now / TWO_POW_32), true)
    } else if (framing.name === 'mdp3') view.setUint32(offset, now >>> 0, true)
    else {
      for (let i = 0; i < messageCount; i++) {
        const at = offset + i * MARKET_DATA_BYTES + MARKET_DATA_OFFSETS.sequence
        view.setUint32(at, (now + i) >>> 0, true)
      }
    }
  }
}
